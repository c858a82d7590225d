"""The results, by id."""
