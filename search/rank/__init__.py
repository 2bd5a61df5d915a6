"""Which notes answer, and how well: retrieval, scores, levels, balance."""
