"""Markdown notes -> chunks -> vectors -> store."""
