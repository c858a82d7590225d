import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics import relations
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.tables import compare, errors, named

STAYS = Schema(
    (
        Column(name="come", role=Role.NUMERIC),
        Column(name="leave", role=Role.NUMERIC),
        Column(name="nights", role=Role.NUMERIC),
    )
)


def stays(seed: int, rows: int) -> pl.DataFrame:
    draws = np.random.default_rng(seed)
    come, nights = draws.uniform(0, 100, rows), draws.uniform(1, 20, rows)
    return pl.DataFrame({"come": come, "leave": come + nights, "nights": nights})


def test_rows_that_break_at_least_one_relation_count_once_and_each_relation_has_its_line() -> None:
    spoilt = stays(3, 100).with_columns(
        leave=pl.when(pl.int_range(100) < 30).then(pl.col("come") - 1).otherwise("leave")
    )
    comparison = compare(spoilt, stays(2, 50), anchor=stays(1, 400), schema=STAYS)
    found, claimed = named(relations.measure(comparison)), errors(relations.measure(comparison))
    assert found["broken_relations"] == pytest.approx(0.3)
    assert found["broken_relations `leave` below `come`"] == pytest.approx(0.3)
    assert found["broken_relations `leave` not `come` + `nights`"] == pytest.approx(0.3)
    assert claimed["broken_relations"] == pytest.approx(np.sqrt(0.3 * 0.7 / 100))


def test_real_rows_break_none_and_data_without_relations_have_no_line() -> None:
    assert named(relations.measure(compare(stays(3, 100), stays(2, 50), anchor=stays(1, 400), schema=STAYS))) == {
        "broken_relations": 0.0
    }
    alone = Schema(STAYS.columns[:1])
    rows = stays(1, 100).select("come")
    assert relations.measure(compare(rows, rows, schema=alone)) == []
