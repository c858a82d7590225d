"""Benchmark of Outcross against its peers, cost and quality: real programs in fresh processes measure every row."""
