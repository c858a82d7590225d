import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.frontier import compare_clouds, quantise
from tests.assets.evaluation.data import gaussian, split, values
from tests.assets.evaluation.texts import errors_over_spread
from tests.assets.instruments.test_histogram_divergence import area_in_words_of_the_paper


def test_clusters_far_apart_have_cells_of_their_own() -> None:
    centres = np.repeat(np.eye(4) * 50, 100, axis=0)
    for x, y in quantise(gaussian(1, 400, 4) + centres, gaussian(2, 20, 4) + centres[:20], seed=1):
        assert (x.sum(), y.sum()) == (400, 20)
        assert 20 in y.tolist(), "the rows of the first cluster alone"


def test_the_same_seed_gives_the_same_cells_with_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = gaussian(1, 200, 4), gaussian(2, 200, 4)
    first = compare_clouds(x, y, seed=1)
    assert first != compare_clouds(x, y, seed=2)
    monkeypatch.setenv("OUTCROSS_THREADS", "2")
    assert first == compare_clouds(x, y, seed=1)


def test_a_cell_for_every_ten_rows_of_the_smaller_side() -> None:
    for x, y in quantise(gaussian(1, 500, 4), gaussian(2, 300, 4), seed=1):
        assert len(x) == len(y) == 30
        assert (x.sum(), y.sum()) == (500, 300)
    assert len(quantise(gaussian(1, 5, 4), gaussian(2, 5, 4), seed=1)[0][0]) == 2


@pytest.mark.parametrize("shift", [0.0, 0.4, 1.0])
def test_the_area_equals_the_papers_pipeline_by_another_library(shift: float) -> None:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import normalize

    scales = np.array([2.0, 1.5, 1.0, 1.0, 0.7, 0.5, 0.3, 0.1])
    x, y = gaussian(1, 2000, 8) * scales, gaussian(2, 2000, 8) * scales + shift
    reduced = PCA(0.9, svd_solver="full").fit_transform(normalize(np.concatenate([x, y])))
    areas = []
    for seed in range(5):
        found = KMeans(200, n_init=1, random_state=seed).fit_predict(reduced)
        shares = [(np.bincount(side, minlength=200) / 2000).tolist() for side in (found[:2000], found[2000:])]
        areas.append(area_in_words_of_the_paper(*shares, points=25))
    (ours, _), _ = compare_clouds(x, y, seed=1)
    assert ours == pytest.approx(np.mean(areas), abs=0.02)


def test_the_standard_error_is_near_the_spread_over_repeated_samples() -> None:
    def area(seed: int) -> tuple[float, float]:
        return compare_clouds(gaussian(2 * seed, 150, 2), gaussian(2 * seed + 1, 150, 2) + 0.7, seed=seed)[0]

    assert 0.7 < errors_over_spread(area, 60) < 1.4


def test_identical_rows_are_quantised_too() -> None:
    (area, error), (integral, _) = compare_clouds(np.ones((20, 3)), np.ones((20, 3)), seed=1)
    assert area == pytest.approx(1.0, abs=1e-6)
    assert (error, integral) == pytest.approx((0.0, 0.0), abs=1e-6)


def test_real_rows_are_nearer_to_real_rows_than_a_few_repeated_ones() -> None:
    anchor, _, _ = split("python_docs")
    rows = {"real": anchor, "repeated": pl.concat([anchor[:10]] * 40)}
    found = {name: values("python_docs", each, metrics=["frontier"]) for name, each in rows.items()}
    assert found["real"]["frontier_area"] > 0.6
    assert found["repeated"]["frontier_area"] < 0.2
    assert found["repeated"]["frontier_integral"] > 2 * found["real"]["frontier_integral"]
