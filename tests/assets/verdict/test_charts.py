import math
from typing import Any

import polars as pl
import pytest

from outcross.assets.verdict.charts import COLOURS, DASHES, MARKERS, arm_styles, dose_response, over_generations
from outcross.assets.verdict.figures import percent
from outcross.assets.verdict.rows_of_arms import RowCounts, with_rows
from outcross.assets.verdict.verdict import Verdict, verdict
from tests.assets.verdict.studies import arm, evaluations, ladder, noisy

SHARES = (0.2, 0.5, 0.8)


def reach(study: pl.DataFrame) -> Verdict:
    return verdict(study, ladder(*SHARES), endpoint="frechet", tolerance=0.25, seed=3)


def traces(found: Verdict) -> dict[str, dict[str, Any]]:
    """What a dose–response chart draws, by what it is."""
    names = ("lower", "upper", "fitted", "replicates", "safe share", "limit")
    return dict(zip(names, dose_response(found)["data"], strict=False))


def test_the_curve_is_drawn_with_its_band_and_answers_the_pointer() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.02))
    drawn = traces(found)
    for name in ("lower", "upper", "fitted"):
        assert drawn[name]["x"] == [0, *SHARES]
        assert drawn[name]["y"] == [getattr(rung, name) for rung in found.curve]
    assert drawn["upper"]["fill"] == "tonexty"
    assert drawn["fitted"]["hovertemplate"] == "share %{x:.2~%}%{text}<br>fitted degradation %{y:.1%}<extra></extra>"
    assert drawn["fitted"]["text"] == [""] * 4
    counted = traces(with_rows(found, {arm(0.5): RowCounts(1_500, 1_500)}))["fitted"]["text"]
    assert counted == ["", "", "<br>1,500 real and 1,500 synthetic rows", ""]


def test_every_replicate_is_a_dot_that_names_itself() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.02))
    dots = traces(found)["replicates"]
    assert dots["y"] == [value for rung in found.curve for value in rung.degradations.values()]
    last = found.curve[3].degradations[9]
    assert dots["text"][-1] == f"fresh-0.8, replicate 9<br>degradation {last:.1%}"
    assert dots["hovertemplate"] == "%{text}<extra></extra>"
    assert len(dots["text"]) == 40 and set(dots["marker"]["symbol"]) == {"circle"}


def test_the_safe_share_and_its_limit_are_marked_on_the_tolerance() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.02))
    drawn = traces(found)
    marks = [(drawn[name]["x"], drawn[name]["y"], drawn[name]["hovertemplate"]) for name in ("safe share", "limit")]
    assert marks == [
        ([found.safe_share], [0.25], f"estimate {percent(found.safe_share or 0)}<extra></extra>"),
        ([found.lower_95], [0.25], f"shown to be safe up to {percent(found.lower_95 or 0)}<extra></extra>"),
    ]
    layout = dose_response(found)["layout"]
    assert (layout["shapes"][0]["y0"], layout["shapes"][0]["y1"]) == (0.25, 0.25)
    assert layout["annotations"][0]["text"] == "tolerance 25 %"


def test_one_replicate_has_no_limit_to_mark() -> None:
    assert "limit" not in traces(reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.0, replicates=1)))


@pytest.mark.parametrize("gone", [None, math.inf])
def test_a_collapsed_replicate_stands_at_the_top_edge_and_the_curve_ends(gone: float | None) -> None:
    found = reach(
        evaluations([1.0] * 3, {arm(0.2): [1.0, 1.01, 1.02], arm(0.5): [1.1] * 3, arm(0.8): [1.2, gone, 1.2]})
    )
    dots, figure = traces(found)["replicates"], dose_response(found)
    assert dots["text"][10] == "fresh-0.8, replicate 1<br>no finite value left"
    assert dots["y"][10] == figure["layout"]["yaxis"]["range"][1]
    assert dots["marker"]["size"] == [7] * 10 + [12, 7]
    assert [index for index, symbol in enumerate(dots["marker"]["symbol"]) if symbol == "triangle-up-open"] == [10]
    assert traces(found)["fitted"]["y"][3] is None
    drawn = [value for trace in figure["data"] for value in trace["y"] if value is not None]
    assert all(math.isfinite(value) for value in drawn)


def test_a_huge_degradation_does_not_flatten_the_view() -> None:
    bottom, top = dose_response(reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 1e6}, noise=0.02)))["layout"]["yaxis"]["range"]
    assert 0.25 < top < 3 and -1.5 < bottom < 0


@pytest.mark.parametrize(
    ("last", "seen"),
    [(0.3, (0.0, 0.5)), (0.8, (0.0, 0.8)), (9.0, (0.0, 2.5)), (-0.8, (-0.8, 0.5)), (-9.0, (-1.25, 0.5))],
)
def test_the_view_has_zero_twice_the_tolerance_and_what_is_not_far_beyond(
    last: float, seen: tuple[float, float]
) -> None:
    bottom, top = dose_response(reach(noisy({0.2: min(last, 0.0), 0.5: 0.0, 0.8: max(last, 0.0)}, noise=0.0)))[
        "layout"
    ]["yaxis"]["range"]
    room = 0.06 * (seen[1] - seen[0])
    assert (bottom, top) == pytest.approx((seen[0] - room, seen[1] + room))


def test_what_lies_far_beyond_the_view_keeps_the_band_in_it() -> None:
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 1e6}, noise=0.02))
    top = dose_response(found)["layout"]["yaxis"]["range"][1]
    drawn = traces(found)
    assert drawn["upper"]["y"][3] == drawn["lower"]["y"][3] == 2 * top


def test_the_look_of_both_charts_is_as_it_was_drawn_by_hand() -> None:
    """Room for the labels, sizes and colours: nobody can compute them, so a slip in one is told by this record."""
    found = reach(noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.6}, noise=0.02))
    figure = dose_response(found)
    del figure["layout"]["yaxis"]["range"]
    assert figure["layout"] == {
        "height": 420,
        "margin": {"l": 64, "r": 16, "t": 16, "b": 56},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": "synthetic share", "standoff": 8, "font": {"size": 12}},
            "tickformat": ".0%",
            "range": [-0.03, pytest.approx(0.84)],
        },
        "yaxis": {"title": {"text": "degradation", "standoff": 8, "font": {"size": 12}}, "tickformat": ".0%"},
        "shapes": [
            {
                **{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0.25, "y1": 0.25},
                "line": {"color": "--limit", "width": 1.5, "dash": "dash"},
            }
        ],
        "annotations": [
            {
                **{"xref": "paper", "x": 0, "y": 0.25, "text": "tolerance 25 %", "showarrow": False},
                **{"xanchor": "left", "yanchor": "bottom", "font": {"color": "--limit"}},
            }
        ],
    }
    lower, upper, fitted, dots, mark, _ = figure["data"]
    assert lower["line"] == upper["line"] == {"width": 0}
    assert (upper["fillcolor"], fitted["line"]) == ("--band", {"color": "--accent", "width": 2.5})
    assert dots["marker"]["color"] == "--dot" and set(dots["marker"]["size"]) == {7} and not dots["cliponaxis"]
    assert mark["marker"] == {
        **{"symbol": "diamond", "size": 13, "color": "--limit"},
        "line": {"color": "--card", "width": 1.5},
    }
    study = evaluations([1.0, 1.0], {"replace": [2.0, 2.0]})
    figure = over_generations(study, arm_styles(["replace"]))
    assert figure["layout"] == {
        "height": 230,
        "margin": {"l": 48, "r": 10, "t": 8, "b": 34},
        "showlegend": False,
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": "generation", "standoff": 8, "font": {"size": 12}},
            "tickvals": [0, 1, 2],
        },
        "yaxis": {"nticks": 5},
    }
    band, line = figure["data"]
    assert (band["line"], band["fill"], band["fillcolor"]) == ({"width": 0}, "toself", "#0072B222")
    assert line["line"] == {"color": "#0072B2", "dash": "solid", "width": 1.8}
    assert line["marker"] == {"symbol": "circle", "size": 6, "color": "#0072B2"}


@pytest.mark.parametrize(("generations", "ticks"), [(11, range(11)), (12, range(0, 12, 2)), (25, range(0, 25, 3))])
def test_an_axis_names_at_most_a_dozen_generations(generations: int, ticks: range) -> None:
    study = evaluations([1.0], {"replace": [2.0]}, generations=generations)
    assert over_generations(study, arm_styles(["replace"]))["layout"]["xaxis"]["tickvals"] == list(ticks)


def test_no_two_of_thirty_five_arms_look_alike() -> None:
    styles = arm_styles([f"arm {number}" for number in range(35)])
    assert len({(style["colour"], style["dash"]) for style in styles.values()}) == len(COLOURS) * len(DASHES) == 35
    assert {style["marker"] for style in styles.values()} == set(MARKERS)


def test_a_metric_is_drawn_as_the_median_of_the_replicates_with_their_range() -> None:
    study = evaluations([1.0, 2.0, 6.0], {"replace": [5.0, 7.0, 30.0], "fixed": [4.0, 5.0, 6.0]}, generations=2)
    figure = over_generations(study.sample(fraction=1, shuffle=True, seed=1), arm_styles(["replace", "fixed"]))
    band, line = figure["data"][:2]
    assert [trace["name"] for trace in figure["data"]] == ["replace", "replace", "fixed", "fixed"]
    assert (line["x"], line["y"]) == ([0, 1], [2.0, 7.0])
    assert [tuple(row) for row in line["customdata"]] == [(1.0, 6.0), (5.0, 30.0)]
    assert (band["x"], band["y"]) == ([0, 1, 1, 0], [6.0, 30.0, 5.0, 1.0])
    for value in ("%{x}", "%{y:.4g}", "%{customdata[0]:.4g}", "%{customdata[1]:.4g}", "%{fullData.name}"):
        assert value in line["hovertemplate"]


def test_a_line_ends_where_no_replicate_has_a_finite_value() -> None:
    study = evaluations([1.0, 1.0], {"replace": [math.nan, None], "fixed": [2.0, math.inf]}, generations=3)
    lines = {line["name"]: line for line in over_generations(study, arm_styles(["replace", "fixed"]))["data"][1::2]}
    assert lines["replace"]["x"] == [0, 1]
    assert (lines["fixed"]["x"][-1], lines["fixed"]["y"][-1]) == (2, 2.0)


def test_an_arm_that_was_never_measured_is_left_out() -> None:
    study = evaluations([1.0, 1.0], {"replace": [2.0, 2.0]})
    assert {trace["name"] for trace in over_generations(study, arm_styles(["replace", "fixed"]))["data"]} == {"replace"}
