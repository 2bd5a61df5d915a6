"""Text to vectors: the encoder, its model files, BM25, and the cache of vectors."""
