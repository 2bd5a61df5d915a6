"""Text in three languages: languages, identifiers, figures, folding, weights of terms. Pure."""
