"""Who asks: API keys, tokens, clearance, audit."""
