"""The comparison of two arms in words that a person understands."""

import math

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.verdict.arm_comparison import ArmComparison
from outcross.assets.verdict.paired_difference import PairedDifference
from outcross.resources.counted import counted

SIGNIFICANT = 0.05
"""Corrected p-values below this tell two arms apart."""
LEAST_P = 0.001
"""Smaller p-values are written as being below this."""


def comparison_sentence(comparison: ArmComparison, *, whose: str) -> str:
    """Say which arm loses less, by how much, and how sure that is.

    Args:
        comparison: to put in words.
        whose: for which rows it holds, such as "for rows drawn like these, 500 a generation".
    """
    about = f"In {comparison.endpoint.replace('_', ' ')}"
    arms = f"'{comparison.first}' and '{comparison.second}'"
    if comparison.found is None:
        return f"{about}, {arms} cannot be compared: {comparison.reason}."
    apart = f"{arms} are not told apart: " if not is_told_apart(comparison) else ""
    later = comparison.generations - 1
    return (
        f"{about}, {apart}{_loses_less(comparison)} within {counted(later, 'generation')} of training on "
        f"its own output ({_evidence(comparison)}), {whose}."
    )


def is_told_apart(comparison: ArmComparison) -> bool:
    """Whether the corrected p-value is below 0.05."""
    return comparison.p_holm is not None and comparison.p_holm < SIGNIFICANT


def p_text(p: float) -> str:
    """A p-value, such as "p 0.02" or "p < 0.001"."""
    return f"p < {LEAST_P:g}" if p < LEAST_P else f"p {p:.2g}"


def unit_of(endpoint: Endpoint) -> str:
    """What a difference is measured in, such as "nats per row"; empty for a share."""
    return "on a log scale" if endpoint.direction in ("one", "fall") else endpoint.unit


def _loses_less(comparison: ArmComparison) -> str:
    found = comparison.found
    assert found is not None
    better, worse = comparison.first, comparison.second
    if found.mean < 0:
        better, worse = worse, better
    amount = f"{_rounded(abs(found.mean), found)} {unit_of(comparison.subject)}".strip()
    return f"'{better}' loses less than '{worse}', by {amount},"


def _evidence(comparison: ArmComparison) -> str:
    found, p = comparison.found, comparison.p_holm
    assert found is not None and p is not None
    ends = (found.lower, found.upper) if found.mean >= 0 else (-found.upper, -found.lower)
    corrected = f" corrected for {comparison.family} comparisons" if comparison.family > 1 else ""
    return (
        f"95 % interval {_rounded(ends[0], found)} to {_rounded(ends[1], found)}, {p_text(p)}{corrected}, "
        f"effect size {abs(found.effect):.2g}, {comparison.replicates} replicates"
    )


def _rounded(value: float, found: PairedDifference) -> str:
    """A value with as many decimals as show two digits of the interval's width."""
    decimals = max(0, 1 - math.floor(math.log10(found.upper - found.lower)))
    return f"{value:.{decimals}f}".replace("-", "−")
