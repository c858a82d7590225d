"""The report of a study: one HTML file that opens without a network, and is the same bytes for the same data."""

import math
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from outcross.assets.drawing.svg import draw_key, marker_shapes
from outcross.assets.metrics.endpoint import BETTER, Endpoint
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.arm_comparison import ArmComparison
from outcross.assets.verdict.charts import arm_styles
from outcross.assets.verdict.comparison_sentence import is_told_apart, p_text, unit_of
from outcross.assets.verdict.details import tolerance_text
from outcross.assets.verdict.drawn import draw_all, drawn, first_chart
from outcross.assets.verdict.exhibits import Exhibit
from outcross.assets.verdict.figures import exact_percent, percent
from outcross.assets.verdict.marginal_charts import COLOURS, FIRST, LAST, REAL
from outcross.assets.verdict.references import place_of_reference
from outcross.assets.verdict.report_data import GalleryItem, ReportData, picture_source
from outcross.assets.verdict.verdict import Verdict

STYLES = ("report.css", "print.css")
"""The style of the page, and what paper changes of it."""


def render_report(data: ReportData) -> str:
    """Lay out the report. Every text that comes with the data is escaped."""
    page = files("outcross.assets.verdict") / "page"
    environment = _environment()
    evaluations = data.evaluations.filter(pl.col("about") == "")
    arms = _arms(evaluations)
    styles = arm_styles(arms)
    compared = _by_endpoint(data.comparisons)
    endpoints = {**data.own_endpoints, **ENDPOINTS}
    asked = list(dict.fromkeys(each.endpoint for each in sorted(data.verdicts, key=lambda each: not each.primary)))
    metrics = _metrics(evaluations, endpoints, asked)
    return environment.get_template("report.html.jinja").render(
        data=data,
        endpoints=endpoints,
        better=BETTER,
        styles={arm: Markup(draw_key(*style)) for arm, style in styles.items()},  # noqa: S704 - it has no text
        asked=[each for each in metrics if each in asked],
        others=[each for each in metrics if each not in asked],
        charts=draw_all(data.verdicts, list(compared.values()), evaluations, metrics, styles),
        first=None if data.first is None else first_chart(data.verdicts[data.first]),
        compared=list(compared),
        compared_in_words=[
            said for each, said in zip(data.comparisons, data.comparison_sentences, strict=True) if each.primary
        ],
        references=sorted(evaluations["reference"].unique().to_list(), key=place_of_reference),
        gallery=_gallery(data.gallery, arms),
        exhibits=_by_arm(data.exhibits, arms),
        marginals={
            arm: [(name, drawn(chart, f"column-{place}-{number}")) for number, (name, chart) in enumerate(columns)]
            for place, (arm, columns) in enumerate(data.marginals.items())
        },
        layers={REAL: COLOURS[REAL], FIRST: COLOURS[FIRST], LAST: COLOURS[LAST]},
        replicates=sorted({each.replicate for each in data.exhibits or data.gallery}),
        checks=data.checks.rows(named=True),
        shapes=Markup(marker_shapes()),  # noqa: S704 - our own
        css=Markup("".join((page / name).read_text("utf-8") for name in STYLES)),  # noqa: S704 - our own files
        script=_script((page / "report.js").read_text("utf-8")),
    )


def _environment() -> Environment:
    page = files("outcross.assets.verdict") / "page"
    parts = FunctionLoader(lambda name: (page / name).read_text("utf-8"))
    environment = Environment(
        loader=parts, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "percent": percent,
        "exact": exact_percent,
        "tolerance": tolerance_text,
        "number": _number,
        "damage": _damage,
        "words": _words,
        "source": picture_source,
        "p": p_text,
        "unit": unit_of,
    }
    environment.tests["told_apart"] = is_told_apart
    return environment


def _arms(evaluations: pl.DataFrame) -> list[str]:
    """Arms in order of appearance, without the shared generation 0."""
    return evaluations.filter(pl.col("arm") != SHARED)["arm"].unique(maintain_order=True).to_list()


def _metrics(evaluations: pl.DataFrame, endpoints: Mapping[str, Endpoint], asked: Sequence[str]) -> list[str]:
    """Metrics as the study asks for them, the primary one first; then those of the registry; unknown ones last."""
    present = set(evaluations["metric"].unique().to_list())
    known = [metric for metric in dict.fromkeys([*asked, *endpoints]) if metric in present]
    return known + sorted(present - set(known))


def _by_endpoint(comparisons: Sequence[ArmComparison]) -> dict[str, list[ArmComparison]]:
    """Endpoint → its comparisons, both in their order."""
    found: dict[str, list[ArmComparison]] = {}
    for each in comparisons:
        found.setdefault(each.endpoint, []).append(each)
    return found


def _by_arm(exhibits: Sequence[Exhibit], arms: list[str]) -> dict[str, list[Exhibit]]:
    """Arm → its exhibits by replicate, arms in their order, unknown ones last."""
    shown = {exhibit.arm for exhibit in exhibits}
    ordered = [arm for arm in arms if arm in shown] + sorted(shown - set(arms))
    return {
        arm: sorted((each for each in exhibits if each.arm == arm), key=lambda each: each.replicate) for arm in ordered
    }


def _gallery(items: Sequence[GalleryItem], arms: list[str]) -> dict[str, Any]:
    """Generation 0 by itself, then arm → generation → items."""
    later = [item for item in items if item.generation > 0]
    shown = {item.arm for item in later}
    cells: dict[str, dict[int, list[GalleryItem]]] = {
        arm: {} for arm in [arm for arm in arms if arm in shown] + sorted(shown - set(arms))
    }
    for item in sorted(later, key=lambda item: item.replicate):
        cells[item.arm].setdefault(item.generation, []).append(item)
    return {
        "first": sorted((item for item in items if item.generation == 0), key=lambda item: item.replicate),
        "generations": sorted({item.generation for item in later}),
        "arms": cells,
    }


def _script(source: str) -> Markup:
    """A program that cannot end the script element it stands in: its strings and patterns read an escape as before."""
    return Markup(source.replace("</script", "<\\/script").replace("<!--", "\\x3C!--"))  # noqa: S704


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.4g}"


def _damage(value: float, verdict: Verdict) -> str:
    """A degradation in per cent, or as an amount where the tolerance is one."""
    if not math.isfinite(value):
        return "∞"
    return f"{value:+.3g}" if verdict.tolerance.scale == "absolute" else f"{100 * value + 0.0:+.1f} %"


def _words(name: str) -> str:
    return name.replace("_", " ")
