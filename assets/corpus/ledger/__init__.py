"""The versions of a corpus."""
