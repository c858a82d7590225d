"""The undeclared share from the rows of all batches together: counts under one classifier, which stays the same."""
