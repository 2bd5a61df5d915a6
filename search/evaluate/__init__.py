"""How well the search finds, across languages: test collections, runs, measures, reports (`kb eval`)."""
