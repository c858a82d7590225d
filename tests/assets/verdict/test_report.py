import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from html import escape
from pathlib import Path

import polars as pl
import pytest

from outcross.assets.metrics.endpoint import BETTER
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.study.tolerance import Tolerance
from outcross.assets.verdict.charts import dose_response
from outcross.assets.verdict.exhibits import Exhibit, Words, real_images
from outcross.assets.verdict.report import render_report
from outcross.assets.verdict.report_data import GalleryItem
from outcross.resources.schema import Schema
from outcross.resources.sources.column_record import ColumnRecord
from tests.assets.verdict.reports import PLAIN, Page, exhibits, png, report_data

ATTACK = '</script><script>window.attacked = 1</script><img src="https://example.org/x.png" onerror="attack()">'
LOADING = {"src", "srcset", "href", "xlink:href", "data", "action", "formaction", "poster", "background", "ping"}


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_report(report_data()))


@pytest.fixture(scope="module")
def attacked() -> Page:
    """A report in which everything that comes with the data attacks the page."""
    data = report_data()
    return Page(
        render_report(
            replace(
                data,
                study=ATTACK,
                description=ATTACK,
                sentences=[ATTACK] * 3,
                details=[[ATTACK]] * 3,
                evaluations=data.evaluations.with_columns(
                    arm=pl.col("arm").replace("fresh-0.8", ATTACK), metric=pl.col("metric").replace("recall", ATTACK)
                ),
                verdicts=[replace(data.verdicts[0], curve=(replace(data.verdicts[0].curve[0], arm=ATTACK),))] * 2
                + [replace(data.verdicts[2], reason=ATTACK)],
                gallery=[
                    GalleryItem(arm="shared", generation=0, replicate=0, text=ATTACK),
                    GalleryItem(arm=ATTACK, generation=1, replicate=0, text=ATTACK, image=png(9)),
                ],
                real=GalleryItem(arm="real", generation=0, replicate=0, text=ATTACK),
                checks=data.checks.with_columns(lineage=pl.lit(ATTACK), check=pl.lit(ATTACK), metric=pl.lit(ATTACK)),
                reproduce={ATTACK: ATTACK, "command": ATTACK},
                notes=[ATTACK],
            )
        )
    )


@pytest.fixture(scope="module")
def followed() -> Page:
    """A report with the same draws in every generation."""
    real = real_images(
        pl.DataFrame({"image": [[0] * 64] * 6}, schema={"image": PLAIN.dtype}), Schema((PLAIN,)), classes=()
    )
    return Page(render_report(report_data(exhibits=exhibits(), real_exhibit=real)))


@pytest.fixture(scope="module")
def told() -> Page:
    """A report whose texts and labels attack the page."""
    texts = (((Words(ATTACK, False),), (Words("as before ", True), Words(ATTACK, False))),)
    text = Exhibit(arm=ATTACK, replicate=0, generations=(0, 1), texts=texts)
    image = replace(exhibits()[0], classes=((ATTACK, 2),))
    return Page(render_report(report_data(exhibits=[text, image])))


def test_every_endpoint_has_a_panel_that_says_which_values_are_better() -> None:
    data = report_data()
    line = data.evaluations.head(1)
    measured = pl.concat([line.with_columns(metric=pl.lit(name)) for name in ENDPOINTS])
    page = render_report(replace(data, evaluations=pl.concat([data.evaluations, measured])))
    for name, endpoint in ENDPOINTS.items():
        panel = page.partition(f'data-panel="{name}"')[2].partition("</figure>")[0]
        assert f"<span>{BETTER[endpoint.direction]}</span>" in panel, name
    assert {endpoint.direction for endpoint in ENDPOINTS.values()} == set(BETTER)


def charts(page: Page, under: str = "") -> list[str]:
    """What is said of each chart of a page, or of the first one in a part of it: ``data-dose="1"``."""
    told = [each.attributes["aria-label"] or "" for each in page.all("svg") if each.attributes.get("role") == "img"]
    part = page.html.partition(under)[2] if under else page.html
    return [each for each in told if escape(each) in (part[: part.find("</svg>")] if under else part)]


@pytest.mark.parametrize("which", ["page", "attacked", "followed", "told"])
def test_a_browser_finds_nothing_to_load(which: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(which)
    loaded = [
        (name, value or "") for each in page.elements for name, value in each.attributes.items() if name in LOADING
    ]
    assert {name for name, _ in loaded} == {"src", "href"}
    assert [value for _, value in loaded if not value.startswith(("#", "data:image/png;base64,"))] == []
    assert not {each.tag for each in page.elements} & {"link", "base", "iframe", "object", "embed", "form"}
    styles = " ".join(
        [each.text for each in page.all("style")] + [each.attributes.get("style") or "" for each in page.elements]
    )
    assert "url(" not in styles and "@import" not in styles and "@font-face" not in styles


def test_the_page_forbids_the_browser_to_load_anything(page: Page) -> None:
    (policy,) = [each for each in page.all("meta") if each.attributes.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.split(" ", 1) for rule in (policy.attributes["content"] or "").split("; "))
    assert rules.pop("default-src") == "'none'"
    assert rules == {"img-src": "data: blob:", "style-src": "'unsafe-inline'", "script-src": "'unsafe-inline'"}


def test_what_comes_with_the_data_is_text_and_nothing_else(page: Page, attacked: Page) -> None:
    assert len(attacked.all("script")) == len(page.all("script")) == 1
    assert [
        each.attributes for each in attacked.elements if any(name.startswith("on") for name in each.attributes)
    ] == []
    assert attacked.all("h1")[0].text == attacked.all("p", of_class="lead")[0].text == ATTACK
    assert [each.text for each in attacked.all("p", of_class="sentence")] == [ATTACK] * 3
    assert [each.text for each in attacked.all("ul", of_class="details")] == [ATTACK] * 4
    assert attacked.all("p", of_class="headline")[0].text == ATTACK
    assert [each.text for each in attacked.all("pre", of_class="excerpt")] == [ATTACK] * 3
    assert attacked.all("p", of_class="note")[0].text == ATTACK
    assert [each.text for each in attacked.all("dt")] == ["Made", ATTACK, "command"]


def test_names_reach_the_charts_as_they_are(attacked: Page) -> None:
    assert ATTACK in {each.attributes.get("data-panel") for each in attacked.all("figure")}
    assert ATTACK in {each.attributes.get("data-series") for each in attacked.all("g")}


def test_what_is_about_a_part_of_the_rows_is_not_drawn() -> None:
    data = report_data()
    parts = data.evaluations.with_columns(about=pl.lit("sex=Female"), value=pl.lit(9.0))
    assert render_report(replace(data, evaluations=pl.concat([data.evaluations, parts]))) == render_report(data)


def test_the_same_data_give_the_same_bytes_in_another_process() -> None:
    here = [hashlib.sha256(render_report(report_data()).encode()).hexdigest() for _ in range(2)]
    there = subprocess.run(
        [sys.executable, "-m", "tests.assets.verdict.reports"],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {*here, there.stdout} == {here[0]}


def test_every_verdict_is_told_in_its_sentence(page: Page) -> None:
    data = report_data()
    assert [each.text for each in page.all("p", of_class="sentence")] == list(data.sentences)
    assert page.all("p", of_class="headline")[0].text == data.sentences[0]
    assert [each.text for each in page.all("li")][: len(data.details[0])] == data.details[0]
    assert [each.text for each in page.all("span", of_class="chip")] == [
        "limit",
        "safe at every share tried",
        "not decided",
    ]
    decided, never, undefined = ([*each.text.split()] for each in page.all("p", of_class="figure"))
    assert " ".join(decided) == "50 % is shown to be safe; estimate 53 %"
    assert " ".join(never) == "80 % is shown to be safe; estimate 80 %"
    assert undefined == ["–"]


def test_the_figures_can_be_read_without_a_chart(page: Page) -> None:
    decided, rows = report_data().verdicts[0], page.rows()
    for rung in decided.curve:
        figures = (rung.mean, rung.fitted, rung.lower, rung.upper)
        counted = {"fresh-0.2": ["80", "20"]}.get(rung.arm, ["–", "–"])
        assert [
            rung.arm,
            f"{100 * rung.share:g} %",
            *counted,
            *(f"{100 * each + 0.0:+.1f} %" for each in figures),
        ] in rows
    open_ = ["25 %", "–", "–", "–", "not decided", "10", "–", "3", "–"]
    assert ["freshness", "frechet", "shape deforms", "25 %", "50 %", "80 %", "53 %", "limit"] in [
        row[:8] for row in rows
    ]
    assert ["freshness", "recall", "tails and modes vanish", *open_] in rows


def test_amounts_are_shown_in_their_unit_and_secondary_endpoints_are_marked() -> None:
    data = report_data()
    nats = replace(data.verdicts[0], endpoint="loss", tolerance=Tolerance(0.25, "absolute"), primary=False)
    page = Page(render_report(replace(data, verdicts=[nats], sentences=["."], details=[])))
    assert [each.text for each in page.all("span", of_class="chip")] == ["limit", "secondary"]
    top = nats.curve[3]
    assert [
        "fresh-0.8",
        "80 %",
        *["–", "–"],
        *(f"{each:+.3g}" for each in (top.mean, top.fitted, top.lower, top.upper)),
    ] in page.rows()
    labels = [each.text for each in page.all("text")]
    assert labels.count("degradation, nats per row, or per token of text") == 2, "the first screen, and its section"
    assert labels.count("tolerance 0.25 nats per row, or per token of text") == 2


def test_compared_arms_have_a_line_each_and_a_sentence_on_the_primary_endpoint(page: Page) -> None:
    data = report_data()
    rows = page.rows()
    for each in data.comparisons[2:]:
        assert each.found is not None
        figures = [f"{value:.4g}" for value in (each.found.mean, each.found.lower, each.found.upper)]
        means = f"{each.means[1]:.4g} against {each.means[0]:.4g}"
        told = ["p < 0.001", "p < 0.001", "2", f"{each.found.effect:.2g}", "10"]
        assert ["frechet", "–", f"{each.second} against fresh-0.2", means, "–", "–", *figures, *told] in rows
    assert ["recall (secondary)", data.comparisons[0].reason] in [[row[0], row[-2]] for row in rows if len(row) > 1]
    for each, said in zip(data.comparisons, data.comparison_sentences, strict=True):
        assert (said in page.by_id("arms").text) == each.primary


def test_compared_arms_have_a_figure_for_each_endpoint_unless_no_pair_has_an_interval(page: Page) -> None:
    captions = [each.text for each in page.all("text", of_class="caption")]
    assert captions == ["fresh-0.8 against fresh-0.2", "fresh-0.5 against fresh-0.2"]
    buttons = [button.text for button in page.all("button") if button.attributes.get("data-pick") == "forest"]
    assert buttons == ["recall", "frechet"] and "No pair has an interval on recall" in page.by_id("arms").text


def test_every_check_that_failed_is_listed_with_its_bounds(page: Page) -> None:
    assert ["2", "fresh-0.8", "tails", "recall", "0.1235", "0.5", "–", "warning"] in page.rows()


def test_a_study_without_failures_says_so() -> None:
    data = report_data()
    page = Page(render_report(replace(data, checks=data.checks.clear())))
    assert "None: every check of this study passed." in page.by_id("checks").text


def test_the_report_says_how_to_reproduce_it(page: Page) -> None:
    assert [each.text for each in page.all("dt")] == ["Made", "command", "seed", "study file"]
    assert [each.text for each in page.all("dd")] == ["", "outcross study digits", "7", "study: digits\nseed: 7\n"]


def test_notes_are_shown(page: Page) -> None:
    assert [each.text for each in page.all("p", of_class="note")] == list(report_data().notes)


def test_what_became_of_each_column_is_a_section(page: Page) -> None:
    assert "Columns" not in [each.text for each in page.all("h2")]
    price = ColumnRecord(
        name=ATTACK, called="price", type="text", role="numeric", nulls=3, why="a decimal comma", remedy="state it"
    )
    told = Page(render_report(replace(report_data(), columns=[price])))
    assert [ATTACK, "text", "numeric", "3", "a decimal comma; state it"] in told.rows()
    assert len(told.all("script")) == len(page.all("script"))


def test_pictures_and_excerpts_are_inside_the_page(page: Page) -> None:
    pictures = [each.attributes["alt"] for each in page.all("img")]
    assert pictures == ["real rows", "generation 0", "fresh-0.8, generation 2"]
    assert len({each.attributes["src"] for each in page.all("img")}) == 3
    assert [each.text for each in page.all("pre", of_class="excerpt")] == ["a seven\nand a one"]


def test_draws_are_followed_arm_beside_arm_in_place_of_first_rows(followed: Page) -> None:
    assert [each.text for each in followed.all("h3")][-3:] == ["real rows", "fresh-0.2", "fresh-0.8"]
    assert [each.text.strip() for each in followed.all("div", of_class="heads")] == ["", *["012"] * 4]
    alts = [each.attributes["alt"] for each in followed.all("img")]
    assert alts[:2] == ["real rows", "fresh-0.2, replicate 0, generations 0 to 2 from left to right"]
    assert len({each.attributes["src"] for each in followed.all("img")}) == len(alts) == 5
    shown = [each.attributes for each in followed.all("button") if each.attributes.get("data-pick") == "replicate"]
    assert [each["data-value"] for each in shown] == ["0", "1"]
    assert not followed.all("div", of_class="gallery")


def test_texts_and_labels_that_are_followed_are_text_and_nothing_else(page: Page, told: Page) -> None:
    assert len(told.all("script")) == len(page.all("script"))
    assert [each.text for each in told.all("pre", of_class="excerpt")] == [ATTACK, "as before " + ATTACK]
    assert [each.text for each in told.all("span", of_class="same")] == ["as before "]
    assert ATTACK in (told.all("img")[-1].attributes["alt"] or "")
    assert told.all("div", of_class="classes")[0].text == ATTACK
    assert ["generation 0", "generation 1"] in told.rows()


def test_every_chart_has_words_and_every_table_a_caption(page: Page, followed: Page) -> None:
    assert charts(page, 'data-dose="0"')[:1] == [dose_response(report_data().verdicts[0]).told]
    for each in (page, followed):
        drawn = each.all("svg", of_class="drawn")
        assert len(drawn) > 5
        assert all(len(chart.attributes["aria-label"] or "") > 40 for chart in drawn)
        assert all(chart.attributes["role"] == "img" for chart in drawn)
        assert len(each.all("caption")) == len(each.all("table")) and all(said.text for said in each.all("caption"))
    tips = [each.attributes["data-tips"] or "" for each in page.all("g", of_class="dots")]
    assert any("fresh-0.8, replicate 9" in each for each in tips) and any("median" in each for each in tips)


def test_what_the_study_asks_stands_first(page: Page) -> None:
    headings = [each.text for each in page.all("h3")]
    assert headings.index("What the study asks") > 0 and "What else was measured" not in headings
    data = report_data()
    other = data.evaluations.filter(metric="frechet").with_columns(metric=pl.lit("density"))
    secondary = replace(data.verdicts[2], primary=False)
    told = replace(data, evaluations=pl.concat([other, data.evaluations]), verdicts=[secondary, *data.verdicts[:2]])
    panels = [each.attributes.get("data-panel") for each in Page(render_report(told)).all("figure")]
    assert [each for each in panels if each] == ["frechet", "recall", "density"]


def test_a_collapse_leaves_a_report_that_can_be_read() -> None:
    data, inf = report_data(), float("inf")
    last = (pl.col("arm") == "fresh-0.8") & (pl.col("generation") == 2)
    gone = data.evaluations.with_columns(value=pl.when(last).then(inf).otherwise(pl.col("value")))
    rungs = data.verdicts[0].curve
    each = dict.fromkeys(range(10), inf)
    collapsed = replace(rungs[3], mean=inf, fitted=inf, lower=inf, upper=inf, degradations=each)
    page = Page(
        render_report(
            replace(data, evaluations=gone, verdicts=[replace(data.verdicts[0], curve=(*rungs[:3], collapsed))] * 3)
        )
    )
    assert "80 % synthetic: no finite value left" in charts(page, 'data-dose="0"')[0]
    assert ["fresh-0.8", "80 %", "–", "–", "∞", "∞", "∞", "∞"] in page.rows()


def test_a_study_without_a_ladder_has_a_report_all_the_same() -> None:
    alone = {"comparisons": (), "comparison_sentences": ()}
    data = replace(report_data(), verdicts=(), sentences=(), details=(), gallery=(), real=None, notes=(), **alone)
    page = Page(render_report(data))
    assert "no ladder of arms" in page.by_id("summary").text
    assert "No samples were kept." in page.by_id("samples").text
    assert [each.attributes["data-panel"] for each in page.all("figure") if "data-panel" in each.attributes] == [
        "frechet",
        "recall",
    ]
