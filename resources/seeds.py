"""Random streams: each seed is a hash of the stream's address, that is of its purpose.

So no two draws share a stream, a draw does not depend on other work before it or in parallel, and a step that runs
again has the same stream again.
"""

import hashlib

import numpy as np


def derive_seed(*address: str | int) -> int:
    """Return the 63-bit seed of one random stream.

    An address is ordered from the outside in, such as ``("digits", 7, "fixed-0.5", 3, 2, "fit")``: study, study seed,
    lineage, generation, replicate, stage. Parts of another type or order give another seed.
    """
    key = "\x1f".join(f"{type(part).__name__}:{part}" for part in address)
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def generator(seed: int) -> np.random.Generator:
    """Return the NumPy generator (PCG64) of a seed."""
    return np.random.Generator(np.random.PCG64(seed))
