"""Records to an index: what has changed, encoding, statistics, writing."""
