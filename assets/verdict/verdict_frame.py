"""Verdicts as the rows that a store keeps."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from outcross.assets.stored_verdicts import VERDICTS
from outcross.assets.verdict.benefit.benefit import Benefit
from outcross.assets.verdict.rows_trend import RowsTrend
from outcross.assets.verdict.verdict import Verdict
from outcross.assets.verdict.younger import YoungerRows


def verdict_frame(
    verdicts: Sequence[Verdict],
    *,
    sentences: Sequence[str],
    details: Sequence[Sequence[str]] | None = None,
    trends: Sequence[RowsTrend | None] | None = None,
    younger: YoungerRows | None = None,
) -> pl.DataFrame:
    """One row for each verdict, for storage; the study's name is the caller's to add."""
    details = [()] * len(verdicts) if details is None else details
    trends = [None] * len(verdicts) if trends is None else trends
    rows = [
        {
            "ladder": verdict.ladder.name,
            "endpoint": verdict.endpoint,
            "primary": verdict.primary,
            "definition": verdict.definition,
            "tolerance": verdict.tolerance.size,
            "tolerance_of": verdict.tolerance.scale,
            "tolerated_runs": verdict.tolerance.runs,
            "outcome": str(verdict.outcome),
            "safe_share": verdict.safe_share,
            "lower_95": verdict.lower_95,
            "upper_95": verdict.upper_95,
            "decided": verdict.decided,
            "replicates": verdict.replicates,
            "generations": verdict.generations,
            "added_shares": list(verdict.ladder.added_shares),
            "reason": verdict.reason,
            "replicates_needed": verdict.replicates_needed,
            "unseen": verdict.unseen,
            "drift": verdict.drift[0] if verdict.drift else None,
            **_benefit_columns(verdict.benefit),
            **_outlook(verdict),
            "rows": verdict.rows or None,
            "rows_change": trend and trend.change,
            "rows_change_lower": trend and trend.lower,
            "rows_change_upper": trend and trend.upper,
            **_younger_columns(younger),
            "sentence": sentence,
            "details": list(more),
            "reference": verdict.reference,
        }
        for verdict, sentence, more, trend in zip(verdicts, sentences, details, trends, strict=True)
    ]
    return pl.DataFrame(rows, schema=VERDICTS)


def _benefit_columns(benefit: Benefit | None) -> dict[str, Any]:
    if benefit is None:
        return {}
    best = benefit.best
    return {
        "helps": benefit.helps,
        "best_share": best.share,
        "gain": best.gain,
        "gain_lower_95": benefit.lower_95,
        "gain_over": best.over,
        "worth": best.worth.worth,
        "worth_interval": [best.worth.lower, best.worth.upper],
    }


def _younger_columns(found: YoungerRows | None) -> dict[str, Any]:
    return {} if found is None else {f"younger_{name}": value for name, value in asdict(found).items()}


def _outlook(verdict: Verdict) -> dict[str, Any]:
    found = verdict.outlook
    if found is None:
        return {}
    return {
        "forecast_share": found.share,
        "forecast_generations": found.generations,
        "forecast": found.damage,
        "forecast_lower": found.lower,
        "forecast_upper": found.upper,
    }
