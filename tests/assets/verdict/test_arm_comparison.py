"""Two arms compared: what the difference is, which comparisons are corrected together, and when there is none."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
import pytest

from outcross.assets.drawing.chart import Dots, Spread
from outcross.assets.stored_comparisons import COMPARISONS
from outcross.assets.verdict.arm_comparison import ArmComparison, compare_arms, comparison_frame, holm
from outcross.assets.verdict.comparison_chart import ROW, forest
from outcross.assets.verdict.comparison_sentence import _rounded, comparison_sentence
from outcross.assets.verdict.degradation import IncompleteStudy
from outcross.assets.verdict.paired_difference import PairedDifference, paired_difference
from outcross.assets.verdict.rows_of_arms import RowCounts
from tests.assets.drawing.room import assert_room
from tests.assets.verdict.studies import evaluations

FIRST = [0.9, 0.8, 0.85, 0.95, 0.88, 0.9]
ARMS = {
    "replace": [0.5, 0.38, 0.47, 0.52, 0.43, 0.5],
    "accumulate": [0.8, 0.72, 0.73, 0.84, 0.8, 0.79],
    "half": [0.79, 0.7, 0.76, 0.83, 0.79, 0.82],
}
PAIRS = [("replace", "accumulate"), ("accumulate", "half")]
ROWS = {"replace": RowCounts(0, 100), "accumulate": RowCounts(100, 300)}


def compare(
    arms: Mapping[str, Sequence[float | None]] = ARMS,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    *,
    first: Sequence[float | None] = FIRST,
    endpoint: str = "recall",
) -> list[ArmComparison]:
    measured = evaluations(first, arms, metric=endpoint)
    measured = pl.concat([measured, measured.with_columns(about=pl.lit("one column"), value=9.0)])
    return compare_arms(measured, pairs, [endpoint], primary=endpoint, generations=3, rows=ROWS)


def test_the_difference_is_that_of_the_damages_paired_by_replicate() -> None:
    worse, alike = compare()
    assert worse.found is not None and alike.found is not None
    expected = [a - b for a, b in zip(ARMS["replace"], ARMS["accumulate"], strict=True)]
    assert worse.found.mean == pytest.approx(sum(expected) / 6)
    assert worse.found.lower < worse.found.mean < worse.found.upper < 0
    assert worse.means == (pytest.approx(0.4667, abs=1e-4), pytest.approx(0.78))
    assert alike.found.lower < 0 < alike.found.upper


@pytest.mark.parametrize(
    ("endpoint", "first", "second", "difference"),
    [
        ("loss", 2.0, 2.5, 0.5),
        ("recall", 0.8, 0.6, 0.2),
        ("entropy_ratio", 1.0, math.exp(-0.3), 0.3),
        ("entropy_ratio", math.exp(0.2), math.exp(-0.3), 0.1),
        ("tail_mass", 1.0, math.exp(-0.3), 0.3),
        ("tail_mass", 1.0, math.exp(0.3), 0.0),
    ],
)
def test_the_second_arm_is_worse_by_what_is_damage_on_the_endpoint(
    endpoint: str, first: float, second: float, difference: float
) -> None:
    noise = [1.0, 1.001, 0.999, 1.0005, 0.9995]
    (found,) = compare(
        {"a": [first] * 5, "b": [second * each for each in noise]}, [("a", "b")], first=[1.0] * 5, endpoint=endpoint
    )
    assert found.found is not None
    assert found.found.mean == pytest.approx(difference, abs=2e-3)


def test_comparisons_on_the_primary_endpoint_are_corrected_together_and_all_others_together() -> None:
    measured = pl.concat([evaluations(FIRST, ARMS, metric=name) for name in ("recall", "precision", "coverage")])
    found = compare_arms(
        measured, PAIRS, ["recall", "precision", "coverage"], primary="precision", generations=3, rows=None
    )
    assert [(each.endpoint, each.primary, each.family) for each in found] == [
        *[("recall", False, 4)] * 2,
        *[("precision", True, 2)] * 2,
        *[("coverage", False, 4)] * 2,
    ]
    p = [each.found.p for each in found if each.found]
    assert found[2].p_holm == pytest.approx(2 * p[2])
    assert found[0].p_holm == found[4].p_holm == pytest.approx(4 * p[0])
    assert found[3].p_holm == p[3]


@pytest.mark.parametrize(
    ("given", "corrected"),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.5, 0.9], [1.0, 1.0]),
        ([0.02], [0.02]),
        ([], []),
    ],
)
def test_holms_correction_is_that_of_its_paper(given: list[float], corrected: list[float]) -> None:
    assert holm(given) == pytest.approx(corrected)


@pytest.mark.parametrize(
    ("arms", "reason"),
    [
        ({"a": [0.5, 0.6], "b": [0.4, 0.3]}, "2 replicates cannot show the spread"),
        ({"a": [0.5, 0.5, 0.5], "b": [0.4, 0.4, 0.4]}, "all replicates differ by the same 0.1"),
        ({"a": [0.5, 0.5, 0.6], "b": [0.4, None, 0.3]}, "runs without a finite value are 0 of 'a' and 1 of 'b'"),
    ],
)
def test_a_comparison_without_a_spread_or_a_mean_gives_no_interval_and_says_why(
    arms: dict[str, list[float | None]], reason: str
) -> None:
    (found,) = compare(arms, [("a", "b")], first=[0.9] * len(arms["a"]))
    assert (found.found, found.p_holm, found.family) == (None, None, 0)
    assert reason in found.reason
    assert comparison_sentence(found, whose="for these very rows").startswith(
        "In recall, 'a' and 'b' cannot be compared: "
    )
    assert forest([found]) is None
    assert comparison_frame([found], sentences=["x"])["difference"].to_list() == [None]


def test_an_arm_that_may_lose_all_widens_the_interval_by_what_could_have_stayed_unseen() -> None:
    alike = {"a": [0.9, 0.88, 0.91, 0.9, 0.89], "b": [0.9, 0.89, 0.9, 0.91, 0.9]}
    lost = {**alike, "b": [0.9, 0.89, 0.9, 0.91, 0.3]}
    widths = {}
    for name, (arms, endpoint) in {
        "by degrees": (alike, "recall"),
        "all or nothing": (alike, "class_survival"),
        "one run lost": (lost, "recall"),
    }.items():
        (found,) = compare(arms, [("a", "b")], first=[0.9] * 5, endpoint=endpoint)
        assert found.found is not None
        widths[name] = found.found.upper - found.found.lower
    assert widths["all or nothing"] == pytest.approx(widths["by degrees"] + 2 * 0.9 * (1 - 0.025**0.2))
    alone = paired_difference(np.array(lost["a"]) - np.array(lost["b"]))
    assert widths["one run lost"] == pytest.approx(alone.upper - alone.lower + 2 * 0.9 * (1 - 0.025**0.2))


@pytest.mark.parametrize(("end", "seen"), [(0.4, True), (0.41, False), (0.0, True)])
@pytest.mark.parametrize(("middle", "unharmed"), [(0.73, True), (0.72, False)])
def test_a_run_that_loses_half_or_more_beside_runs_that_lose_less_than_a_tenth_has_collapsed(
    end: float, seen: bool, middle: float, unharmed: bool
) -> None:
    first, other = np.full(5, 0.8), np.array([0.79, 0.8, 0.78, 0.8, 0.79])
    arm = np.array([middle, middle, 0.79, middle, end])
    lost = 0.8 if seen and unharmed else 0.0
    expected = paired_difference((0.8 - arm) - (0.8 - other), lost=lost)
    (found,) = compare({"a": list(other), "b": list(arm)}, [("a", "b")], first=list(first))
    assert found.found is not None
    assert (found.found.lower, found.found.upper) == pytest.approx((expected.lower, expected.upper))


def test_an_arm_without_a_replicate_is_named() -> None:
    with pytest.raises(IncompleteStudy, match=r"'recall': not evaluated in the last generation: arm 'b' replicate 2"):
        compare({"a": [0.5, 0.5, 0.5], "b": [0.4, 0.4]}, [("a", "b")], first=[0.9] * 3)
    with pytest.raises(IncompleteStudy, match="was not evaluated in generation 0"):
        compare_arms(evaluations(FIRST, ARMS), PAIRS, ["recall"], primary="recall", generations=3)


def test_the_sentence_names_the_arm_that_loses_less_and_how_sure_that_is() -> None:
    told, untold = (comparison_sentence(each, whose="for these very rows, 100 a generation") for each in compare())
    worse, _ = compare()
    assert worse.found is not None and worse.p_holm is not None
    assert told == (
        "In recall, 'accumulate' loses less than 'replace', by 0.31, within 2 generations of training on its own "
        f"output (95 % interval {-worse.found.upper:.2f} to {-worse.found.lower:.2f}, p < 0.001 corrected for 2 "
        f"comparisons, effect size {-worse.found.effect:.2g}, 6 replicates), for these very rows, 100 a generation."
    )
    assert untold.startswith(
        "In recall, 'accumulate' and 'half' are not told apart: 'half' loses less than 'accumulate'"
    )
    assert "interval −" in untold


def test_what_is_stored_has_the_rows_of_both_arms() -> None:
    frame = comparison_frame(compare(), sentences=["one", "two"])
    assert frame.schema == pl.Schema(COMPARISONS)
    chosen = frame.select("first_real_rows", "first_synthetic_rows", "second_real_rows", "second_synthetic_rows")
    assert chosen.rows() == [(0, 100, 100, 300), (100, 300, None, None)]
    assert frame["sentence"].to_list() == ["one", "two"]
    means = frame.select(first="first_mean", second="second_mean", difference="difference")
    assert (means["first"] != means["second"]).all()
    assert [each.means for each in compare()] == list(zip(means["first"], means["second"], strict=True))


def test_the_forest_plot_has_a_point_with_its_interval_for_each_pair_in_colour_where_told_apart() -> None:
    found = compare()
    chart = forest(found)
    assert chart is not None
    spreads = [each for each in chart.marks if isinstance(each, Spread)]
    points = [each for each in chart.marks if isinstance(each, Dots)]
    assert [each.caption for each in spreads] == ["accumulate against replace", "half against accumulate"]
    assert [each.colour for each in points] == ["--accent", "--dot"]
    for each, spread, point in zip(found, spreads, points, strict=True):
        assert each.found is not None
        assert (spread.lower, spread.upper) == (each.found.lower, each.found.upper)
        assert point.points == [(each.found.mean, spread.y)] and f"{each.found.mean:+.3g}" in chart.told
    assert_room(chart)
    one = forest(found[:1])
    assert one is not None and chart.size[1] - one.size[1] == ROW


@pytest.mark.parametrize(
    ("half_width", "shown"), [(0.0012, "0.1235"), (0.12, "0.12"), (12.0, "0"), (480.0, "0"), (4_800.0, "0")]
)
def test_a_value_has_the_decimals_that_show_two_digits_of_the_intervals_width(half_width: float, shown: str) -> None:
    found = PairedDifference(mean=0.0, lower=-half_width, upper=half_width, p=0.5, effect=0.0)
    assert _rounded(0.12346, found) == shown
