import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics import closeness
from outcross.assets.metrics.closeness import share_near, share_repeated
from tests.assets.evaluation.data import gaussian
from tests.assets.evaluation.images import blurred, compare_images, noisy, three_parts
from tests.assets.evaluation.tables import named


def spacing(points: np.ndarray) -> np.ndarray:
    """Distance of each point to the nearest other, pair by pair."""
    from scipy.spatial.distance import cdist

    apart = cdist(points, points)
    np.fill_diagonal(apart, np.inf)
    return apart.min(axis=1)


def test_the_share_counts_distances_below_the_5_per_cent_quantile_of_real_ones() -> None:
    points, real = gaussian(1, 80, 3), gaussian(2, 90, 3)
    edge = np.quantile(spacing(real), 0.05)
    assert share_near(spacing(points), spacing(real))[0] == (spacing(points) < edge).mean()
    assert share_repeated(points, spacing(real))[0] == (spacing(points) < edge).mean()


def test_the_part_of_the_error_from_the_rows_is_the_jackknifes() -> None:
    points = gaussian(1, 50, 2)
    edges = np.array([0.2] * 40)  # real rows all equally far apart: nothing comes of the quantile
    without = np.array([(spacing(np.delete(points, i, axis=0)) < 0.2).mean() for i in range(50)])
    expected = np.sqrt(49 / 50 * ((without - without.mean()) ** 2).sum())
    assert share_repeated(points, edges)[1] == pytest.approx(expected)
    assert expected > 0


def test_the_standard_error_of_near_rows_is_the_spread_over_repeated_samples() -> None:
    found = [share_near(gaussian(2 * s, 400, 1)[:, 0], gaussian(2 * s + 1, 300, 1)[:, 0]) for s in range(400)]
    shares, errors = np.array(found).T
    assert shares.mean() == pytest.approx(0.05, abs=0.005)
    assert np.sqrt((errors**2).mean()) == pytest.approx(shares.std(), rel=0.15)


@pytest.mark.parametrize("scale", [0.8, 1.0])
def test_the_standard_error_of_repeats_is_no_smaller_than_the_spread_and_less_than_half_as_large_again(
    scale: float,
) -> None:
    samples = [(gaussian(2 * s, 200, 3) * scale, gaussian(2 * s + 1, 200, 3)) for s in range(200)]
    shares, errors = np.array([share_repeated(points, spacing(real)) for points, real in samples]).T
    assert 0.95 < np.sqrt((errors**2).mean()) / shares.std() < 1.5


def test_the_quantile_of_real_nearest_distances_has_twice_the_variance_of_independent_ones() -> None:
    """Half of the change of the share over the 5 % quantile ± one deviation √(2 · 0.05 · 0.95 ÷ rows)."""
    points = gaussian(1, 200, 2)
    apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2)) + np.diag(np.full(200, np.inf))
    real = np.random.default_rng(2).gamma(4.0, 0.1, 200)
    low, edge, high = np.quantile(real, [0.05 - 0.02179, 0.05, 0.05 + 0.02179])
    _, whole = share_repeated(points, real)
    _, of_points = share_repeated(points, np.full(200, edge))
    nearest = apart.min(axis=1)
    expected = ((nearest < high).mean() - (nearest < low).mean()) / 2
    assert expected > of_points / 2, "else the case would not show it"
    assert np.sqrt(whole**2 - of_points**2) == pytest.approx(expected, abs=0.003)


def found_in(kind: str, rows: pl.DataFrame) -> dict[str, float]:
    return named(closeness.measure(compare_images(kind, rows)))


def test_fresh_images_are_as_near_as_real_ones_are() -> None:
    _, _, fresh, _ = three_parts("digits")
    for measurement in closeness.measure(compare_images("digits", fresh)):
        assert measurement.value == pytest.approx(0.05, abs=3 * measurement.standard_error)


def test_copies_with_a_little_noise_are_detected_and_are_not_repeats() -> None:
    anchor, _, fresh, schema = three_parts("digits")
    copies = noisy(schema, anchor[:300], deviation=0.05)
    whole, mixed = found_in("digits", copies), found_in("digits", pl.concat([copies[:150], fresh[:150]]))
    assert whole["close_copies"] > 0.95
    assert mixed["close_copies"] == pytest.approx(0.5 + 0.5 * 0.05, abs=0.04)
    assert whole["close_repeats"] < 0.15


def test_rows_that_repeat_each_other_are_detected_and_are_not_copies() -> None:
    _, _, fresh, schema = three_parts("digits")
    twice = pl.concat([fresh[:100], noisy(schema, fresh[:100], deviation=0.05)])
    found = found_in("digits", twice)
    assert found["close_repeats"] > 0.95
    assert found["close_copies"] < 0.15


def test_images_that_lost_their_detail_are_nearer_to_each_other() -> None:
    _, _, fresh, schema = three_parts("digits")
    assert found_in("digits", blurred(schema, fresh))["close_repeats"] > 0.3


def test_against_the_previous_generation_its_rows_are_the_records() -> None:
    anchor, _, fresh, _ = three_parts("digits")
    for previous, expected in ((fresh, 1.0), (anchor, 0.0)):
        found = named(closeness.measure(compare_images("digits", fresh, reference=previous, against="previous")))
        assert set(found) == {"close_copies"}
        assert found["close_copies"] == pytest.approx(expected, abs=0.1)


def test_at_most_as_many_rows_are_compared_as_the_anchor_has() -> None:
    anchor, _, fresh, _ = three_parts("digits")
    many = pl.concat([fresh, anchor, anchor])  # of 2,000 rows 800 are drawn, 320 of the 800 images that come twice
    assert found_in("digits", many)["close_repeats"] == pytest.approx(0.8 * 800 / 2000 * 0.8, abs=0.1)
