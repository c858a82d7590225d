"""Hashes of numbers, fast enough for every value of a table and every word of a text."""

import numpy as np


def splitmix64(values: np.ndarray, seed: int = 0) -> np.ndarray:
    """Hash uint64 values with SplitMix64 (Steele, Lea & Flood 2014), a bijection whose results look independent."""
    x = values + np.uint64((seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


def mix_bits(numbers: np.ndarray) -> np.ndarray:
    """Mix the bits of uint64 numbers, so that the upper ones depend on all; a bijection, shorter than SplitMix64."""
    mixed: np.ndarray = numbers >> np.uint64(31)
    mixed ^= numbers
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    upper = mixed >> np.uint64(29)
    upper ^= mixed
    return upper
