"""Run a step's checks: its vitals through the guard engine, the outcome kept beside the artefact."""

import polars as pl

from outcross.assets.artefacts import Artefacts
from outcross.assets.steps import Step
from outcross.resources.guard_engine import validate, vitals_frame
from outcross.resources.store import Address

CHECKS_SUFFIX = "_checks"


def run_checks(artefacts: Artefacts, step: Step, generation: int, lineage: str) -> pl.DataFrame:
    """Measure, validate and keep the vitals of one thing; return them with ``passed``."""
    validated = validate(vitals_frame(step.vitals(artefacts, generation, lineage)))
    subject = artefacts.address(step.thing, generation, lineage)
    artefacts.save(
        checks_address(artefacts, step.thing, generation, lineage), validated, inputs=[subject], blocking=step.blocking
    )
    return validated


def checks_address(artefacts: Artefacts, thing: str, generation: int, lineage: str) -> Address:
    """Where the outcome of a thing's checks lies."""
    return artefacts.address(f"{thing}{CHECKS_SUFFIX}", generation, lineage)
