"""Where the index is kept: the protocol, records and filters, and two stores that implement it."""
