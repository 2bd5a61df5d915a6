"""Documents of others, read as text with headings, lists and tables: what notes are begun from."""
