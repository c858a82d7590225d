"""The quarantine of a corpus, and the decisions about its rows."""
