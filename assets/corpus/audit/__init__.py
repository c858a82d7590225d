"""Audit of a corpus: verify from the stored bytes that no row is lost and no row is there twice."""
