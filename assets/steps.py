"""The steps of a generation: how each thing is made, how it is checked, and how the UI shows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from outcross.assets.artefacts import DATASET, EVALUATION, MODEL, SYNTHETIC, Artefacts, Made
from outcross.assets.dataset.integrity import CHECKS as DATASET_CHECKS
from outcross.assets.dataset.integrity import dataset_vitals
from outcross.assets.dataset.make import make_dataset
from outcross.assets.evaluation.health import health_vitals
from outcross.assets.evaluation.make import CODE_VERSION as EVALUATION_VERSION
from outcross.assets.evaluation.make import make_evaluation
from outcross.assets.guards import Guards
from outcross.assets.model.integrity import CHECKS as MODEL_CHECKS
from outcross.assets.model.integrity import model_vitals
from outcross.assets.model.make import make_model
from outcross.assets.synthetic.integrity import CHECKS as SYNTHETIC_CHECKS
from outcross.assets.synthetic.integrity import synthetic_vitals
from outcross.assets.synthetic.make import make_synthetic
from outcross.resources.guard_engine import Vital


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing of a generation.

    Attributes:
        thing: its name, the last part of its asset key.
        make: makes it, given the artefacts, the generation and the lineage.
        vitals: measures it for its checks.
        checks: the checks those vitals belong to, and what each holds the thing to.
        blocking: whether a failed check stops what lies downstream; else it warns.
        version: raised when the same inputs would give other bytes.
    """

    thing: str
    description: str
    make: Callable[[Artefacts, int, str], Made]
    vitals: Callable[[Artefacts, int, str], list[Vital]]
    checks: Mapping[str, str]
    blocking: bool
    kinds: frozenset[str]
    version: str


STEPS: tuple[Step, ...] = (
    Step(
        thing=DATASET,
        description="What this generation's model is fitted to: a manifest of rows, under the arm's mixing policy.",
        make=make_dataset,
        vitals=dataset_vitals,
        checks=DATASET_CHECKS,
        blocking=True,
        kinds=frozenset({"parquet", "polars"}),
        version="1",
    ),
    Step(
        thing=MODEL,
        description="The generator fitted to the dataset, one model a replicate, as a cohort.",
        make=make_model,
        vitals=model_vitals,
        checks=MODEL_CHECKS,
        blocking=True,
        kinds=frozenset({"pytorch", "safetensors"}),
        version="1",
    ),
    Step(
        thing=SYNTHETIC,
        description="Rows sampled from the models, each traceable to the model, dataset and seed that made it.",
        make=make_synthetic,
        vitals=synthetic_vitals,
        checks=SYNTHETIC_CHECKS,
        blocking=True,
        kinds=frozenset({"parquet", "polars"}),
        version="1",
    ),
    Step(
        thing=EVALUATION,
        description="Every metric, against real rows that no generation ever saw and against the previous generation.",
        make=make_evaluation,
        vitals=health_vitals,
        checks=Guards.checks,
        blocking=False,
        kinds=frozenset({"parquet", "duckdb"}),
        version=EVALUATION_VERSION,
    ),
)


def checked(step: Step, generation: int) -> bool:
    """Whether a generation's thing has checks: all have, but the first generation has nothing to be worse than."""
    return step.blocking or generation > 0
