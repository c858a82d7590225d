"""What of a study is stored and out of date, and why: other settings, or a version of the code that was raised."""

from collections.abc import Iterator

from outcross.assets.artefacts import ANCHOR, CARRIED, HOLDOUT, POOL, TESTS, Artefacts, Slot, StaleArtefact
from outcross.assets.checks import checks_address, has_checks
from outcross.assets.steps import steps_of
from outcross.assets.study.lineage import SHARED
from outcross.resources.store import Address, MissingArtefact


def tell_outdated(artefacts: Artefacts) -> list[str]:
    """Return a line for each kind of thing and reason: how many are out of date, in which lineages.

    Bytes of inputs are not compared: what was made from something that is made again is not named itself.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for thing, lineage, address in _stored(artefacts):
        for reason in _reasons(artefacts, address):
            found.setdefault((thing, reason), []).append(lineage)
    return [
        f"Out of date: {len(lineages):,} × {thing} ({_named(lineages)}), since {reason}; made again"
        for (thing, reason), lineages in found.items()
    ]


def _stored(artefacts: Artefacts) -> Iterator[tuple[str, str, Address]]:
    for thing in (ANCHOR, HOLDOUT, TESTS, POOL, CARRIED):
        yield thing, SHARED, artefacts.address(thing)
    steps = steps_of(artefacts.study)
    later = range(1, artefacts.study.generations)
    slots = [Slot(artefacts, number, name) for name in artefacts.study.lineages for number in later]
    for slot in [Slot(artefacts, 0, SHARED), *slots]:
        for step in steps:
            yield step.thing, slot.lineage, slot.address(step.thing)
            if has_checks(step.thing, slot.generation):
                yield f"checks of {step.thing}", slot.lineage, checks_address(slot, step.thing)


def _reasons(artefacts: Artefacts, address: Address) -> list[str]:
    try:
        return artefacts.outdated_code(address)
    except MissingArtefact:
        return []
    except StaleArtefact:
        return ["its settings are others"]


def _named(lineages: list[str]) -> str:
    names = list(dict.fromkeys(lineages))
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
