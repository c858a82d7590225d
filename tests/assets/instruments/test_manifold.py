"""Balls around points, against a full sort of their distances."""

import numpy as np
import pytest

from outcross.assets.instruments.manifold import ROUNDING, Manifold, _least
from tests.assets.evaluation.data import gaussian


@pytest.mark.parametrize(
    ("points", "asked", "used"), [(2, 5, 1), (3, 5, 2), (5, 5, 4), (6, 5, 5), (40, 5, 5), (40, 1, 1)]
)
def test_a_radius_reaches_to_the_kth_nearest_other_point_or_to_the_farthest_of_fewer(
    points: int, asked: int, used: int
) -> None:
    from scipy.spatial.distance import cdist

    cloud = gaussian(1, points, 3) + 10
    found = Manifold.build(cloud, neighbours=asked)
    apart = np.sort(cdist(cloud, cloud), axis=1)  # the first is the point itself
    assert found.neighbours == used
    assert found.squared_radii == pytest.approx(apart[:, used] ** 2, rel=1e-6)
    assert (found.squared_radii >= apart[:, used] ** 2 + ROUNDING * (cloud**2).sum(axis=1) / 2).all()
    assert found.squared_norms == pytest.approx((cloud**2).sum(axis=1))


def test_five_neighbours_are_the_default_and_copies_have_balls_of_rounding_alone() -> None:
    assert Manifold.build(gaussian(1, 9, 2)).neighbours == 5
    copies = Manifold.build(np.full((7, 2), 3.0))
    assert copies.squared_radii == pytest.approx(ROUNDING * 18.0)


@pytest.mark.parametrize("count", [1, 2, 5, 6, 20])
@pytest.mark.parametrize("columns", [40, 333, 1_600])
def test_the_least_distances_are_those_of_a_full_sort(count: int, columns: int) -> None:
    distances = np.random.default_rng(columns).random((30, columns))
    least, places = _least(distances, count)
    assert (least == np.sort(distances, axis=1)[:, :count]).all()
    assert (np.take_along_axis(distances, places, axis=1) == least).all()
