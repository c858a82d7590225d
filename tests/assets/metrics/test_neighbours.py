import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments import manifold
from outcross.assets.instruments.manifold import Manifold
from outcross.assets.metrics.neighbours import Fidelity
from tests.assets.evaluation.data import gaussian, split, values


def in_words_of_the_papers(real: np.ndarray, fake: np.ndarray, k: int) -> dict[str, float]:
    """Equations 1 and 2 of arXiv 1904.06991 and section 3 of arXiv 2002.09797, pair by pair."""

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.sqrt(((a - b) ** 2).sum()))

    def radii(points: np.ndarray) -> list[float]:
        return [sorted(distance(p, q) for j, q in enumerate(points) if j != i)[k - 1] for i, p in enumerate(points)]

    real_radii, fake_radii = radii(real), radii(fake)
    inside = [[distance(f, r) <= real_radii[i] for i, r in enumerate(real)] for f in fake]
    return {
        "precision": float(np.mean([any(row) for row in inside])),
        "recall": float(np.mean([any(distance(f, r) <= fake_radii[j] for j, f in enumerate(fake)) for r in real])),
        "density": float(np.sum(inside) / (k * len(fake))),
        "coverage": float(np.mean([any(column) for column in zip(*inside, strict=True)])),
    }


def ours(real: np.ndarray, fake: np.ndarray, k: int = 5) -> dict[str, float]:
    compared = Fidelity.compare(Manifold.build(fake, neighbours=k), Manifold.build(real, neighbours=k))
    return {found.metric: found.value for found in compared.measurements()}


@pytest.mark.parametrize("k", [1, 3, 5])
def test_values_equal_the_formulas_of_the_papers(k: int) -> None:
    real, fake = gaussian(1, 70, 3), gaussian(2, 50, 3) * 0.7 + 0.4
    assert ours(real, fake, k) == pytest.approx(in_words_of_the_papers(real, fake, k))


def test_computing_in_chunks_gives_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fake = gaussian(1, 70, 3), gaussian(2, 50, 3)
    whole = ours(real, fake)
    monkeypatch.setattr(manifold, "CHUNK", 16)
    assert ours(real, fake) == pytest.approx(whole)


@pytest.mark.parametrize("columns", [5, 47, 96, 97, 250])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_least_distances_equal_those_of_a_full_sort(columns: int, k: int) -> None:
    distances = gaussian(columns, 20, columns).round(1)  # with ties
    least, places = manifold._least(distances, k)
    assert np.array_equal(least, np.sort(distances, axis=1)[:, :k])
    assert np.array_equal(np.take_along_axis(distances, places, axis=1), least)


def test_copies_far_from_the_origin_count_as_near() -> None:
    real = np.repeat(gaussian(1, 20, 30) + 1e3, 6, axis=0)
    assert ours(real, real) == pytest.approx({"precision": 1, "recall": 1, "density": 6 / 5, "coverage": 1})


def test_distant_clouds_do_not_overlap() -> None:
    real, fake = gaussian(1, 60, 3), gaussian(2, 60, 3) + 50
    assert ours(real, fake) == {"precision": 0.0, "recall": 0.0, "density": 0.0, "coverage": 0.0}


def test_rows_drawn_from_the_same_distribution_have_density_one() -> None:
    assert ours(gaussian(1, 1000, 4), gaussian(2, 1000, 4))["density"] == pytest.approx(1.0, abs=0.06)


def test_a_lost_mode_lowers_recall_and_coverage_but_not_precision() -> None:
    anchor, _, _ = split("digits")
    full, some = (values("digits", rows) for rows in (anchor, anchor.filter(pl.col("label") < "5")))
    assert some["recall"] < 0.8 * full["recall"]
    assert some["coverage"] < 0.7 * full["coverage"]
    assert some["precision"] > full["precision"] - 0.03


def test_large_clouds_are_sampled_by_seed_and_small_ones_are_kept_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    points = gaussian(1, 300, 2)
    assert manifold.sample_points(points, 1) is points
    monkeypatch.setattr(manifold, "MOST_ROWS", 100)
    drawn = manifold.sample_points(points, 1)
    assert np.array_equal(drawn, manifold.sample_points(points, 1))
    assert len(np.unique(drawn, axis=0)) == 100
    assert not np.array_equal(drawn, manifold.sample_points(points, 2))
