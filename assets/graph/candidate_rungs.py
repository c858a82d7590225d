"""Rungs that a ladder may add are partitions like the others; a backfill leaves those that no ladder has asked for.

A backfill of all partitions would otherwise make every rung that the ladder might try, and a rung that is made out of
its turn counts for nothing. A rung that was begun before is made again like any other.
"""

import dagster as dg

from outcross.assets.artefacts import DATASET, Slot

BACKFILL_TAG = "dagster/backfill"
"""Tag of the runs of a backfill: Dagster's own."""


def is_left(context: dg.AssetExecutionContext, slot: Slot) -> bool:
    """Return whether a run leaves a lineage as it is, and say so in its log: nothing is made, and nothing fails."""
    study, name = slot.study, slot.lineage
    if BACKFILL_TAG not in context.run.tags or not slot.generation or name in study.required_lineages:
        return False
    if slot.artefacts.store.exists(slot.at(1).address(DATASET)):
        return False
    context.log.warning(
        f"'{name}' is a rung that a ladder of '{study.study}' may add and has not asked for: a backfill leaves it. The "
        f"sensor or 'outcross study' makes it in its turn; to make it all the same, materialize '{name}' alone."
    )
    return True
