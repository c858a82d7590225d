"""What a corpus holds back, and what is decided about it."""
