import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.entropy import _codes, entropy_ratio
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.data import split, values


def test_the_ratio_is_that_of_the_entropies_summed_over_columns() -> None:
    x = np.array([[0, 0], [1, 0], [2, 0], [3, 0]])
    y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert entropy_ratio(x, y)[0] == pytest.approx(np.log(4) / (2 * np.log(2)))
    assert entropy_ratio(x[:, :1] // 2, x[:, :1])[0] == pytest.approx(0.5)


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    random = np.random.default_rng(1)
    shares = [0.6, 0.3, 0.1]
    found = [
        entropy_ratio(random.choice(3, (400, 1), p=shares), random.choice(3, (400, 1), p=[0.2, 0.3, 0.5]))
        for _ in range(300)
    ]
    ratios, errors = np.array(found).T
    assert errors.mean() == pytest.approx(ratios.std(), rel=0.15)


def test_no_entropy_on_either_side_counts_as_unchanged() -> None:
    constant = np.zeros((5, 1), dtype=np.int64)
    assert entropy_ratio(constant, constant)[0] == 1.0
    assert entropy_ratio(np.arange(5)[:, None], constant)[0] == np.inf


def test_a_side_without_observations_has_no_ratio_whichever_it_is() -> None:
    some, none = np.zeros((5, 1), dtype=np.int64), np.zeros((0, 1), dtype=np.int64)
    for pair in ((some, none), (none, some), (none, none)):
        assert np.isnan(entropy_ratio(*pair)).all()


@pytest.mark.parametrize(("levels", "edge"), [(None, 16), (255, 16), (16, 2), (1, 1)])
def test_greys_of_one_sixteenth_of_the_range_are_one(levels: int | None, edge: int) -> None:
    """Without a highest grey value it is 255."""
    schema = Schema((Column(name="image", role=Role.IMAGE, shape=(1, 1), levels=levels),))
    pixels = [[0], [edge - 1], [edge], [levels or 255]]
    rows = pl.DataFrame({"image": pixels}, schema=schema.polars)
    codes = _codes(rows, schema, {})[:, 0]
    assert codes[0] == codes[1] == 0 and codes[2] == 1 and codes[3] == min(15, levels or 255)


@pytest.mark.parametrize("kind", ["digits", "breast_cancer", "python_docs"])
def test_real_rows_have_the_entropy_of_real_rows(kind: str) -> None:
    assert values(kind, split(kind)[0])["entropy_ratio"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("kind", ["digits", "breast_cancer", "python_docs"])
def test_a_few_repeated_rows_have_less(kind: str) -> None:
    anchor = split(kind)[0]
    repeated = pl.concat([anchor[:4]] * (anchor.height // 4))
    assert values(kind, repeated)["entropy_ratio"] < 0.8


def test_values_that_do_not_occur_are_no_division_by_zero() -> None:
    codes = np.array([[0, 3], [3, 0]])
    with np.errstate(all="raise"):
        assert entropy_ratio(codes, codes)[0] == 1.0
