"""Markdown notes to an index."""
