"""Outcross: how much synthetic data is too much? Measured for your data and generator, and held to by your datasets."""
