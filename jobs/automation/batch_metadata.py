"""The metadata of an ingested batch in the asset graph: its numbers, the reasons against it, and its check.

File names, categories and reasons come from data, so their Markdown is escaped.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl

from outcross.assets.graph.vitals import plotted_numbers, vitals_table
from outcross.resources.safe_text import markdown

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.outcome import Outcome
    from outcross.assets.corpus.ledger.version import Version
    from outcross.assets.corpus.open_corpus import OpenCorpus

_LINES, _LONGEST = 20, 1_000
_GUARD = r"^([a-z_]+): "
_GUARD_COLUMNS = {
    "guard": pl.String(),
    "metric": pl.String(),
    "group": pl.String(),
    "value": pl.Float64(),
    "lower": pl.Float64(),
    "upper": pl.Float64(),
    "passed": pl.Boolean(),
    "blocking": pl.Boolean(),
}


def describe_batch(
    corpus: "OpenCorpus", outcome: "Outcome", *, check: str
) -> tuple[dict[str, dg.MetadataValue], dg.AssetCheckResult]:
    """Describe a batch, and its check, which passes where every row was admitted and no guard warned.

    Args:
        corpus: the open corpus.
        outcome: of the ingest.
        check: name of the check.
    """
    from outcross.assets.corpus.generator_terms import tell_terms
    from outcross.assets.corpus.ledger.ledger import read_version
    from outcross.assets.corpus.protected.results import tell_protected

    intake = None if outcome.version is None else read_version(corpus.files, outcome.version)
    reasons = _reasons(corpus, outcome, intake)
    now = intake or read_version(corpus.files)
    metadata: dict[str, dg.MetadataValue] = {
        "status": dg.MetadataValue.text(outcome.status),
        "file": dg.MetadataValue.md(markdown(outcome.file, _LONGEST)),
        "batch": dg.MetadataValue.text(outcome.batch or "none"),
        "rows_in": dg.MetadataValue.int(outcome.rows_in),
        "rows_admitted": dg.MetadataValue.int(outcome.rows_admitted),
        "rows_quarantined": dg.MetadataValue.int(outcome.rows_quarantined),
        "corpus_version": dg.MetadataValue.int(now.number),
        "declared_share": dg.MetadataValue.float(now.declared_share),
        "reasons": format_bullets(reasons),
    }
    if outcome.cause is not None:
        metadata["cause"] = dg.MetadataValue.md(markdown(outcome.cause, _LONGEST))
    if outcome.explained:
        metadata["causes"] = format_bullets(outcome.explained)
    if outcome.observed:
        metadata["would_have_held"] = format_bullets(outcome.observed)
    if outcome.warnings:
        metadata["warnings"] = format_bullets(outcome.warnings)
    if named := tell_protected(corpus.settings.protected, [] if intake is None else [intake]):
        metadata["protected_sets"] = format_bullets(named)
    if rules := tell_terms(corpus.settings.generators, now):
        metadata["generators"] = format_bullets(rules)
    if outcome.marks:
        metadata["marks"] = format_bullets(outcome.marks)
    metadata |= _probabilities(corpus, outcome) | _expectations(corpus, outcome)
    if outcome.too_few_rows:
        metadata["too_few_rows"] = format_bullets(outcome.too_few_rows)
    if outcome.not_looked_into:
        metadata["not_looked_into"] = format_bullets(outcome.not_looked_into)
    if now.bound is not None:
        metadata["bound"] = dg.MetadataValue.float(now.bound)
    if now.estimated is not None:
        metadata["estimated_share"] = dg.MetadataValue.float(now.estimated.share)
        metadata["estimated_share_lower"] = dg.MetadataValue.float(now.estimated.lower)
        metadata["estimated_share_upper"] = dg.MetadataValue.float(now.estimated.upper)
    if now.recent is not None:
        metadata["recent_share"] = dg.MetadataValue.float(now.recent.share)
        metadata["recent_share_lower"] = dg.MetadataValue.float(now.recent.lower)
    told = (*outcome.observed, *outcome.warnings)
    whole = intake is not None and not intake.rows_quarantined and not told
    result = dg.AssetCheckResult(
        check_name=check,
        passed=whole,
        severity=dg.AssetCheckSeverity.WARN if outcome.rows_admitted else dg.AssetCheckSeverity.ERROR,
        description=f"{outcome.status}: {outcome.rows_admitted:,} of {outcome.rows_in:,} rows admitted",
        metadata=_guards(intake) | {"reasons": format_bullets([*reasons, *told])},
    )
    return metadata, result


def _probabilities(corpus: "OpenCorpus", outcome: "Outcome") -> dict[str, dg.MetadataValue]:
    """Show how many rows of a held batch are how likely to be synthetic, and the command that deals with them."""
    if not outcome.rows_quarantined or outcome.rows_admitted:
        return {}
    from outcross.assets.corpus.quarantine.by_probability import count_bands

    bands = count_bands(corpus, outcome.batch)
    if not bands:
        return {}
    lines = ["| probability of being synthetic | rows | of these expected to be synthetic |", "|---|---:|---:|"]
    lines += [f"| {each.lower:g} to {each.upper:g} | {each.rows:,} | {each.synthetic:.1f} |" for each in bands]
    command = f"outcross quarantine show {corpus.name} {outcome.batch} --likeliest"
    return {"synthetic_probability": dg.MetadataValue.md("\n".join([*lines, "", f"`{command}`"]))}


def _expectations(corpus: "OpenCorpus", outcome: "Outcome") -> dict[str, dg.MetadataValue]:
    """Show which expectations the rows of a batch fail, derived or the team's own."""
    from outcross.assets.corpus.expectations.batch_results import read_results
    from outcross.assets.corpus.expectations.own import describe

    found = read_results(corpus, [outcome.batch]) if outcome.batch else []
    if not found:
        return {}
    failed = [describe(each) for each in found[0].failed]
    metadata: dict[str, dg.MetadataValue] = {"expectations_failed": dg.MetadataValue.int(len(failed))}
    return metadata | ({"expectations": format_bullets(failed)} if failed else {})


def _reasons(corpus: "OpenCorpus", outcome: "Outcome", intake: "Version | None") -> Sequence[str]:
    """Collect the reasons against the batch and its rows, from the ledger if it was ingested before."""
    if intake is None:
        return outcome.reasons
    whole = [f"{each.guard}: {each.why}" for each in intake.guards if each.blocking and not each.passed]
    rows = outcome.held_rows or (_row_reasons(corpus, intake) if intake.rows_quarantined and not whole else ())
    return [*(outcome.reasons or whole), *rows]


def _row_reasons(corpus: "OpenCorpus", intake: "Version") -> list[str]:
    """Count the rows that each guard quarantined, in a version that an earlier release wrote without these counts."""
    from outcross.assets.corpus.files import QUARANTINE
    from outcross.assets.corpus.guards.guards import GUARDS
    from outcross.assets.corpus.parquet_file import read_rows

    guards = pl.col("reasons").list.eval(pl.element().str.extract(_GUARD)).list.drop_nulls().list.unique()
    rows: Counter[str] = Counter()
    quarantine = (
        () if intake.held is None else read_rows(corpus.files, intake.held.path, {"reasons": QUARANTINE["reasons"]})
    )
    for chunk in quarantine:
        rows.update(dict(chunk.select(guard=guards).explode("guard").group_by("guard").len().drop_nulls().iter_rows()))
    remedies = {name: f": {guard.remedy}" for name, guard in GUARDS.items()}
    return [f"{guard}: {count:,} rows{remedies.get(guard, '')}" for guard, count in rows.most_common()]


def _guards(intake: "Version | None") -> dict[str, dg.MetadataValue]:
    """Show the numbers of the guards: each as one that plots, and all in a table with failures first."""
    if intake is None or not intake.guards:
        return {}
    vitals = pl.DataFrame([vars(each) for each in intake.guards], schema=_GUARD_COLUMNS)
    same = pl.col("guard") == pl.col("metric")
    label = pl.when(same).then("guard").otherwise(pl.format("{}: {}", "guard", "metric"))
    shown = vitals.with_columns(label=label)
    return plotted_numbers(shown, label="label") | vitals_table(shown, list(_GUARD_COLUMNS))


def format_bullets(lines: Sequence[str]) -> dg.MetadataValue:
    """Format lines from data as a Markdown list, escaped so that each shows as it is spelled."""
    shown = [f"- {markdown(line, _LONGEST)}" for line in lines[:_LINES]]
    more = [f"- and {len(lines) - _LINES:,} more"] if len(lines) > _LINES else []
    return dg.MetadataValue.md("\n".join([*shown, *more]) or "none")
