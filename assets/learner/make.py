"""Train a learner on the dataset of each replicate, and judge it on the holdout and the named test sets."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping

import polars as pl

from outcross.assets.artefacts import DATASET, HOLDOUT, LEARNER, TESTS, Made, Slot
from outcross.assets.code_versions import step_version
from outcross.assets.dataset.carried import CarriedRows, carried_inputs, load_carried
from outcross.assets.dataset.make import load_dataset
from outcross.assets.learner.kept import KeptScores, Scored
from outcross.assets.metrics.contract import Measurement
from outcross.assets.pool.make import load_tests
from outcross.assets.refused import keeping_refused
from outcross.assets.study.learners.contract import Learner, Lesson
from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.safe_text import all_without_secrets
from outcross.resources.store import Address

SCORES: dict[str, pl.DataType] = {
    "replicate": pl.Int32(),
    "seed": pl.Int64(),
    "rows": pl.Int64(),
    "reference": pl.String(),
    "metric": pl.String(),
    "about": pl.String(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
}
"""Columns of the part: a line per replicate and score; ``rows`` were trained on."""
LOG_LENGTH = 4_096
"""Characters of a replicate's log that are kept with its scores."""


def make_learner(slot: Slot) -> Made:
    """Train and judge a learner a replicate, and write its scores.

    The scores of a replicate are kept until all are there, so that a failure of one loses no other's.

    Raises:
        BadInput: a score is missing, is not a finite number, or the learner failed; the message has the replicate.
    """
    learner, address = _learner(slot), slot.address(LEARNER)
    kept = KeptScores(slot.artefacts.store, address)
    carried = load_carried(slot.artefacts) if learner.reads_carried else None
    rows = load_dataset(slot, places=carried is not None).partition_by("replicate", as_dict=True, maintain_order=True)
    frames, logs = [], {}
    with bounded_threads(), keeping_refused(slot, prefix="learner-"):
        for (key,), own in rows.items():
            replicate = int(key)
            scored = _score(slot, learner, replicate, own, kept=kept, carried=carried)
            frames.append(_frame(scored.scores, replicate=replicate, seed=_seed(slot, replicate), rows=own.height))
            if scored.log:
                logs[str(replicate)] = scored.log[-LOG_LENGTH:]
    found = pl.concat(frames)
    slot.artefacts.save(
        address,
        found,
        inputs=[slot.address(DATASET), *_judged_on(slot)],
        learner=all_without_secrets(learner.model_dump(mode="json", by_alias=True)),
        learner_version=learner.release,
        code_version=step_version(LEARNER),
        **({"learner_log": logs} if logs else {}),
    )
    kept.remove()
    return Made(numbers=_medians(found))


def _judged_on(slot: Slot) -> list[Address]:
    """The parts whose rows it is judged on: the holdout, and the named test sets; and the rows as they came."""
    carried = carried_inputs(slot.artefacts) if _learner(slot).reads_carried else []
    return [*(slot.artefacts.address(thing) for thing in (HOLDOUT, *([TESTS] if slot.study.tests else []))), *carried]


def _learner(slot: Slot) -> Learner:
    learner = slot.study.learner_of(slot.lineage)
    if learner is None:
        raise BadInput(f"study '{slot.study.study}' names no learner; add 'learner: {{kind: …}}'")
    return learner


def _score(
    slot: Slot,
    learner: Learner,
    replicate: int,
    rows: pl.DataFrame,
    *,
    kept: KeptScores,
    carried: CarriedRows | None,
) -> Scored:
    """Train and judge one replicate's learner, unless its scores were kept."""
    name = _name(slot, replicate)
    scored = kept.load(name) if learner.keeps_scores else None
    if scored is not None:
        return scored
    where = f"study '{slot.study.study}', lineage '{slot.lineage}', generation {slot.generation}, replicate {replicate}"
    scored = _train_and_judge(slot, learner, replicate, rows, carried)
    for reference, scores in scored.scores.items():
        _refuse_unusable(scores, learner, where + ("" if reference == HOLDOUT else f", on '{reference}'"))
    if learner.keeps_scores:
        kept.save(name, scored)
    return scored


def _train_and_judge(
    slot: Slot, learner: Learner, replicate: int, rows: pl.DataFrame, carried: CarriedRows | None
) -> Scored:
    """The holdout and the test sets are read once training has ended: until then the learner has nothing of them."""
    artefacts = slot.artefacts
    lesson = Lesson(
        rows=rows.select(artefacts.schema.names),
        weights=rows["weight"].to_numpy(),
        schema=artefacts.schema,
        seed=_seed(slot, replicate),
        replicate=replicate,
        carried=None if carried is None else carried.of_dataset(rows),
    )
    trained = learner.train(lesson)
    try:
        held = artefacts.load(artefacts.address(HOLDOUT))
        references = {HOLDOUT: held.select(artefacts.schema.names), **load_tests(artefacts)}
        came = {} if carried is None else carried.of_references(held)
        scores = {name: list(trained.judge_carried(rows, came.get(name))) for name, rows in references.items()}
        return Scored(scores, trained.log)
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
    artefacts = slot.artefacts
    inputs = [artefacts.store.digest(address) for address in (slot.address(DATASET), *_judged_on(slot))]
    settings = artefacts.known_study.fingerprint(slot.lineage, judged=True)
    given = [settings, *inputs, replicate, step_version(LEARNER)]
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()


def _seed(slot: Slot, replicate: int) -> int:
    return slot.seed(replicate, "learner")


def _frame(scores: Mapping[str, Iterable[Measurement]], *, replicate: int, seed: int, rows: int) -> pl.DataFrame:
    lines = [
        (replicate, seed, rows, reference, each.metric, each.about, each.value, each.standard_error)
        for reference, own in scores.items()
        for each in own
    ]
    return pl.DataFrame(lines, schema=SCORES, orient="row")


def _medians(found: pl.DataFrame) -> dict[str, float | int | str]:
    whole = (
        found.filter(about="", reference=HOLDOUT).group_by("metric", maintain_order=True).agg(pl.col("value").median())
    )
    return {"rows_each": int(found["rows"][0]), **dict(whole.iter_rows())}


def load_scores(slot: Slot) -> pl.DataFrame:
    """Read what the learner of each replicate scored on the holdout, as measurements of an evaluation.

    Raises as :meth:`outcross.assets.artefacts.Artefacts.load` does.
    """
    return slot.load(LEARNER, columns=["replicate", "metric", "about", "value", "standard_error", "reference"])
