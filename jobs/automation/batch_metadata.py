"""Metadata of an ingested batch in the asset graph: its numbers, the reasons against it, and its check.

File names, categories and reasons come from data, so markup in them is escaped.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

from outcross.resources.safe_text import markdown

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.ingest import Outcome
    from outcross.assets.corpus.ledger.version import GuardResult, Version
    from outcross.assets.corpus.open_corpus import Anchored

_LINES, _LONGEST = 20, 1_000
_GUARD = r"^([a-z_]+): "


def describe_batch(anchored: "Anchored", outcome: "Outcome", *, check: str) -> dg.MaterializeResult:
    """Describe an ingested batch, with its check, which passes if every row of the batch was admitted.

    Args:
        anchored: the corpus.
        outcome: the result of the ingest.
        check: name of the check.
    """
    from outcross.assets.corpus.ledger.ledger import read_version

    entered = None if outcome.version is None else read_version(anchored.files, outcome.version)
    reasons = _reasons(anchored, outcome, entered)
    now = entered or read_version(anchored.files)
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
    whole = entered is not None and not entered.rows_quarantined
    result = dg.AssetCheckResult(
        check_name=check,
        passed=whole,
        severity=dg.AssetCheckSeverity.WARN if outcome.rows_admitted else dg.AssetCheckSeverity.ERROR,
        description=f"{outcome.status}: {outcome.rows_admitted:,} of {outcome.rows_in:,} rows admitted",
        metadata=_group_by_guard(entered) | {"reasons": format_bullets(reasons)},
    )
    return dg.MaterializeResult(metadata=metadata, check_results=[result])


def _reasons(anchored: "Anchored", outcome: "Outcome", entered: "Version | None") -> Sequence[str]:
    """Return the reasons against the batch as a whole, from the ledger if it is known; else those against its rows."""
    if outcome.reasons or entered is None:
        return outcome.reasons
    whole = [f"{each.guard}: {each.why}" for each in entered.guards if each.blocking and not each.passed]
    return whole or (_row_reasons(anchored, entered) if entered.rows_quarantined else ())


def _row_reasons(anchored: "Anchored", entered: "Version") -> list[str]:
    """Return how many rows each guard rejected, and the remedy."""
    import polars as pl

    from outcross.assets.corpus.files import QUARANTINE
    from outcross.assets.corpus.guards.guards import GUARDS
    from outcross.assets.corpus.parquet_file import stored_rows

    guards = pl.col("reasons").list.eval(pl.element().str.extract(_GUARD)).list.drop_nulls().list.unique()
    rows: Counter[str] = Counter()
    held = (
        ()
        if entered.held is None
        else stored_rows(anchored.files, entered.held.path, {"reasons": QUARANTINE["reasons"]})
    )
    for chunk in held:
        rows.update(dict(chunk.select(guard=guards).explode("guard").group_by("guard").len().drop_nulls().iter_rows()))
    remedies = {name: f": {guard.remedy}" for name, guard in GUARDS.items()}
    return [f"{guard}: {count:,} rows{remedies.get(guard, '')}" for guard, count in rows.most_common()]


def _group_by_guard(entered: "Version | None") -> dict[str, dg.MetadataValue]:
    """Return guard → its results, the failed ones first."""
    by_guard: dict[str, list[GuardResult]] = {}
    for each in sorted(entered.guards if entered else (), key=lambda each: each.passed):
        by_guard.setdefault(each.guard, []).append(each)
    return {name: format_bullets([_format_result(each) for each in found]) for name, found in by_guard.items()}


def _format_result(result: "GuardResult") -> str:
    of = f" of {result.group}" if result.group else ""
    value = "not computable" if result.value is None else f"{result.value:.6g}"
    low = "" if result.lower is None else f", at least {result.lower:.6g}"
    high = "" if result.upper is None else f", at most {result.upper:.6g}"
    verdict = "passed" if result.passed else "failed" if result.blocking else "failed, observed only"
    return f"{verdict}: {result.metric}{of} is {value}{low}{high}"


def format_bullets(lines: Sequence[str]) -> dg.MetadataValue:
    """Format lines from data as a Markdown list, with their markup escaped."""
    first = [f"- {markdown(line, _LONGEST)}" for line in lines[:_LINES]]
    more = [f"- and {len(lines) - _LINES:,} more"] if len(lines) > _LINES else []
    return dg.MetadataValue.md("\n".join([*first, *more]) or "none")
