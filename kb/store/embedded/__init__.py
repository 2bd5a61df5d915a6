"""The embedded store: generations of an index in a folder, on Qdrant Edge."""
