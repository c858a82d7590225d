"""A batch that is too small for a guard to fail is told so, with the smallest change that the guard could see."""

import polars as pl
import pytest

from outcross.assets.corpus.guards.blind import Blind, find_blind
from outcross.assets.corpus.guards.bounds import GuardSetting, apply_bounds
from outcross.assets.corpus.guards.measures.contract import Reading
from tests.assets.corpus.batches import college, failing_guards, measure, with_provenance


def found(rows: int) -> dict[str, Blind]:
    profile, anchor, fresh = college()
    readings = measure(with_provenance(fresh[:rows]), profile, anchor)
    return {each.guard: each for each in find_blind(readings, {})}


def test_a_small_batch_is_too_small_for_tails_and_a_large_one_for_fewer_of_them() -> None:
    few, many = found(60), found(2_000)
    assert {"tails", "rare_survival", "representation", "label_rates"} <= set(few)
    assert few["tails"].blind == few["tails"].readings > many["tails"].blind
    assert few["tails"].fall is None and many["tails"].fall is not None
    assert "rare_survival" not in many and "representation" not in many
    assert "60 rows are too few: 1 of its 1 readings could not fail" in few["rare_survival"].describe(60)


def test_a_guard_that_is_called_blind_passes_whatever_the_rows_are() -> None:
    """No row is in a tail: the guard of tails, which is blind to any fall, passes."""
    profile, anchor, fresh = college()
    batch = with_provenance(fresh[:2_000].filter(pl.col("test_score").is_between(*map(float, profile.tails[-1])))[:60])  # type: ignore[arg-type]
    readings = [each for each in measure(batch, profile, anchor) if each.guard == "tails"]
    assert "tails" in {each.guard for each in find_blind(readings, {})}
    assert failing_guards(apply_bounds(readings)) == set()


@pytest.mark.parametrize(
    ("reading", "lower", "blind"),
    [
        (Reading("tails", "tail_mass", "x", 1.0, 0.0, 3.0, least=0.0), 0.5, True),
        (Reading("tails", "tail_mass", "x", 1.0, 0.1, 3.0, least=0.0), 0.5, False),
        (Reading("tails", "tail_mass", "x", 1.0, 0.0, 3.0, least=0.0), 0.0, False),  # the bound itself is open
        (Reading("tails", "tail_mass", "x", 1.0, 0.1, 5.0, least=0.0, most=4.0), 0.5, True),
    ],
)
def test_only_chance_makes_a_guard_blind(reading: Reading, lower: float, blind: bool) -> None:
    assert bool(list(find_blind([reading], {"tails": GuardSetting(lower=lower)}))) == blind
