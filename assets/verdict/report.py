"""The report of a study: one HTML file that opens without a network, and is the same bytes for the same data."""

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import polars as pl
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from outcross.assets.metrics.endpoint import BETTER, Endpoint
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.study.lineage import SHARED
from outcross.assets.verdict.arm_comparison import ArmComparison
from outcross.assets.verdict.benefit.chart import benefit_chart
from outcross.assets.verdict.charts import arm_styles, dose_response, over_generations
from outcross.assets.verdict.comparison_chart import forest
from outcross.assets.verdict.comparison_sentence import is_told_apart, p_text, unit_of
from outcross.assets.verdict.details import tolerance_text
from outcross.assets.verdict.exhibits import Exhibit
from outcross.assets.verdict.figures import exact_percent, percent
from outcross.assets.verdict.references import place_of_reference
from outcross.assets.verdict.verdict import Verdict
from outcross.resources.sources.column_record import ColumnRecord


@dataclass(frozen=True, kw_only=True)
class GalleryItem:
    """What one model generated, to look at: a picture (PNG bytes), an excerpt of text, or both."""

    arm: str
    generation: int
    replicate: int
    image: bytes | None = None
    text: str | None = None

    @property
    def source(self) -> str | None:
        """The picture as a data URI."""
        return None if self.image is None else _source(self.image)


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """Everything a report shows.

    Attributes:
        study: its name.
        description: a line or two about it.
        verdicts: in the order to show them.
        sentences: one for each verdict.
        details: what is to be known beside, sentences for each verdict.
        evaluations: long form: ``arm, generation, replicate, reference, metric, about, value``; charts show
            what is about all rows.
        gallery: pictures and excerpts; generation 0 has the arm ``shared``.
        real: real rows, shown next to what was generated.
        checks: failed checks: ``generation, lineage, check, metric, value, lower, upper, severity``.
        reproduce: heading → text: ``command``, versions, seed, study file, fingerprint.
        notes: remarks for the reader, such as unequal budgets.
        exhibits: the same draws over generations, shown in place of ``gallery`` where there are any.
        columns: what became of each column of the source's files.
        real_exhibit: real images to compare them with.
        sensitivity: stored verdicts with the limits as if a share of the holdout were synthetic.
        comparisons: of arms, in the order to show them.
        comparison_sentences: one for each comparison; those on the primary endpoint are shown.
    """

    study: str
    description: str
    verdicts: Sequence[Verdict]
    sentences: Sequence[str]
    evaluations: pl.DataFrame
    gallery: Sequence[GalleryItem]
    real: GalleryItem | None
    checks: pl.DataFrame
    reproduce: Mapping[str, str]
    details: Sequence[Sequence[str]] = field(default_factory=tuple)
    notes: Sequence[str] = field(default_factory=tuple)
    exhibits: Sequence[Exhibit] = field(default_factory=tuple)
    real_exhibit: Exhibit | None = None
    columns: Sequence[ColumnRecord] = field(default_factory=tuple)
    sensitivity: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    comparisons: Sequence[ArmComparison] = field(default_factory=tuple)
    comparison_sentences: Sequence[str] = field(default_factory=tuple)

    @property
    def asks_benefit(self) -> bool:
        """Whether a verdict has a benefit to show."""
        return any(each.benefit for each in self.verdicts)

    own_endpoints: Mapping[str, Endpoint] = field(default_factory=dict)


def render_report(data: ReportData) -> str:
    """Lay out the report. Every text that comes with the data is escaped."""
    from plotly.offline import get_plotlyjs

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
        "source": _source,
        "p": p_text,
        "unit": unit_of,
    }
    environment.tests["told_apart"] = is_told_apart
    evaluations = data.evaluations.filter(pl.col("about") == "")
    arms = _arms(evaluations)
    styles = arm_styles(arms)
    compared = _by_endpoint(data.comparisons)
    endpoints = {**data.own_endpoints, **ENDPOINTS}
    metrics = _metrics(evaluations, endpoints)
    figures = {
        "doses": [dose_response(verdict) if verdict.curve else None for verdict in data.verdicts],
        "benefits": [
            benefit_chart(each.benefit, each.subject, scale=each.tolerance.scale)
            for each in data.verdicts
            if each.benefit
        ],
        "metrics": _metric_figures(evaluations, metrics, styles),
        "forests": [forest(each) for each in compared.values()],
    }
    return environment.get_template("report.html.jinja").render(
        data=data,
        endpoints=endpoints,
        better=BETTER,
        styles=styles,
        metrics=metrics,
        compared=list(compared),
        compared_in_words=[
            said for each, said in zip(data.comparisons, data.comparison_sentences, strict=True) if each.primary
        ],
        references=sorted(evaluations["reference"].unique().to_list(), key=place_of_reference),
        gallery=_gallery(data.gallery, arms),
        exhibits=_by_arm(data.exhibits, arms),
        replicates=sorted({each.replicate for each in data.exhibits or data.gallery}),
        checks=data.checks.rows(named=True),
        figures=_json(figures),
        css=Markup((page / "report.css").read_text("utf-8")),  # noqa: S704 - the product's own file
        script=_script((page / "report.js").read_text("utf-8")),
        plotly=_script(get_plotlyjs()),
    )


def _arms(evaluations: pl.DataFrame) -> list[str]:
    """Arms in order of appearance, without the shared generation 0."""
    return evaluations.filter(pl.col("arm") != SHARED)["arm"].unique(maintain_order=True).to_list()


def _metrics(evaluations: pl.DataFrame, endpoints: Mapping[str, Endpoint]) -> list[str]:
    """Metrics in the order of the endpoints: a learner's, then those of the registry; unknown ones last."""
    present = set(evaluations["metric"].unique().to_list())
    return [metric for metric in endpoints if metric in present] + sorted(present - endpoints.keys())


def _metric_figures(
    evaluations: pl.DataFrame, metrics: list[str], styles: dict[str, dict[str, str]]
) -> dict[str, dict[str, Any]]:
    """Reference → metric → figure."""
    figures: dict[str, dict[str, Any]] = {}
    parts = {str(reference): part for (reference,), part in evaluations.partition_by("reference", as_dict=True).items()}
    for reference in sorted(parts, key=place_of_reference):
        against = parts[reference]
        by_metric = against.partition_by("metric", as_dict=True)
        figures[reference] = {
            metric: over_generations(by_metric[metric,], styles) for metric in metrics if (metric,) in by_metric
        }
    return figures


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


def _json(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in; what is not finite is null, a gap in a curve."""
    text = json.dumps(_finite(value), allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _source(png: bytes) -> str:
    """A picture as a data URI."""
    return "data:image/png;base64," + base64.b64encode(png).decode()


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
