"""Mutation testing: ``make mutants`` slips faults into the product, and sees whether the nearest tests notice."""
