"""A question -> practices and strategies of all countries, whatever language they are written in."""
