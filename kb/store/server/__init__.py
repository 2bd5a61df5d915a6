"""The remote store: epochs of an index on a Qdrant server or a cluster."""
