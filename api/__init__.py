"""The surfaces: HTTP, web pages, terminal. They go through `search.service` and `ingest.indexing.index`."""
