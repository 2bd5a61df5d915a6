"""Notes as values: front matter, Markdown, vocabularies, and what is wrong with them. Pure."""
