import numpy as np
import polars as pl
import pytest

from assets.evaluation.vendi import vendi_score
from tests.assets.evaluation.data import gaussian, split, values
from tests.assets.evaluation.texts import errors_over_spread


def of_the_whole_kernel(points: np.ndarray) -> float:
    """Definition 3.1 of arXiv 2210.02410 with cosines as the kernel."""
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(unit @ unit.T / len(unit))
    return float(np.exp(-sum(value * np.log(value) for value in values if value > 1e-12)))


@pytest.mark.parametrize(("rows", "dimensions"), [(200, 5), (5, 200), (12, 12)])
def test_the_score_is_that_of_the_whole_kernel(rows: int, dimensions: int) -> None:
    points = gaussian(1, rows, dimensions) + 0.3
    assert vendi_score(points)[0] == pytest.approx(of_the_whole_kernel(points))


@pytest.mark.parametrize("copies", [1, 4])
def test_directions_at_right_angles_count_one_each_however_often_they_come(copies: int) -> None:
    assert vendi_score(np.repeat(np.eye(6) * 3, copies, axis=0))[0] == pytest.approx(6.0)


def test_a_row_over_and_over_counts_once() -> None:
    value, error = vendi_score(np.tile([1.0, 2.0, 3.0], (10, 1)))
    assert value == pytest.approx(1.0)
    assert error == pytest.approx(0.0, abs=1e-6)


def test_rows_at_the_origin_have_no_direction() -> None:
    assert vendi_score(np.vstack([np.eye(3), np.zeros((5, 3))]))[0] == pytest.approx(3.0)
    assert vendi_score(np.zeros((4, 3)))[0] == 1.0


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    def score(seed: int) -> tuple[float, float]:
        return vendi_score(gaussian(seed, 400, 4) * [1, 0.6, 0.4, 0.2])

    assert errors_over_spread(score, 200) == pytest.approx(1.0, abs=0.15)


def test_the_standard_error_is_the_same_by_either_decomposition() -> None:
    points = gaussian(2, 20, 30)
    wide = vendi_score(points)
    narrow = vendi_score(points @ np.linalg.qr(points.T)[0])  # the same cosines in as many dimensions as rows
    assert narrow == pytest.approx(wide)


@pytest.mark.parametrize("kind", ["digits", "breast_cancer", "python_docs"])
def test_real_rows_are_as_varied_as_real_rows_and_a_few_over_and_over_less(kind: str) -> None:
    anchor, _, _ = split(kind)
    real = values(kind, anchor[::2], families=["vendi"])["vendi"]
    assert values(kind, anchor[1::2], families=["vendi"])["vendi"] == pytest.approx(real, rel=0.1)
    assert values(kind, pl.concat([anchor[:3]] * 50), families=["vendi"])["vendi"] < 0.7 * real
