"""How many rows and runs a study asks of a program outside, which may cost time or money."""

from outcross.assets.study.dealing import rows_each
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Study


def describe_requests(study: Study, *, anchor_rows: int) -> str | None:
    """Return what a study asks of programs outside from start to end; None where it asks none.

    Args:
        study: its settings.
        anchor_rows: rows of the anchor.
    """
    told = [_of_generator(study, anchor_rows) if study.generator.asks_outside else None, _of_learner(study)]
    return " ".join(filter(None, told)) or None


def _of_learner(study: Study) -> str | None:
    learner = study.learner
    if learner is None or not learner.asks_outside:
        return None
    later = sum(len(lineage.replicates) for lineage in study.lineages.values()) * (study.generations - 1)
    runs = study.replicates + later
    judged = f"; each is judged on the holdout and {len(study.tests)} test sets" if study.tests else ""
    return (
        f"Learner '{learner.kind}' is trained and judged {runs:,} times in the whole study ({study.replicates:,} "
        f"replicates){judged}; what is stored already is not asked for again."
    )


def _of_generator(study: Study, anchor_rows: int) -> str:
    rows = study.rows or rows_each(anchor_rows, study.replicates, study.real_rows)
    runs, asked = study.replicates, study.replicates * study.synthetic_rows(SHARED, rows)
    for name in study.required_lineages:
        lineage = study.lineages[name]
        own = len(lineage.replicates) * (study.generations - 1)
        runs, asked = runs + own, asked + own * study.synthetic_rows(name, rows)
    open_ended = study.most_added or any(lineage.curation is not None for lineage in study.lineages.values())
    least = "at least " if open_ended else ""
    return (
        f"Generator '{study.generator.kind}' is run {least}{runs:,} times for {least}{asked:,} rows in the whole study "
        f"({study.replicates:,} replicates); what is stored already is not asked for again."
    )
