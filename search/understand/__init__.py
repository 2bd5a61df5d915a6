"""What a question says: concepts, identifiers, spelling, and its vector."""
