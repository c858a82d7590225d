import numpy as np
import pytest

from outcross.assets.instruments import manifold
from outcross.assets.instruments.manifold import Manifold
from outcross.assets.instruments.overlap import PAIRS, Overlap
from tests.assets.evaluation.data import gaussian

K = 2


def in_words(inner: np.ndarray, outer: np.ndarray) -> tuple[float, float, float]:
    """The three variances ball by ball and point by point, as the docstring says it."""
    balls = Manifold.build(outer, neighbours=K)
    apart = ((inner[:, None] - outer) ** 2).sum(axis=2)
    inside, reached = apart <= balls.squared_radii, apart <= balls.squared_reach
    n, m, counts, hit = len(inner), len(outer), inside.sum(axis=1), inside.any(axis=0)
    share, mean, own = np.zeros((2, n, m)), np.zeros((n, m)), np.zeros(m)
    lost_share = share[0]
    for left in range(m):
        growing = [ball for ball in range(m) if left in balls.nearest[ball]]
        gained = (reached & ~inside)[:, growing].sum(axis=1) / balls.beyond
        mean[:, left] = inside[:, left] - gained
        few = np.minimum(gained, 1.0)
        lost_share[:, left] = np.where(
            counts == 0, -few, np.where((counts == 1) & inside[:, left], 1 - few, np.where(counts == 1, 0.0, 0.0))
        )
        own[left] = hit[left] - sum(float(reached[:, ball].any()) - hit[ball] for ball in growing) / balls.beyond
    alone = (inside & (inside.sum(axis=0) == 1)).T.astype(float)

    def jackknife(lost: np.ndarray) -> float:
        items = len(lost)
        pairs = sum(float(a @ b) for i, a in enumerate(lost) for j, b in enumerate(lost) if i != j)
        return max(pairs / items / (items - 1) - lost.sum() ** 2 / items**2 / lost.shape[1], 0.0)

    p = float((counts > 0).mean())
    return (
        p * (1 - p) / n + PAIRS * jackknife(lost_share),
        counts.var() / n + PAIRS * jackknife(mean),
        own.var() / m + PAIRS * jackknife(alone),
    )


def test_variances_are_those_of_the_definition_in_chunks_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifold, "BEYOND", 4)
    inner, outer = gaussian(1, 40, 2) * 1.5, gaussian(2, 30, 2)
    expected = in_words(inner, outer)
    for chunk in (1_024, 13):
        monkeypatch.setattr(manifold, "CHUNK", chunk)
        found = Overlap.of(*(Manifold.build(points, neighbours=K) for points in (inner, outer))).variances
        assert found == pytest.approx(expected)
    assert min(expected) > 0


def test_a_few_points_have_finite_variances() -> None:
    for rows in (2, 3, 6):
        cloud = Manifold.build(gaussian(1, rows, 2))
        assert np.isfinite(Overlap.of(cloud, cloud).variances).all()
