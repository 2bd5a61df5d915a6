"""The words of pages and terminal in three languages."""
