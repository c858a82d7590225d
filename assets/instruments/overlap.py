"""How the points of one cloud lie in the balls of another: the balls of each point, and the variance of such counts."""

from dataclasses import dataclass

import numpy as np

from outcross.assets.instruments.manifold import Manifold, squared_distances

PAIRS = 0.5
"""Share of a jackknife's variance that counts where it consists of interactions of two points, which it counts twice
(Efron & Stein 1981, Annals of Statistics 9:586)."""


@dataclass(frozen=True)
class Overlap:
    """The points of one cloud in the balls of another.

    Attributes:
        balls: (points,) number of balls that contain each point.
        hits: (balls,) number of points in each ball.
        variances: of the share of points in a ball, of the mean number of balls of a point, and of the share of balls
            that contain a point.
    """

    balls: np.ndarray
    hits: np.ndarray
    variances: tuple[float, float, float]

    @classmethod
    def of(cls, inner: Manifold, outer: Manifold) -> "Overlap":
        """Compare all pairs of a point of ``inner`` and a ball of ``outer``.

        A variance has two parts. With the balls fixed, the points are independent. For the balls it is ``PAIRS`` of the
        jackknife's: a ball is left out, and those whose neighbour its centre was grow by one rank, by a ``beyond``-th
        of their growth over as many ranks. The sampling noise of the points is taken out of the jackknife's squares.
        """
        from scipy.sparse import csr_array

        rows = len(outer.points)
        owners = np.arange(rows + 1) * outer.neighbours
        of = csr_array(
            (np.full(outer.nearest.size, 1 / max(outer.beyond, 1), np.float32), outer.nearest.ravel(), owners),
            shape=(rows, rows),
        ).T.tocsr()  # (left out, ball that grows)
        counts = np.zeros(len(inner.points), dtype=np.int64)
        hits, wide, last = np.zeros((3, rows), dtype=np.int64)
        of_share, of_mean = _Squares(rows), _Squares(rows)
        pairs = squared_distances(inner.points, inner.squared_norms, outer.points, outer.squared_norms)
        for start, distances in pairs:
            at = slice(start, start + len(distances))
            inside = distances <= outer.squared_radii
            reached = distances <= outer.squared_reach
            counts[at] = np.bitwise_count(np.packbits(inside, axis=1)).sum(axis=1)
            hits += inside.sum(axis=0)
            wide += reached.sum(axis=0)
            last += np.arange(start, start + len(distances)) @ inside
            gained = (of @ (reached & ~inside).T.astype(np.float32)).T
            of_mean.add(inside - gained)
            np.minimum(gained, 1.0, out=gained)
            few = counts[at] <= 1
            of_share.add(np.where(counts[at][few][:, None] == 1, inside[few] * (1 - gained[few]), -gained[few]))
        share = float((counts > 0).mean())
        variances = (
            share * (1 - share) / len(counts) + PAIRS * of_share.variance(len(counts)),
            float(counts.var()) / len(counts) + PAIRS * of_mean.variance(len(counts)),
            _covered(hits, wide, last, of, len(counts)),
        )
        return cls(counts, hits, variances)


class _Squares:
    """Sums over points of what each loses as one ball is left out."""

    def __init__(self, balls: int) -> None:
        self._sum, self._squares = np.zeros((2, balls))

    def add(self, lost: np.ndarray) -> None:
        """Add (points, balls)."""
        self._sum += lost.sum(axis=0)
        self._squares += np.einsum("ij,ij->j", lost, lost)

    def variance(self, points: int) -> float:
        """Return the jackknife's variance of the mean over points, without the points' own noise."""
        return _jackknife(self._sum, self._squares, points)


def _jackknife(sums: np.ndarray, squares: np.ndarray, items: int) -> float:
    """Return Σⱼ (E lossⱼ)² from (left out,) sums and sums of squares over items, by pairs of different items."""
    if items < 2:
        return 0.0
    pairs = float((sums**2 - squares).sum()) / (items * (items - 1))
    return max(pairs - float(sums.sum()) ** 2 / items**2 / len(sums), 0.0)


def _covered(hits: np.ndarray, wide: np.ndarray, last: np.ndarray, of: object, points: int) -> float:
    """Return the variance of the share of balls with a point.

    The balls' part is the variance of their own values, less what their neighbours gain; the points' part is the
    jackknife's over points, each of which may be the only one of several balls.

    Args:
        hits: (balls,) points in each ball.
        wide: (balls,) points within its reach.
        last: (balls,) number of that point where there is one.
        of: (left out, balls) growth per rank of the balls whose neighbour is left out.
        points: number of points.
    """
    hit = (hits > 0).astype(np.float64)
    own = hit - of @ ((wide > 0) - hit)  # type: ignore[operator]
    alone = np.bincount(last[hits == 1], minlength=points).astype(np.float64)
    return float(own.var()) / len(hits) + PAIRS * _jackknife(alone, alone, len(hits))
