"""Train a learner on the dataset of each replicate, and judge it on the holdout."""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence

import polars as pl

from outcross.assets.artefacts import DATASET, HOLDOUT, LEARNER, Made, Slot
from outcross.assets.dataset.make import load_dataset
from outcross.assets.learner.kept import KeptScores
from outcross.assets.metrics.contract import Measurement
from outcross.assets.study.learners.contract import Learner, Lesson
from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput

SCORES: dict[str, pl.DataType] = {
    "replicate": pl.Int32(),
    "seed": pl.Int64(),
    "rows": pl.Int64(),
    "metric": pl.String(),
    "about": pl.String(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
}
"""Columns of the part: a line per replicate and score; ``rows`` were trained on."""
CODE_VERSION = "1"
"""Increased when the same learner would be given other rows."""


def make_learner(slot: Slot) -> Made:
    """Train and judge a learner a replicate, and write its scores.

    The scores of a replicate are kept until all are there, so that a failure of one loses no other's.

    Raises:
        BadInput: a score is missing, is not a finite number, or the learner failed; the message has the replicate.
    """
    learner, address = _learner(slot), slot.address(LEARNER)
    kept = KeptScores(slot.artefacts.store, address)
    frames = []
    with bounded_threads():
        for (replicate,), rows in (
            load_dataset(slot).partition_by("replicate", as_dict=True, maintain_order=True).items()
        ):
            number = int(str(replicate))
            scores = _score(slot, learner, number, rows, kept)
            frames.append(_frame(scores, replicate=number, seed=_seed(slot, number), rows=rows.height))
    found = pl.concat(frames)
    holdout = slot.artefacts.address(HOLDOUT)
    slot.artefacts.save(
        address,
        found,
        inputs=[slot.address(DATASET), holdout],
        learner=learner.model_dump(mode="json"),
        learner_version=learner.release,
        code_version=CODE_VERSION,
    )
    kept.remove()
    return Made(numbers=_medians(found))


def _learner(slot: Slot) -> Learner:
    learner = slot.study.learner
    if learner is None:
        raise BadInput(f"study '{slot.study.study}' names no learner; add 'learner: {{kind: …}}'")
    return learner


def _score(slot: Slot, learner: Learner, replicate: int, rows: pl.DataFrame, kept: KeptScores) -> Sequence[Measurement]:
    """Train and judge one replicate's learner, unless its scores were kept."""
    name = _name(slot, replicate)
    scores = kept.load(name) if learner.keeps_scores else None
    if scores is not None:
        return scores
    where = f"study '{slot.study.study}', lineage '{slot.lineage}', generation {slot.generation}, replicate {replicate}"
    scores = _train_and_judge(slot, learner, replicate, rows)
    _refuse_unusable(scores, learner, where)
    if learner.keeps_scores:
        kept.save(name, scores)
    return scores


def _train_and_judge(slot: Slot, learner: Learner, replicate: int, rows: pl.DataFrame) -> Sequence[Measurement]:
    """The holdout is read once training has ended: until then the learner has nothing of it."""
    artefacts = slot.artefacts
    lesson = Lesson(
        rows=rows.select(artefacts.schema.names),
        weights=rows["weight"].to_numpy(),
        schema=artefacts.schema,
        seed=_seed(slot, replicate),
    )
    trained = learner.train(lesson)
    try:
        return trained.judge(artefacts.load(artefacts.address(HOLDOUT)).select(artefacts.schema.names))
    finally:
        trained.close()


def _refuse_unusable(scores: Iterable[Measurement], learner: Learner, where: str) -> None:
    """Raise ``BadInput`` unless each endpoint of the learner has one finite value."""
    values = {each.metric: each.value for each in scores if each.about == ""}
    for endpoint in learner.endpoints:
        if endpoint.metric not in values:
            raise BadInput(f"{where}: learner '{learner.kind}' gave no '{endpoint.metric}'; make it return that score")
        if not math.isfinite(values[endpoint.metric]):
            raise BadInput(
                f"{where}: learner '{learner.kind}' gave {values[endpoint.metric]} as '{endpoint.metric}', which is no "
                "finite number; look into the rows that it was trained on, or change its settings"
            )


def _name(slot: Slot, replicate: int) -> str:
    """Return the digest of all that a learner of one replicate is given."""
    study, store = slot.study, slot.artefacts.store
    inputs = [store.digest(slot.address(DATASET)), store.digest(slot.artefacts.address(HOLDOUT))]
    given = [study.fingerprint(slot.lineage, judged=True), *inputs, replicate, CODE_VERSION]
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()


def _seed(slot: Slot, replicate: int) -> int:
    return slot.seed(replicate, "learner")


def _frame(scores: Iterable[Measurement], *, replicate: int, seed: int, rows: int) -> pl.DataFrame:
    lines = [(replicate, seed, rows, each.metric, each.about, each.value, each.standard_error) for each in scores]
    return pl.DataFrame(lines, schema=SCORES, orient="row")


def _medians(found: pl.DataFrame) -> dict[str, float | int | str]:
    whole = found.filter(pl.col("about") == "").group_by("metric", maintain_order=True).agg(pl.col("value").median())
    return {"rows_each": int(found["rows"][0]), **dict(whole.iter_rows())}


def load_scores(slot: Slot) -> pl.DataFrame:
    """Read what the learner of each replicate scored on the holdout, as measurements of an evaluation.

    Raises as :meth:`outcross.assets.artefacts.Artefacts.load` does.
    """
    found = slot.load(LEARNER, columns=["replicate", "metric", "about", "value", "standard_error"])
    return found.with_columns(reference=pl.lit("holdout"))
