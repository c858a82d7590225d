"""An evaluation measures equally many rows of every arm, however many an arm makes."""

from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.artefacts import EVALUATION, SYNTHETIC, Artefacts, Slot
from outcross.assets.evaluation.make import make_evaluation
from outcross.assets.study.study import Study
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store

AUGMENTED: dict[str, Any] = {
    "study": "augmented",
    "source": {"kind": "population", "rows": 80, "of": {"family": "gaussian"}},
    "holdout": 0.5,
    "rows": 20,
    "metrics": ["neighbours"],
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": 2,
    "arms": {"more": {"policy": "augment", "ratio": 3}},
}


def test_rows_beyond_the_first_n_change_no_measurement(tmp_path: Path) -> None:
    artefacts = Artefacts(Study.model_validate(AUGMENTED), Store(tmp_path))
    run_plainly(artefacts, ["more"], checks=False)
    slot = Slot(artefacts, 1, "more")
    rows, measured = slot.load(SYNTHETIC), slot.load(EVALUATION)
    assert rows.group_by("replicate").len()["len"].to_list() == [60, 60]

    def write(beyond: pl.Expr) -> None:
        changed = rows.with_columns(x1=pl.when(beyond).then(1e6).otherwise("x1"))
        store, address = artefacts.store, slot.address(SYNTHETIC)
        store.write(address, changed, provenance=store.provenance(address))
        make_evaluation(slot)

    write(pl.col("row") >= 20)
    assert slot.load(EVALUATION).equals(measured)
    write(pl.col("row") >= 19)
    assert not slot.load(EVALUATION).equals(measured), "the 20th is measured"
