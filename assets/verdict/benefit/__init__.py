"""Whether synthetic rows help, what the best share of them buys, and what one of them is worth in real rows."""
