"""What the first screen of a report says of the study: whose rows, how many, how long it took, and what it cost."""

import re
from datetime import UTC, datetime

from outcross.assets.artefacts import ANCHOR, HOLDOUT, SYNTHETIC, Artefacts
from outcross.assets.verdict.rows_of_arms import RowCounts
from outcross.resources.counted import counted
from outcross.resources.safe_text import without_secrets

_MADE = re.compile(rb'(<dd id="made">)[^<]*(</dd>)')
_SECONDS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def facts_of(artefacts: Artefacts, *, whose: str, chosen: RowCounts | None) -> list[tuple[str, str]]:
    """Return heading and text of each fact.

    Args:
        artefacts: the study's.
        whose: for which rows its verdicts hold.
        chosen: rows of the mix that the first screen is about.
    """
    study, store = artefacts.study, artefacts.store
    real, held_out = (store.count_rows(artefacts.address(thing)) for thing in (ANCHOR, HOLDOUT))
    slots = artefacts.slots
    models = sum(len(slot.replicates) for slot in slots)
    drawn = sum(store.count_rows(slot.address(SYNTHETIC)) for slot in slots)
    arms = len({slot.arm for slot in slots}) - 1
    facts = [
        ("Holds", whose),
        ("Data", f"{_source(artefacts)}: {real:,} real rows to train on, {held_out:,} held out, which no model saw"),
        ("Generator", f"{study.generator.kind}, fitted {models:,} times; it drew {drawn:,} rows"),
        (
            "Compared",
            f"{counted(arms, 'arm')}, {counted(study.replicates, 'replicate')} of "
            f"{counted(study.generations, 'generation')}, {counted(artefacts.rows, 'row')} each",
        ),
    ]
    if study.costs is not None and chosen is not None:
        facts.append(("Cost", _cost(chosen, study.costs.real, study.costs.synthetic)))
    return facts


def _source(artefacts: Artefacts) -> str:
    """The file's name where the source has one, else the kind of the source."""
    source = artefacts.study.source
    path = getattr(source, "path", None)
    return without_secrets(path).rstrip("/").rsplit("/", 1)[-1] if isinstance(path, str) and path else source.kind


def _cost(rows: RowCounts, real: float, synthetic: float) -> str:
    total = rows.real * real + rows.synthetic * synthetic
    alone = (rows.real + rows.synthetic) * real
    return (
        f"{total:,.2f} for a dataset of this mix ({rows.real:,} real rows at {real:g}, {rows.synthetic:,} synthetic at "
        f"{synthetic:g}); as many real rows alone cost {alone:,.2f}"
    )


def made_now(artefacts: Artefacts) -> str:
    """Say when this is, and how long after the study's first rows: for :func:`stamp`."""
    now = datetime.now(UTC)
    took = (now - artefacts.store.written(artefacts.address(ANCHOR))).total_seconds()
    return f"{now:%Y-%m-%d %H:%M} UTC, {in_words(took)} after its first rows were read"


def in_words(seconds: float) -> str:
    """Format a duration by its two largest units: ``2 minutes 31 seconds``."""
    left, parts = max(0, round(seconds)), []
    for name, size in _SECONDS:
        count, left = divmod(left, size)
        if count:
            parts.append(counted(count, name))
    return " ".join(parts[:2]) or "less than a second"


def stamp(html: bytes, made: str) -> bytes:
    """Write when it was made into a report: the one line of it that two runs of a study do not share."""
    return _MADE.sub(lambda found: found[1] + made.encode() + found[2], html)


def without_stamp(html: bytes) -> bytes:
    """Return a report as it is rendered: what its recorded sha256 is of."""
    return _MADE.sub(rb"\1\2", html)
