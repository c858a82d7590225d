"""The ledger of a corpus: its versions."""
