"""Notes in the forms of other systems: pure functions from what the Searcher gives to plain data. They ask nothing."""
