"""What share of rows is synthetic, declared or not, and how large it may be."""
