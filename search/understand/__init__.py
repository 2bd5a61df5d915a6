"""What a question says: concepts, identifiers, and its vector."""
