import numpy as np
import pytest

from outcross.assets.instruments import manifold
from outcross.assets.instruments.nearest_points import nearest_points
from tests.assets.evaluation.data import gaussian


def test_the_two_nearest_equal_those_of_a_full_sort(monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.spatial.distance import cdist

    monkeypatch.setattr(manifold, "CHUNK", 16)
    points, records = gaussian(1, 70, 3), gaussian(2, 50, 3)
    apart = cdist(points, records)
    found = nearest_points(points, records)
    assert np.array_equal(found.record, apart.argmin(axis=1))
    assert np.allclose([found.first, found.second], np.sort(apart, axis=1)[:, :2].T)


def test_copies_have_distance_0_even_far_from_the_origin() -> None:
    records = gaussian(1, 40, 30) + 1e3
    assert nearest_points(records[:10], records).first.tolist() == [0.0] * 10


def test_with_one_record_the_second_distance_is_infinite() -> None:
    assert np.isinf(nearest_points(gaussian(1, 4, 2), gaussian(2, 1, 2)).second).all()
