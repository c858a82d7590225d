"""A file on its way in: copied, read, checked row by row and as a whole, and entered into the ledger."""
