"""What the keys of a study have to be to one another."""

from typing import TYPE_CHECKING

from outcross.assets.metrics.registry import METRICS
from outcross.assets.study.compared_arms import check_pairs
from outcross.assets.study.endpoint_refusals import REFUSALS_BY_FILE
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.names import check_lineages
from outcross.assets.study.pool_draws import check_pool
from outcross.assets.study.real_before import RealBefore
from outcross.assets.study.sizes import check_sizes

if TYPE_CHECKING:
    from outcross.assets.study.study import Study

TAKEN = ("holdout", "population", "previous")
"""References of evaluations that are no named test set."""


def check_study(study: "Study") -> None:
    """Raise ``ValueError`` for keys that do not go together; the message names them and the remedy."""
    if study.entity is not None and study.time is not None:
        raise ValueError(
            "'entity' and 'time' cannot both split the rows, since an entity may have rows early and late; remove one"
        )
    if study.real_before is not None:
        _check_real_before(study, study.real_before)
    if SHARED in study.arms:
        raise ValueError(f"an arm is named '{SHARED}', the name of the lineage that all arms share; rename the arm")
    if not study.arms and not study.ladders:
        raise ValueError("there are neither 'arms' nor 'ladders', so there is nothing to sweep; add one")
    _check_metrics(study)
    check_sizes(study.study, study.rows, study.smaller_rows)
    if study.benefit and not study.ladders:
        raise ValueError("'benefit' asks which share of a ladder helps, but there are no 'ladders'; add one")
    if study.costs is not None and not study.asks_benefit:
        raise ValueError("'costs' are those of the worth of a row, which 'benefit: true' asks for; add it")
    if study.ladders and not study.endpoints:
        raise ValueError("there are 'ladders' but no 'endpoints'; name at least one, such as 'loss: {gain: 0.05}'")
    if taken := [name for name in study.tests if name in TAKEN]:
        raise ValueError(f"a test set is named '{taken[0]}', which is a reference of its own; rename the set")
    check_lineages({name: arm.lineages for name, arm in study.all_arms.items()})
    check_pool(study.generator, study.all_arms)
    for name, arm in study.all_arms.items():
        if arm.lineages > study.replicates:
            raise ValueError(
                f"arm '{name}' has {arm.lineages} 'lineages', but the study has {study.replicates} 'replicates'; "
                "lower the one or raise the other"
            )
    check_pairs(study.compare or (), study.all_arms, endpoints=study.endpoints)


def _check_real_before(study: "Study", since: RealBefore) -> None:
    if study.time_column is None:
        raise ValueError(
            f"'real_before: {since.date}' needs the time at which each row was collected; name its column: "
            f"'real_before: {{column: collected, date: {since.date}}}', or 'time', by which the split then goes"
        )
    if study.time is not None and study.time_column != study.time:
        raise ValueError(
            f"'time: {study.time}' and the column {since.column!r} of 'real_before' are two times; remove the latter"
        )


def _check_metrics(study: "Study") -> None:
    for name in study.measured_endpoints:
        for find_reason in REFUSALS_BY_FILE.values():
            if (reason := find_reason(study.metric_of(name), study.metrics)) is not None:
                raise ValueError(f"endpoint '{name}' {reason}")
    without = sorted(metric.name for metric in METRICS if not metric.needs_holdout)
    beyond = sorted(set(study.metrics or ["loss"]) - set(without))
    if study.holdout == 0 and beyond:
        raise ValueError(
            f"'holdout: 0' leaves no rows to measure {', '.join(beyond)} on; raise 'holdout', or set 'metrics: "
            f"[{', '.join(without)}]'"
        )
    if study.holdout == 0 and study.learner is not None:
        raise ValueError("'holdout: 0' leaves no rows to judge the learner on; raise 'holdout', or remove 'learner'")
