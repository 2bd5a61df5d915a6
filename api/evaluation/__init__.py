"""`kb eval`: how well the search finds, across languages, on a test collection that anyone may bring."""
