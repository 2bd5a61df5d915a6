"""Notes and vocabularies in the formats of others."""
