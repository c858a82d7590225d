import math

import pytest

from outcross.assets.drawing.chart import Band, Chart, Dots, Line, Rule
from outcross.assets.verdict.charts import COLOURS, DASHES, MARKERS, arm_styles, dose_response, over_generations
from outcross.assets.verdict.figures import percent
from outcross.assets.verdict.rows_of_arms import RowCounts, with_rows
from outcross.assets.verdict.verdict import Verdict, verdict
from tests.assets.drawing.room import assert_room
from tests.assets.verdict.studies import arm, evaluations, ladder, noisy

SHARES = (0.2, 0.5, 0.8)


def reach(study: object) -> Verdict:
    return verdict(study, ladder(*SHARES), endpoint="frechet", tolerance=0.25, seed=3)  # type: ignore[arg-type]


def dots(chart: Chart, colour: str, marker: str = "circle") -> Dots:
    """The one set of points of a colour and a marker."""
    (found,) = [
        each for each in chart.marks if isinstance(each, Dots) and (each.colour, each.marker) == (colour, marker)
    ]
    return found


def only(chart: Chart, kind: type) -> object:
    (found,) = [each for each in chart.marks if isinstance(each, kind)]
    return found


def test_the_curve_is_drawn_with_its_band_and_answers_the_pointer() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.02))
    chart = dose_response(found)
    band, line, fitted = only(chart, Band), only(chart, Line), dots(chart, "--accent")
    assert isinstance(band, Band) and isinstance(line, Line)
    assert band.points == [(rung.share, rung.lower, rung.upper) for rung in found.curve]
    assert line.points == fitted.points == [(rung.share, rung.fitted) for rung in found.curve]
    assert fitted.tips[3] == f"80 % synthetic\nfitted degradation {100 * found.curve[3].fitted:.1f} %"
    counted = dots(dose_response(with_rows(found, {arm(0.5): RowCounts(1_500, 1_500)})), "--accent").tips[2]
    assert "\n1,500 real and 1,500 synthetic rows\n" in counted
    assert_room(chart)


def test_every_replicate_is_a_dot_that_names_itself() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.02))
    shown = dots(dose_response(found), "--dot")
    assert shown.points == [(rung.share, value) for rung in found.curve for value in rung.degradations.values()]
    assert shown.tips[-1] == f"fresh-0.8, replicate 9\ndegradation {100 * found.curve[3].degradations[9]:.1f} %"


def test_the_safe_share_and_its_limit_are_marked_on_the_tolerance() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.02))
    chart = dose_response(found)
    estimate, limit = dots(chart, "--limit", "diamond"), dots(chart, "--limit", "triangle-left")
    assert (estimate.points, estimate.tips) == (
        [(found.safe_share, 0.25)],
        [f"estimate {percent(found.safe_share or 0)}"],
    )
    assert (limit.points, limit.tips) == (
        [(found.lower_95, 0.25)],
        [f"shown to be safe up to {percent(found.lower_95 or 0)}"],
    )
    rule = only(chart, Rule)
    assert isinstance(rule, Rule) and (rule.at, rule.label) == (0.25, "tolerance 25 %")
    assert f"safe up to {percent(found.lower_95 or 0)}" in chart.told and "80 % synthetic: " in chart.told


def test_one_replicate_has_no_limit_to_mark() -> None:
    chart = dose_response(reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.0, replicates=1)))
    assert not [each for each in chart.marks if isinstance(each, Dots) and each.marker == "triangle-left"]


@pytest.mark.parametrize("gone", [None, math.inf])
def test_a_collapsed_replicate_stands_at_the_top_edge_and_the_curve_ends(gone: float | None) -> None:
    found = reach(
        evaluations([1.0] * 3, {arm(0.2): [1.0, 1.01, 1.02], arm(0.5): [1.1] * 3, arm(0.8): [1.2, gone, 1.2]})
    )
    chart = dose_response(found)
    collapsed, line = dots(chart, "--dot", "triangle-up-open"), only(chart, Line)
    assert collapsed.points == [(0.8, chart.y.most)]
    assert collapsed.tips == ["fresh-0.8, replicate 1\nno finite value left"]
    assert isinstance(line, Line) and line.points[3] == (0.8, None) and "no finite value left" in chart.told


def test_a_huge_degradation_does_not_flatten_the_view_and_is_a_triangle_with_its_number() -> None:
    chart = dose_response(reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 1e6}, noise=0.02)))
    assert 0.25 < chart.y.most < 3 and -1.5 < chart.y.least < 0
    beyond = dots(chart, "--dot", "triangle-up-open")
    assert len(beyond.points) == 10 and beyond.tips[0] == "fresh-0.8, replicate 0\ndegradation 100000001.4 %"


@pytest.mark.parametrize(
    ("last", "seen"),
    [(0.3, (0.0, 0.5)), (0.8, (0.0, 0.8)), (9.0, (0.0, 2.5)), (-0.8, (-0.8, 0.5)), (-9.0, (-1.25, 0.5))],
)
def test_the_view_has_zero_twice_the_tolerance_and_what_is_not_far_beyond(
    last: float, seen: tuple[float, float]
) -> None:
    chart = dose_response(reach(noisy({0.2: min(last, 0.0), 0.5: 0.0, 0.8: max(last, 0.0)}, noise=0.0)))
    room = 0.06 * (seen[1] - seen[0])
    assert (chart.y.least, chart.y.most) == pytest.approx((seen[0] - room, seen[1] + room))


@pytest.mark.parametrize(("generations", "ticks"), [(11, range(11)), (12, range(0, 12, 2)), (25, range(0, 25, 3))])
def test_an_axis_names_at_most_a_dozen_generations(generations: int, ticks: range) -> None:
    study = evaluations([1.0], {"replace": [2.0]}, generations=generations)
    assert [at for at, _ in over_generations(study, arm_styles(["replace"])).x.ticks] == list(ticks)


def test_no_two_of_thirty_five_arms_look_alike() -> None:
    styles = arm_styles([f"arm {number}" for number in range(35)])
    assert len({(style.colour, style.dash) for style in styles.values()}) == len(COLOURS) * len(DASHES) == 35
    assert {style.marker for style in styles.values()} == set(MARKERS)


def test_a_metric_is_drawn_as_the_median_of_the_replicates_with_their_range() -> None:
    study = evaluations([1.0, 2.0, 6.0], {"replace": [5.0, 7.0, 30.0], "fixed": [4.0, 5.0, 6.0]}, generations=2)
    chart = over_generations(study.sample(fraction=1, shuffle=True, seed=1), arm_styles(["replace", "fixed"]))
    assert [each.name for each in chart.marks if isinstance(each, Line)] == ["replace", "fixed"]
    shown = next(each for each in chart.marks if isinstance(each, Dots))
    band = next(each for each in chart.marks if isinstance(each, Band))
    assert shown.points == [(0, 2.0), (1, 7.0)]
    assert shown.tips == ["generation 0: median 2\n1 to 6", "generation 1: median 7\n5 to 30"]
    assert band.points == [(0, 1.0, 6.0), (1, 5.0, 30.0)]
    assert "replace 2 to 7; fixed 2 to 5" in chart.told
    assert_room(chart)


def test_a_line_ends_where_no_replicate_has_a_finite_value() -> None:
    study = evaluations([1.0, 1.0], {"replace": [math.nan, None], "fixed": [2.0, math.inf]}, generations=3)
    chart = over_generations(study, arm_styles(["replace", "fixed"]))
    lines = {each.name: each.points for each in chart.marks if isinstance(each, Line)}
    assert [x for x, _ in lines["replace"]] == [0, 1]
    assert lines["fixed"][-1] == (2, 2.0)


def test_an_arm_that_was_never_measured_is_left_out() -> None:
    study = evaluations([1.0, 1.0], {"replace": [2.0, 2.0]})
    chart = over_generations(study, arm_styles(["replace", "fixed"]))
    assert {each.name for each in chart.marks if isinstance(each, Line)} == {"replace"}
