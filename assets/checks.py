"""Outcomes of checks: the address of each, stored next to what was checked, and those that failed."""

from enum import StrEnum

import polars as pl

from outcross.assets.artefacts import EVALUATION, LEARNER, THINGS, Artefacts, Slot
from outcross.resources.store import Address, MissingArtefact

_SUFFIX = "_checks"
_FAILED = ["generation", "lineage", "check", "metric", "value", "lower", "upper", "severity"]


class Standing(StrEnum):
    """What is known of a check on an asset as the asset is now; the values complete a sentence about the check."""

    PASSED = "passed"
    FAILED = "failed"
    UNFINISHED = "never finished"
    OUTDATED = "is older than the asset"


def has_checks(thing: str, generation: int) -> bool:
    """Whether a thing is checked in a generation.

    The first evaluation has nothing to be worse than. A learner has no checks: its step refuses scores that are missing
    or no finite number, so that there are none to check.
    """
    return thing != LEARNER and (generation > 0 or thing != EVALUATION)


def checks_address(slot: Slot, thing: str) -> Address:
    """The address of the outcome of a thing's checks."""
    return slot.address(f"{thing}{_SUFFIX}")


def outcome_standing(slot: Slot, thing: str, *, check: str | None = None) -> Standing:
    """Return the standing of a thing's checks according to the store: whether they passed on the bytes it has now.

    Args:
        slot: the generation of a lineage.
        thing: the thing.
        check: only this check; by default, all of them.

    Raises:
        MissingArtefact: the thing has not been made.
        StaleArtefact: it was made under other settings.
    """
    slot.artefacts.provenance(slot.address(thing))
    address = checks_address(slot, thing)
    try:
        outcome = slot.artefacts.store.read(address, columns=["check", "passed"])
    except MissingArtefact:
        return Standing.UNFINISHED
    if not slot.artefacts.is_current(address):
        return Standing.OUTDATED
    asked = outcome if check is None else outcome.filter(pl.col("check") == check)
    return Standing.PASSED if asked["passed"].all() else Standing.FAILED


def failed_checks(artefacts: Artefacts) -> pl.DataFrame:
    """Every vital of a study that is outside its bounds, with the severity of its check.

    Raises:
        MissingArtefact: a thing has not been checked.
    """
    frames = []
    for slot in artefacts.slots:
        for thing in THINGS:
            if has_checks(thing, slot.generation):
                address = checks_address(slot, thing)
                outcome = artefacts.store.read(address)
                blocking = artefacts.store.provenance(address)["blocking"]
                frames.append(
                    outcome.filter(~pl.col("passed")).with_columns(
                        generation=pl.lit(slot.generation, dtype=pl.Int32),
                        lineage=pl.lit(slot.lineage),
                        severity=pl.lit("error" if blocking else "warning"),
                    )
                )
    return pl.concat(frames).select(_FAILED)
