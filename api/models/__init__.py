"""What outsiders see: requests, answers, filters, errors. Serves every surface. Pure."""
