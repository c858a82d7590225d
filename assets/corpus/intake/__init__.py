"""Ingest of a file: it is copied, read, checked row by row and as a whole, and recorded in the ledger."""
