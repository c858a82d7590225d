"""Equal budgets: the arms of a ladder may be compared only if they spent the same steps, rows and tokens."""

import polars as pl

from outcross.assets.verdict.dose_response import Ladder
from outcross.resources.errors import OutcrossError

SPENT = {"steps": 0.0, "rows_seen": 0.0, "tokens": 0.02}
"""Quantity → largest relative difference between arms. Texts differ in length, so tokens cannot agree exactly."""


class BudgetMismatch(OutcrossError):
    """Arms of one ladder were fitted with unequal budgets; the message holds the figures."""


def check_budgets(budgets: pl.DataFrame, ladder: Ladder, *, unequal_allowed: bool) -> list[str]:
    """Compare what each arm of a ladder spent, over all its generations and for each replicate.

    Args:
        budgets: ``arm, replicate, generation, rows_seen, tokens, steps``, one row for each fit.
        ladder: the arms to compare; generation 0 is the same for all of them and left out.
        unequal_allowed: the study declared that its arms spend unequal budgets.

    Returns:
        What is unequal, one sentence each; empty where all is equal.

    Raises:
        BudgetMismatch: something is unequal and the study did not declare it, or an arm has no record.
    """
    fits = budgets.filter(pl.col("arm").is_in(ladder.arms), pl.col("generation") > 0)
    unrecorded = [arm for arm in ladder.arms if fits.filter(pl.col("arm") == arm).is_empty()]
    if unrecorded:
        raise BudgetMismatch(f"ladder '{ladder.name}': no budget recorded for {', '.join(unrecorded)}; fit these arms")
    spent = fits.group_by("arm", "replicate").agg(pl.len().alias("fits"), *(pl.col(name).sum() for name in SPENT))
    found = [
        sentence
        for name, slack in {"fits": 0.0, **SPENT}.items()
        if (sentence := _mismatch(spent, ladder, name, slack)) is not None
    ]
    if found and not unequal_allowed:
        raise BudgetMismatch(
            f"ladder '{ladder.name}': its arms spent unequal budgets, so they differ in more than their share: "
            f"{'; '.join(found)}; give every arm the same budget, or state the reason in "
            f"'ladders.{ladder.name}.unequal_budget'"
        )
    return found


def _mismatch(spent: pl.DataFrame, ladder: Ladder, name: str, slack: float) -> str | None:
    lowest, highest = spent[name].min(), spent[name].max()
    assert isinstance(lowest, int) and isinstance(highest, int)
    if highest - lowest <= slack * highest:
        return None
    figures = []
    for arm in ladder.arms:
        values = sorted(set(spent.filter(pl.col("arm") == arm)[name].to_list()))
        span = f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,}–{values[-1]:,}"
        figures.append(f"{arm} {span}")
    return f"{name.replace('_', ' ')} of a replicate: {', '.join(figures)}"
