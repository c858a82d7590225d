"""Data Docs of a study: what its guards found, a page a guard."""
