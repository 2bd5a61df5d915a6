"""Reading without a question: coverage, comparison, suggestions, changes."""
