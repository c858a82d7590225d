"""Whether a pool has the rows that a study draws, and the largest share that it allows where it has not."""

from typing import get_args

from outcross.assets.metrics.contract import may_measure
from outcross.assets.metrics.registry import METRICS
from outcross.assets.study.dealing import rows_each
from outcross.assets.study.ladder import LADDERS
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.policies.contract import Policy
from outcross.assets.study.pool_draws import mixed_rows, rows_needed
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput

_STEPS = 1_000
"""Steps of a share or ratio in which the largest one is looked for."""


def check_size(study: Study, *, anchor_rows: int, pool_rows: int, left_out: int) -> None:
    """Refuse a pool that is too small for the study's largest need.

    Args:
        study: its settings.
        anchor_rows: rows of the anchor.
        pool_rows: rows of the pool that may be drawn.
        left_out: rows of the pool that may not.

    Raises:
        BadInput: it is; the message has the number that is needed and the largest share that the pool allows.
    """
    rows = study.rows or rows_each(anchor_rows, study.replicates, study.real_rows)
    each = study.synthetic_rows(SHARED, rows)
    needed = rows_needed(each, study.generations)
    if needed <= pool_rows:
        return
    arm = max(study.all_arms, key=lambda name: mixed_rows(study.all_arms[name].mixing, rows))
    turns = max(1, study.generations - 1)
    times = f", {needed:,} over {turns} rounds of mixing" if turns > 1 else ""
    lost = f" that may be drawn ({left_out:,} were left out)" if left_out else ""
    largest = _largest(study, rows, pool_rows // turns)
    lower = "'rows'" if turns == 1 else "'generations', 'rows'"
    raise BadInput(
        f"study '{study.study}': arm '{arm}' takes {each:,} rows of the pool a generation{times}, and the pool has "
        f"{pool_rows:,}{lost}; add {needed - pool_rows:,} rows to the pool, or lower {lower} or the largest "
        f"share{largest}"
    )


def describe_size(study: Study, *, anchor_rows: int, pool_rows: int) -> list[str]:
    """Say how many rows are drawn, whether the last generation repeats some, and what is not measured."""
    rows = study.rows or rows_each(anchor_rows, study.replicates, study.real_rows)
    each = study.synthetic_rows(SHARED, rows)
    said = [
        f"Pool: each replicate draws {each:,} rows a generation, none of them twice before the last one, whose rows "
        "are measured and not mixed."
    ]
    if each * study.generations > pool_rows:
        said.append("Pool: it has too few rows for the last generation to differ, which begins the order again.")
    named = [metric.name for metric in METRICS if metric.needs_likelihood]
    if wanted := [name for name in named if may_measure(study.metrics, name)]:
        said.append(f"Pool: it has no likelihood, so {' and '.join(wanted)} cannot be measured.")
    return said


def _largest(study: Study, rows: int, most: int) -> str:
    """Say for each ladder that asks too much which share or ratio the pool allows."""
    allowed = []
    for name, ladder in study.ladders.items():
        policy = LADDERS[ladder.policy]
        assert policy.rung_key is not None
        top = getattr(ladder, f"{policy.rung_key}s")[-1]
        if mixed_rows(ladder.policies()[-1], rows) <= most:
            continue
        steps = (round(step / _STEPS * top, 6) for step in range(_STEPS, 0, -1))
        found = next((value for value in steps if mixed_rows(_rung(policy, value), rows) <= most), 0.0)
        allowed.append(f" (the largest {policy.rung_key} of ladder '{name}' that it allows is {found:g})")
    return "".join(allowed)


def _rung(policy: type[Policy], value: float) -> Policy:
    name = get_args(policy.model_fields["policy"].annotation)[0]
    return policy.model_validate({"policy": name, policy.rung_key: value})
