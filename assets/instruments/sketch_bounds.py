"""Upper bounds of the similarity of sketches: most pairs that share a few features by chance are told by these alone.

The features of a row set bits of a small bitmap, so the bits that two rows have in common bound the features that they
share. Each of these weighs at most what the heaviest feature weighs, and the two rows together weigh at least what the
longer one does.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

BITS = 1_024
"""Bits of a bitmap; it has about two fewer than a sketch has features."""
SLACK = 1e-9
"""Relative error of a bound by rounding, at most."""


def horvitz_thompson(weights: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Return a feature's weight ÷ its probability of coming before ``reach`` (Horvitz & Thompson 1952)."""
    result: np.ndarray = weights / -np.expm1(-weights * np.minimum(reach, 1e300))
    return result


@dataclass(frozen=True)
class SketchBounds:
    """What bounds the similarity of rows.

    Attributes:
        bits: (rows, BITS ÷ 64) uint64 bitmap of the features.
        hidden: (rows,) features whose bit another feature of the row has as well.
        last: (rows,) rank of the last feature that the sketch can hold; infinite where it holds all.
        total: (rows,) weight of the features before it, as :func:`horvitz_thompson` estimates it.
        most: (rows,) largest of these weights.
    """

    bits: np.ndarray
    hidden: np.ndarray
    last: np.ndarray
    total: np.ndarray
    most: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, ranks: np.ndarray, weights: np.ndarray) -> Self:
        """Compute them of (rows, features) features, 0 where a row has fewer, and of their ranks and weights."""
        there = features > 0
        row, _ = np.nonzero(there)
        flags = np.zeros((len(features), BITS), dtype=bool)
        flags[row, features[there] & np.uint32(BITS - 1)] = True
        bits = np.packbits(flags, axis=1).view(np.uint64)
        last = np.where(there[:, -1], ranks[:, -1], np.inf)
        worth = np.where(there & (ranks < last[:, None]), horvitz_thompson(weights, last[:, None]), 0)
        hidden = there.sum(axis=1) - np.bitwise_count(bits).sum(axis=1)
        return cls(bits, hidden, last, worth.sum(axis=1), worth.max(axis=1, initial=0))

    @classmethod
    def concat(cls, parts: list[Self]) -> Self:
        """Put the rows of several after one another."""
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})

    def likest(self, rows: np.ndarray, other: "SketchBounds", others: np.ndarray) -> np.ndarray:
        """Bound the similarity of each row to one of others, both given by their places."""
        common = np.bitwise_count(self.bits[rows] & other.bits[others]).sum(axis=1)
        shared = common + np.minimum(self.hidden[rows], other.hidden[others])
        last, total, most = (
            (getattr(self, name)[rows], getattr(other, name)[others]) for name in ("last", "total", "most")
        )
        whole = np.isinf(last[0]) & np.isinf(last[1])
        heaviest = np.where(whole, np.minimum(*most), np.where(last[0] <= last[1], *most)) * shared
        least = np.where(last[0] <= last[1], *total)
        both = np.maximum(total[0] + total[1] - heaviest, np.maximum(*total))
        result: np.ndarray = heaviest / np.maximum(np.where(whole, both, least), 1e-300) * (1 + SLACK)
        return result
