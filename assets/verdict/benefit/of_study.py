"""What the synthetic rows of a study's ladder buy, where the study asks."""

import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.study import Study
from outcross.assets.study.tolerance import Scale
from outcross.assets.verdict.benefit.benefit import Benefit, find_benefit
from outcross.assets.verdict.dose_response import Ladder

_ROWS = 1_000_000
"""n for which the rows of a mix are asked, to learn them as parts of all real rows."""


def benefit_of(
    study: Study, ladder: Ladder, endpoint: Endpoint, evaluations: pl.DataFrame, *, scale: Scale
) -> Benefit | None:
    """Return the benefit of a ladder on an endpoint; None where the study does not ask, or replicates are too few.

    Raises:
        IncompleteStudy: an arm of real rows alone lacks a generation.
    """
    alone = study.real_alone.get(ladder.name)
    if alone is None:
        return None
    return find_benefit(
        evaluations,
        ladder,
        alone,
        endpoint,
        scale=scale,
        rows=_rows(study, ladder),
        generations=study.generations,
    )


def _rows(study: Study, ladder: Ladder) -> tuple[tuple[float, float], ...]:
    """(real, synthetic) rows of each rung above the control ÷ all real rows."""
    found = []
    for policy in study.ladders[ladder.name].policies()[1:]:
        together, share = policy.dataset_rows(_ROWS, 1) / _ROWS, policy.share(1)
        found.append((together * (1 - share), together * share))
    return tuple(found)
