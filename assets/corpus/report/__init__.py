"""What a person wants to know of a corpus: a summary of its ledger, and a page that can be mailed."""
