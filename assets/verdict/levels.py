"""Which class, group or relation an endpoint is about, named for the reader of a verdict."""

import polars as pl

from outcross.assets.artefacts import ANCHOR, HOLDOUT, Artefacts
from outcross.assets.verdict.figures import two_digits
from outcross.assets.verdict.verdict import Verdict

BROKEN = "broken_relations"
MOST_NAMED = 3
"""Number of broken relations that are named."""


def name_levels(artefacts: Artefacts, verdict: Verdict, evaluations: pl.DataFrame) -> str:
    """Say which level is the lowest or rarest at the largest share, and which levels were left out and why.

    Returns a sentence, or an empty string for an endpoint that looks into no levels.
    """
    endpoint = verdict.endpoint
    if endpoint not in artefacts.study.measured_endpoints:
        return ""
    metric = artefacts.study.metric_of(endpoint)
    if endpoint == BROKEN:
        return _name_broken(evaluations, verdict.ladder.arms[-1], verdict.generations - 1)
    if metric.count_levels is None or endpoint not in metric.of_levels:
        return ""
    schema = artefacts.schema
    anchor, holdout = _real_rows(artefacts)
    levels = metric.count_levels(schema, anchor, holdout)
    lines = _lines(evaluations, endpoint, verdict.ladder.arms[-1], verdict.generations - 1)
    clauses = []
    if lines.height:
        which = "rarest" if endpoint.startswith("rarest") else "lowest"
        clauses.append(f"the {which} {levels.noun} at the largest share is {_first(lines)}")
    if (left_out := levels.left_out()) is not None:
        clauses.append(left_out)
    text = "; ".join(clauses)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def find_constants(artefacts: Artefacts) -> dict[str, float]:
    """Return what a constant prediction has, for each endpoint of utility that the study names."""
    names = artefacts.study.measured_endpoints
    metrics = {
        id(metric): metric for metric in map(artefacts.study.metric_of, names) if metric.find_constants is not None
    }
    if not metrics:
        return {}
    rows = _real_rows(artefacts)
    found = [each.find_constants(artefacts.schema, *rows) for each in metrics.values() if each.find_constants]
    return {name: value for constants in found for name, value in constants.items() if name in names}


def _real_rows(artefacts: Artefacts) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the anchor and the holdout."""
    names = artefacts.schema.names
    anchor, holdout = (artefacts.load(artefacts.address(thing)).select(names) for thing in (ANCHOR, HOLDOUT))
    return anchor, holdout


def name_broken_relations(evaluations: pl.DataFrame, generations: int) -> list[str]:
    """Name for each arm the relations that most rows of its last generation break, such as an end before a start."""
    arms = evaluations.filter(pl.col("generation") == generations - 1)["arm"].unique(maintain_order=True)
    named = {arm: _name_broken(evaluations, arm, generations - 1) for arm in arms}
    return [f"Arm '{arm}': {text[:1].lower()}{text[1:]}" for arm, text in named.items() if text]


def _name_broken(evaluations: pl.DataFrame, arm: str, generation: int) -> str:
    lines = _lines(evaluations, BROKEN, arm, generation)
    replicates = evaluations.filter(pl.col("arm") == arm, pl.col("generation") == generation)["replicate"].n_unique()
    shares = lines.group_by("about").agg(share=pl.col("value").sum() / max(replicates, 1))
    worst = shares.sort("share", "about", descending=[True, False]).head(MOST_NAMED)
    named = [f"{about} in {two_digits(100 * share)} % of rows" for about, share in worst.iter_rows()]
    return f"Most broken in the last generation: {'; '.join(named)}." if named else ""


def _lines(evaluations: pl.DataFrame, endpoint: str, arm: str, generation: int) -> pl.DataFrame:
    return evaluations.filter(
        pl.col("metric") == endpoint,
        pl.col("about") != "",
        pl.col("reference") == "holdout",
        pl.col("arm") == arm,
        pl.col("generation") == generation,
    )


def _first(lines: pl.DataFrame) -> str:
    """Return the level that most replicates name; of those, the one with the lowest mean."""
    counted = lines.group_by("about").agg(pl.len().alias("named"), pl.col("value").mean().alias("mean"))
    return str(counted.sort("named", "mean", "about", descending=[True, False, False])["about"][0])
