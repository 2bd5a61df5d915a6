"""Notes to records: chunks, sentences, questions, identifiers, payloads. Pure."""
