"""Notes and vocabularies in the formats of others: pure functions from what the Searcher gives. They ask nothing."""
