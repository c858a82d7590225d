"""Every random stream of a study, derived from what it is for and from nothing else.

A seed is a hash of its address, so no two draws share a stream, a draw does not depend on what ran before it or
beside it, and re-running one step gives the same stream again.
"""

import hashlib

import numpy as np


def derive_seed(*address: str | int) -> int:
    """Return the 63-bit seed of one random stream.

    The address is, outermost first, such as ``("digits", 7, "fixed-0.5", 3, 2, "fit")``: study, study seed, lineage,
    generation, replicate, stage. Parts of different types or order give different seeds.
    """
    key = "\x1f".join(f"{type(part).__name__}:{part}" for part in address)
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def generator(seed: int) -> np.random.Generator:
    """Return the NumPy generator (PCG64) of a seed."""
    return np.random.Generator(np.random.PCG64(seed))
