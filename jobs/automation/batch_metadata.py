"""The metadata of an ingested batch in the asset graph: its numbers, the reasons against it, and its check.

File names, categories and reasons come from data, so their Markdown is escaped.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from outcross.resources.safe_text import markdown

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.ingest import Outcome
    from outcross.assets.corpus.ledger.version import GuardResult, Version
    from outcross.assets.corpus.open_corpus import OpenCorpus

_LINES, _LONGEST = 20, 1_000
_GUARD = r"^([a-z_]+): "


def describe_batch(corpus: "OpenCorpus", outcome: "Outcome", *, check: str) -> dg.MaterializeResult:
    """Describe a batch as materialized, with its check, which passes where every row was admitted.

    Args:
        corpus: the open corpus.
        outcome: of the ingest.
        check: name of the check.
    """
    from outcross.assets.corpus.ledger.ledger import read_version

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
    if now.bound is not None:
        metadata["bound"] = dg.MetadataValue.float(now.bound)
    whole = intake is not None and not intake.rows_quarantined
    result = dg.AssetCheckResult(
        check_name=check,
        passed=whole,
        severity=dg.AssetCheckSeverity.WARN if outcome.rows_admitted else dg.AssetCheckSeverity.ERROR,
        description=f"{outcome.status}: {outcome.rows_admitted:,} of {outcome.rows_in:,} rows admitted",
        metadata=_guards(intake) | {"reasons": format_bullets(reasons)},
    )
    return dg.MaterializeResult(metadata=metadata, check_results=[result])


def _reasons(corpus: "OpenCorpus", outcome: "Outcome", intake: "Version | None") -> Sequence[str]:
    """Collect the reasons against the batch, from the ledger if it was ingested before; else those against its rows."""
    if outcome.reasons or intake is None:
        return outcome.reasons
    whole = [f"{each.guard}: {each.why}" for each in intake.guards if each.blocking and not each.passed]
    return whole or (_row_reasons(corpus, intake) if intake.rows_quarantined else ())


def _row_reasons(corpus: "OpenCorpus", intake: "Version") -> list[str]:
    """Count the rows that each guard quarantined, and add the guard's remedy."""
    import polars as pl

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
    """List the numbers of each guard, with failures first."""
    by_guard: dict[str, list[GuardResult]] = {}
    for each in sorted(intake.guards if intake else (), key=lambda each: each.passed):
        by_guard.setdefault(each.guard, []).append(each)
    return {name: format_bullets([_describe_number(each) for each in found]) for name, found in by_guard.items()}


def _describe_number(result: "GuardResult") -> str:
    of = f" of {result.group}" if result.group else ""
    value = "not computable" if result.value is None else f"{result.value:.6g}"
    low = "" if result.lower is None else f", at least {result.lower:.6g}"
    high = "" if result.upper is None else f", at most {result.upper:.6g}"
    verdict = "passed" if result.passed else "failed" if result.blocking else "failed, observed only"
    return f"{verdict}: {result.metric}{of} is {value}{low}{high}"


def format_bullets(lines: Sequence[str]) -> dg.MetadataValue:
    """Format lines from data as a Markdown list, escaped so that each shows as it is spelled."""
    shown = [f"- {markdown(line, _LONGEST)}" for line in lines[:_LINES]]
    more = [f"- and {len(lines) - _LINES:,} more"] if len(lines) > _LINES else []
    return dg.MetadataValue.md("\n".join([*shown, *more]) or "none")
