"""A pool as a generator: the laws of the contract, and what generations draw."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from outcross.resources.errors import BadInput
from outcross.resources.generators.conformance.data import builtin_data
from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.pool.settings import Pool
from outcross.resources.schema import Column, Role, Schema
from outcross.testing import Data, generator_checks

NUMBERS = Schema((Column(name="x", role=Role.NUMERIC),))
EXCEPTIONS = {
    "budget_is_what_was_spent": "nothing is fitted, so no step is spent",
    "unequal_weights_change_what_is_drawn": "nothing is fitted, so rows of the dataset play no part",
}
DATA = {modality: next(builtin_data(modality)) for modality in ("table", "text", "image")}
LAWS = [
    (modality, name)
    for modality, data in DATA.items()
    for name, _ in generator_checks(Pool(path="unread.parquet"), data=data, except_for=EXCEPTIONS)
]


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Callable[[], None]]:
    folder, found = tmp_path_factory.mktemp("pool"), {}
    for modality, data in DATA.items():
        data.rows.write_parquet(folder / f"{modality}.parquet")
        pool = Pool(path=str(folder / f"{modality}.parquet"))
        laws = generator_checks(pool, data=Data(data.schema, data.rows), except_for=EXCEPTIONS)
        found |= {(modality, name): check for name, check in laws}
    return found


@pytest.mark.parametrize("law", LAWS, ids=": ".join)
def test_a_pool_satisfies_the_law(law: tuple[str, str], checks: dict[tuple[str, str], Callable[[], None]]) -> None:
    checks[law]()


def cohort(*, drawn: int = 0, pool_rows: int = 10, replicates: int = 2) -> Cohort:
    rows = pl.DataFrame(
        {
            "replicate": pl.Series(range(replicates), dtype=pl.Int32),
            "weight": [1.0] * replicates,
            "x": [0.5] * replicates,
        }
    )
    pool = pl.DataFrame({"pool_row": range(100, 100 + pool_rows), "x": [float(each) for each in range(pool_rows)]})
    orders = dict(zip(range(replicates), (7, 8), strict=False))
    return Cohort(rows=rows, schema=NUMBERS, seeds={0: 1, 1: 2}, pool=pool, orders=orders, drawn=drawn)


def places(drawn: int, rows: int, pool_rows: int = 10) -> list[list[int]]:
    """The places that each of two replicates draws after so many rows."""
    model = Pool(path="unread.csv").fit(cohort(drawn=drawn, pool_rows=pool_rows))
    model.sample(rows=rows, seeds={0: drawn, 1: drawn + 1})
    assert model.places is not None
    return [sorted(part) for part in model.places.reshape((2, rows)).to_list()]


def test_a_replicate_draws_each_row_once_until_the_pool_is_used_up() -> None:
    first, second, last = places(0, 4), places(4, 4), places(8, 4)
    for one, other in zip(first, second, strict=True):
        assert len({*one, *other}) == 8
    for replicate in range(2):
        assert len({*first[replicate], *second[replicate], *last[replicate]}) == 10, "the order begins again"
        assert len(set(last[replicate])) == 4
    assert first[0] != first[1], "replicates share no order"


def test_more_rows_than_the_pool_has_are_refused() -> None:
    with pytest.raises(BadInput, match=r"11 rows are asked for, and the pool has 10 .*; add rows to the pool"):
        places(0, 11)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "path\n  Field required"),
        ({"path": "a.csv", "columns": {"x": "label"}}, "Extra inputs are not permitted"),
        ({"path": "a.csv", "encoding": "klingon"}, "'encoding': "),
        ({"path": "a.csv", "template": "no column"}, "'template': "),
        ({"path": "a.csv", "repeats": "drop"}, "'refuse' or 'keep'"),
    ],
)
def test_a_key_that_a_pool_cannot_have_is_refused(keys: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Pool.model_validate(keys)
    assert words in str(refused.value)


def test_a_file_that_does_not_exist_is_refused_at_once(tmp_path: Path) -> None:
    pool = Pool.model_validate({"path": "absent.jsonl"}, context={"base": tmp_path})
    with pytest.raises(BadInput, match=r"absent\.jsonl"):
        pool.check(NUMBERS)
