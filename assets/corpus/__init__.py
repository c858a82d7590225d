"""Batches from outside: read, checked, admitted or quarantined, and entered into a corpus's ledger."""
