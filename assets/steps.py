"""The steps of a generation: how each thing is made, how it is checked, and how the UI shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from outcross.assets.artefacts import DATASET, EVALUATION, LEARNER, MODEL, SYNTHETIC, Made, Slot
from outcross.assets.checks import checks_address
from outcross.assets.code_versions import step_version
from outcross.assets.dataset.integrity import CHECKS as DATASET_CHECKS
from outcross.assets.dataset.integrity import dataset_vitals
from outcross.assets.dataset.make import make_dataset
from outcross.assets.evaluation.make import make_evaluation
from outcross.assets.learner.make import make_learner
from outcross.assets.model.integrity import CHECKS as MODEL_CHECKS
from outcross.assets.model.integrity import model_vitals
from outcross.assets.model.make import make_model
from outcross.assets.study.health_bounds import Guards
from outcross.assets.study.study import Study
from outcross.assets.synthetic.integrity import CHECKS as SYNTHETIC_CHECKS
from outcross.assets.synthetic.integrity import synthetic_vitals
from outcross.assets.synthetic.make import make_synthetic
from outcross.assets.verdict.health import health_vitals
from outcross.resources.guard_engine import Vital, validate, vitals_frame


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing of a generation.

    Attributes:
        thing: its name, the last part of its asset key.
        make: makes it, given its slot.
        vitals: measures it for its checks.
        checks: the checks those vitals belong to, and what each holds the thing to.
        blocking: whether a failed check stops everything downstream; else it warns.
    """

    thing: str
    description: str
    make: Callable[[Slot], Made]
    vitals: Callable[[Slot], list[Vital]]
    checks: Mapping[str, str]
    blocking: bool
    kinds: frozenset[str]

    @property
    def version(self) -> str:
        """The version of its code."""
        return step_version(self.thing)


STEPS: tuple[Step, ...] = (
    Step(
        thing=DATASET,
        description="What this generation's model is fitted to: real and synthetic rows, by the arm's mixing policy.",
        make=make_dataset,
        vitals=dataset_vitals,
        checks=DATASET_CHECKS,
        blocking=True,
        kinds=frozenset({"parquet", "polars"}),
    ),
    Step(
        thing=MODEL,
        description="The generator, fitted to the dataset once for each replicate, which is a seed.",
        make=make_model,
        vitals=model_vitals,
        checks=MODEL_CHECKS,
        blocking=True,
        kinds=frozenset({"pytorch", "safetensors"}),
    ),
    Step(
        thing=SYNTHETIC,
        description="Rows sampled from the models, each traceable to the model, dataset and seed that made it.",
        make=make_synthetic,
        vitals=synthetic_vitals,
        checks=SYNTHETIC_CHECKS,
        blocking=True,
        kinds=frozenset({"parquet", "polars"}),
    ),
    Step(
        thing=EVALUATION,
        description="Every metric, against real rows that no generation ever saw and against the previous generation.",
        make=make_evaluation,
        vitals=health_vitals,
        checks=Guards.checks,
        blocking=False,
        kinds=frozenset({"parquet", "duckdb"}),
    ),
)


LEARNER_STEP = Step(
    thing=LEARNER,
    description="What a learner scores on real rows that it never saw, once it is trained on the dataset.",
    make=make_learner,
    vitals=lambda _: [],
    checks={},
    blocking=False,
    kinds=frozenset({"parquet", "sklearn"}),
)
"""The step of studies that name a learner: it comes right after the dataset, and the evaluation alone reads it."""


def steps_of(study: Study) -> tuple[Step, ...]:
    """Return the steps of a generation of a study, in an order in which each can be made."""
    return STEPS if study.learner is None else (STEPS[0], LEARNER_STEP, *STEPS[1:])


def run_checks(step: Step, slot: Slot) -> pl.DataFrame:
    """Measure, validate and keep the vitals of one thing; return them with ``passed``."""
    validated = validate(vitals_frame(step.vitals(slot)))
    subject = slot.address(step.thing)
    slot.artefacts.save(checks_address(slot, step.thing), validated, inputs=[subject], blocking=step.blocking)
    return validated
