"""What theory says the loop must give, as functions of any setting; generation 1 is the first model, on real data."""
