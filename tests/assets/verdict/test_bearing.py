"""What a share gained and lost, by endpoint and by group."""

import polars as pl
import pytest

from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.verdict.bearing import find_bearing, group_tables
from outcross.assets.verdict.verdict import Verdict, verdict
from tests.assets.verdict.studies import arm, evaluations, ladder, noisy

SHARES = (0.2, 0.8)


def study() -> pl.DataFrame:
    """Fréchet distance grows at both shares; recall grows too, and density stays where it is."""
    harmed = noisy({0.2: 0.1, 0.8: 0.9}, noise=0.02)
    better = evaluations(
        [0.5 + 0.001 * r for r in range(10)],
        {arm(share): [0.7 + 0.002 * r for r in range(10)] for share in SHARES},
        metric="recall",
    )
    same = better.with_columns(metric=pl.lit("density"), value=0.5 + 0.001 * (pl.col("replicate") % 3))
    return pl.concat([harmed, better, same])


def reach(tolerance: float) -> Verdict:
    return verdict(study(), ladder(*SHARES), endpoint="frechet", tolerance=tolerance, seed=3)


@pytest.mark.parametrize(
    ("tolerance", "share", "chosen"),
    [(0.4, 0.2, "shown to be safe"), (0.01, 0.2, "beyond the limit"), (5.0, 0.8, "shown to be safe")],
)
def test_the_rung_that_a_reader_would_choose_is_held_against_real_rows_alone(
    tolerance: float, share: float, chosen: str
) -> None:
    found = find_bearing(study(), reach(tolerance), ENDPOINTS, generations=3)
    assert found is not None and found.rung.share == share and chosen in found.chosen
    assert [each.endpoint for each in found.gained] == ["recall"]
    assert [each.endpoint for each in found.lost] == ["frechet"]
    assert found.tested == 3 and found.control == arm(0)


def test_an_endpoint_that_an_arm_lacks_is_not_compared() -> None:
    partial = study().filter((pl.col("metric") != "recall") | (pl.col("arm") != arm(0.2)))
    found = find_bearing(partial, reach(0.4), ENDPOINTS, generations=3)
    assert found is not None and found.tested == 2 and not found.gained


def test_groups_have_a_line_each_with_the_median_of_every_arm() -> None:
    of_all = evaluations([0.8, 0.9, 1.0], {arm(0.2): [0.6, 0.7, 0.5]}, metric="group_utility")
    parts = [
        of_all.with_columns(about=pl.lit(f"sex={sex}"), value=pl.col("value") - less)
        for sex, less in (("male", 0.0), ("female", 0.25))
    ]
    (table,) = group_tables(pl.concat([of_all, *parts]), reach(0.4).curve, generations=3)
    assert (table.metric, table.arms) == ("group_utility", ("generation 0", arm(0), arm(0.2), arm(0.8)))
    assert {name: [None if v is None else round(v, 6) for v in line] for name, line in table.lines.items()} == {
        "sex=female": [0.65, 0.65, 0.35, None],
        "sex=male": [0.9, 0.9, 0.6, None],
    }
    assert group_tables(of_all, reach(0.4).curve, generations=3) == []
