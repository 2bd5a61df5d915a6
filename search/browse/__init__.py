"""Reading without a question: lists, coverage, comparison, suggestions, changes."""
