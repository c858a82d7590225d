"""Proof from the stored bytes that no row is lost and none is there twice."""
