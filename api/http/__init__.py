"""The HTTP server: routes, negotiation, limits."""
