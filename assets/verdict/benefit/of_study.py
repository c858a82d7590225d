"""What the synthetic rows of a study's ladder buy, where the study asks."""

import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.real_alone import rows_of_mixes
from outcross.assets.study.study import Study
from outcross.assets.study.tolerance import Scale
from outcross.assets.verdict.benefit.benefit import Benefit, find_benefit
from outcross.assets.verdict.dose_response import Ladder


def benefit_of(
    study: Study, name: str, endpoint: Endpoint, evaluations: pl.DataFrame, *, scale: Scale
) -> Benefit | None:
    """Return the benefit of a ladder on an endpoint; None where the study does not ask, or replicates are too few.

    Rungs that the ladder added are left out: they were put where harm is decided. Metrics of the rows of a pool do not
    depend on the mix, so that only endpoints of a learner ask there.

    Raises:
        IncompleteStudy: an arm of real rows alone lacks a generation.
    """
    alone = study.real_alone.get(name)
    of_pool_alone = not study.generator.needs_fit and endpoint.metric not in study.own_endpoints
    if alone is None or of_pool_alone:
        return None
    rungs = tuple((rung.share, rung.arm) for rung in study.rungs[name])
    return find_benefit(
        evaluations,
        Ladder(name, study.ladders[name].policy, rungs),
        alone,
        endpoint,
        scale=scale,
        rows=rows_of_mixes(study.ladders[name]),
        generations=study.generations,
    )
