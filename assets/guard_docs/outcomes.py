"""Outcomes of a study's guards, read from where its checks stored them: a line for each vital."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from outcross.assets.artefacts import Artefacts
from outcross.assets.checks import checks_address, has_checks
from outcross.assets.steps import steps_of


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """What the guards of a study have found.

    Attributes:
        vitals: with ``passed``, ``thing``, ``generation`` and ``lineage``.
        at: when the last outcome was written; None where there is none.
        lacking: what has no outcome that is current: ``dataset of fixed-0.5 in generation 3``.
    """

    vitals: pl.DataFrame
    at: datetime | None
    lacking: tuple[str, ...]


def read_outcomes(artefacts: Artefacts) -> Outcomes:
    """Read the outcome of every check that has run on what a study is made of now."""
    frames, written, lacking = [], [], []
    things = [step.thing for step in steps_of(artefacts.study)]
    for slot in artefacts.slots:
        for thing in things:
            address = checks_address(slot, thing)
            if not has_checks(thing, slot.generation):
                continue
            if not artefacts.is_current(address):
                lacking.append(f"{thing} of {slot.lineage} in generation {slot.generation}")
                continue
            written.append(artefacts.store.written(address))
            frames.append(
                artefacts.store.read(address).with_columns(
                    thing=pl.lit(thing),
                    generation=pl.lit(slot.generation, dtype=pl.Int32),
                    lineage=pl.lit(slot.lineage),
                )
            )
    return Outcomes(
        vitals=pl.concat(frames) if frames else pl.DataFrame(),
        at=max(written, default=None),
        lacking=tuple(lacking),
    )
