"""The pages: HTML made on the server from what the Searcher answers. They work without JavaScript."""
