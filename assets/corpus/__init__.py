"""A corpus: batches are read and checked, their rows admitted or quarantined, and each step recorded in a ledger."""
