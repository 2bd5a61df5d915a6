"""Texts that authors begin with: a new note, a translation."""
