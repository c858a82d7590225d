"""The estimated share of synthetic rows, declared or not."""
