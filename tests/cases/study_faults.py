"""Faults in the parts of a study: each makes exactly one blocking check fail, by exactly one of its numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from outcross.assets.artefacts import ANCHOR, DATASET, EVALUATION, HOLDOUT, MODEL, SYNTHETIC, Slot
from outcross.resources.store import Address, Store
from tests.cases.guard_faults import WATCHED, with_guarded_metrics

Frame = Callable[[pl.DataFrame], pl.DataFrame]
Provenance = Callable[[dict[str, Any]], dict[str, Any]]
Check = tuple[str, str]
"""(thing, check)."""
WEIGHTS = ".safetensors"
LEAKED = "leaked"
"""Id of a row that a faulty split put into the anchor and into the holdout."""
LEAKED_ROW = 3
"""Its place in the anchor; no generation uses it, but where a fault says so."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A change of a part that was made rightly.

    Attributes:
        thing: the part's.
        check: the one that has to fail.
        metric: the one number of this check that has to be outside its bounds.
        rows: changes the rows.
        says: changes the provenance.
        weights: whether a weight of the models is replaced by one that is not a number.
        is_remade: whether the part is not current any more, so that a run makes it again before it checks it.
    """

    thing: str
    check: str
    metric: str
    rows: Frame = lambda frame: frame
    says: Provenance = lambda provenance: provenance
    weights: bool = False
    is_remade: bool = False


def at(place: int, column: str, value: Any) -> Frame:
    """Replace a value of one row."""
    chosen = pl.int_range(pl.len()) == place
    return lambda frame: frame.with_columns(
        pl.when(chosen).then(pl.lit(value, dtype=frame.schema[column])).otherwise(column).alias(column)
    )


def moved(origin: str, *, start: int = 0, stop: int = 0) -> Frame:
    """Move the ends of the first run of an origin by a number of rows."""
    first = pl.int_range(pl.len()).over("origin") == 0
    chosen = first & (pl.col("origin") == origin)
    return lambda frame: frame.with_columns(
        start=pl.col("start") + pl.when(chosen).then(start).otherwise(0),
        stop=pl.col("stop") + pl.when(chosen).then(stop).otherwise(0),
    )


def one_synthetic_row_more(frame: pl.DataFrame) -> pl.DataFrame:
    """Take a real row out of the first replicate, and put a row of its synthetic part in a second time."""
    (line,) = frame.filter(pl.col("origin") == "synthetic").head(1).iter_rows(named=True)
    twice = pl.DataFrame([line | {"start": 0, "stop": 1}], schema=frame.schema)
    return pl.concat([moved("real", start=1)(frame), twice])


def backward_run(frame: pl.DataFrame) -> pl.DataFrame:
    """Add a run of −2 rows, and lengthen another by 2: the rows are as many as before."""
    (line,) = frame.filter(pl.col("origin") == "synthetic").head(1).iter_rows(named=True)
    backward = pl.DataFrame([line | {"start": 4, "stop": 2}], schema=frame.schema)
    return pl.concat([moved("synthetic", stop=2)(frame), backward])


def weight_of_one_row_only(frame: pl.DataFrame) -> pl.DataFrame:
    """Give the synthetic rows no weight, and the real rows, which are as many, twice as much."""
    return frame.with_columns(weight=pl.when(pl.col("origin") == "real").then(2.0).otherwise(0.0))


def leaked_row(frame: pl.DataFrame) -> pl.DataFrame:
    """Replace the first real row by the one that a faulty split put into both anchor and holdout."""
    line = frame.filter(pl.col("origin") == "real").row(0, named=True)
    leaked = pl.DataFrame([line | {"start": LEAKED_ROW, "stop": LEAKED_ROW + 1}], schema=frame.schema)
    return pl.concat([leaked, moved("real", start=1)(frame)])


def another_digest(provenance: dict[str, Any]) -> dict[str, Any]:
    """Name another sha256 of every part that it was made from, as if these had been made anew since."""
    return provenance | {"inputs": dict.fromkeys(provenance["inputs"], "0" * 64)}


FAULTS: dict[str, Fault] = {
    "a column of the manifest has another type": Fault(
        thing=DATASET,
        check="schema",
        metric="wrong_columns",
        rows=lambda frame: frame.cast({"depth": pl.Int64}),
    ),
    "a run goes backward": Fault(thing=DATASET, check="schema", metric="backward_runs", rows=backward_run),
    "rows have no weight": Fault(thing=DATASET, check="schema", metric="unusable_weights", rows=weight_of_one_row_only),
    "a part was made anew since": Fault(
        thing=DATASET, check="provenance", metric="changed_since", says=another_digest, is_remade=True
    ),
    "a run is beyond its part": Fault(
        thing=DATASET,
        check="provenance",
        metric="runs_outside_their_part",
        rows=moved("synthetic", start=10_000, stop=10_000),
    ),
    "a row of the holdout is in the dataset": Fault(
        thing=DATASET, check="holdout_overlap", metric="rows", rows=leaked_row
    ),
    "one row is synthetic in place of real": Fault(
        thing=DATASET, check="policy", metric="synthetic_rows", rows=one_synthetic_row_more
    ),
    "a row is left out": Fault(thing=DATASET, check="policy", metric="rows", rows=moved("real", start=1)),
    "a replicate is left out": Fault(
        thing=DATASET,
        check="policy",
        metric="replicates",
        rows=lambda frame: frame.filter(pl.col("replicate") < frame["replicate"].max()),
    ),
    "every row weighs twice": Fault(
        thing=DATASET,
        check="policy",
        metric="mean_weight",
        rows=lambda frame: frame.with_columns(pl.col("weight") * 2),
    ),
    "a weight is not a number": Fault(thing=MODEL, check="weights", metric="not_finite", weights=True),
    "a model was fitted to fewer rows": Fault(
        thing=MODEL, check="budget", metric="rows", rows=lambda frame: at(0, "rows", frame["rows"][0] - 1)(frame)
    ),
    "a fit saw fewer rows": Fault(
        thing=MODEL,
        check="budget",
        metric="rows_seen",
        rows=lambda frame: at(0, "rows_seen", frame["rows_seen"][0] - 1)(frame),
    ),
    "a fit took fewer optimiser steps": Fault(thing=MODEL, check="budget", metric="steps", rows=at(0, "steps", 0)),
    "a column has another type": Fault(
        thing=SYNTHETIC,
        check="schema",
        metric="wrong_type",
        rows=lambda frame: frame.cast({"x1": pl.Float32}),
    ),
    "a column is missing": Fault(
        thing=SYNTHETIC, check="schema", metric="wrong_type", rows=lambda frame: frame.drop("x1")
    ),
    "a value is missing where none may be": Fault(
        thing=SYNTHETIC, check="schema", metric="nulls", rows=at(0, "x1", None)
    ),
    "a value is infinite": Fault(thing=SYNTHETIC, check="schema", metric="not_finite", rows=at(0, "x1", float("inf"))),
    "two rows have one id": Fault(
        thing=SYNTHETIC,
        check="provenance",
        metric="rows_without_identity",
        rows=lambda frame: at(1, "row_id", frame["row_id"][0])(frame),
    ),
    "a row has no depth": Fault(
        thing=SYNTHETIC, check="provenance", metric="rows_without_identity", rows=at(0, "depth", None)
    ),
    "another model drew the rows": Fault(
        thing=SYNTHETIC,
        check="provenance",
        metric="weights_differ",
        says=lambda provenance: provenance | {"weights_sha256": "0" * 64},
    ),
    "a row was not drawn": Fault(thing=SYNTHETIC, check="counts", metric="rows", rows=lambda frame: frame.head(-1)),
    "a row too many was drawn": Fault(
        thing=SYNTHETIC,
        check="counts",
        metric="rows",
        rows=lambda frame: pl.concat([frame, frame.tail(1).with_columns(row_id=pl.lit("g1.one-more"))]),
    ),
}
"""Fault → the check that it makes fail."""


def _first_of_each_check() -> dict[Check, Fault]:
    return {(fault.thing, fault.check): fault for fault in reversed(FAULTS.values())}


FAULT_OF: dict[Check, Fault] = _first_of_each_check()
"""Blocking check → the first fault that it has to find."""
LINEAGE_OF: dict[Check, str] = {check: f"half.{place}" for place, check in enumerate(FAULT_OF)}
"""Blocking check → the lineage of :data:`STUDY` of which a faulty disk spoils a part, so that this check fails."""

STUDY: dict[str, Any] = {
    "study": "faulty",
    "source": {"kind": "population", "rows": 400, "of": {"family": "gaussian"}},
    "holdout": 0.25,
    "rows": 20,
    "metrics": ["loss"],
    "generator": {"kind": "gaussian"},
    "generations": 2,
    "replicates": len(FAULT_OF),
    "arms": {"half": {"policy": "fixed", "share": 0.5, "lineages": len(FAULT_OF)}},
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 0.5, 1]}},
    "endpoints": {"loss": {"gain": 0.05}},
    "guards": {"share": {"upper": 0.9}},
}
"""A study with a lineage for each blocking check, one for all guards, and one that nothing spoils."""
WARNED = "replace"
"""The lineage whose evaluation a faulty disk spoils, so that every guard of the study warns."""


def spoil(slot: Slot, fault: Fault) -> None:
    """Change a part of a store, as the fault says; all else stays."""
    store, address = slot.artefacts.store, slot.address(fault.thing)
    frame, provenance = store.read(address), store.provenance(address)
    if fault.check == "holdout_overlap":
        leak(slot)
    if fault.weights:
        content = store.read_blob(address, provenance["weights_sha256"], suffix=WEIGHTS)
        digest = store.write_blob(address, without_a_number(content), suffix=WEIGHTS)
        frame, provenance = frame.with_columns(weights_sha256=pl.lit(digest)), provenance | {"weights_sha256": digest}
    store.write(address, fault.rows(frame), provenance=fault.says(provenance))


def leak(slot: Slot) -> None:
    """Put a row of the anchor, which no generation uses, into the holdout as well, as a faulty split does."""
    artefacts = slot.artefacts
    anchor, holdout = artefacts.address(ANCHOR), artefacts.address(HOLDOUT)
    row_id = artefacts.store.read(anchor)["row_id"][LEAKED_ROW]
    leaked = at(0, "row_id", row_id)(artefacts.store.read(holdout))
    artefacts.store.write(holdout, leaked, provenance=artefacts.store.provenance(holdout))


def without_a_number(content: bytes) -> bytes:
    """Replace the training loss in the weights, which sampling does not read, by one that is not a number."""
    from safetensors.numpy import load, save

    tensors = load(content)
    return save(tensors | {"fit_loss": tensors["fit_loss"] * float("nan")})


def spoil_what_is_written(replace: Callable[[type[Store], str, Callable[..., Any]], None] = setattr) -> None:
    """Let every store spoil parts while it writes them, as a disk or a library does that is faulty for good.

    Args:
        replace: replaces a method; by default until the process ends.
    """
    fault_of_lineage = {LINEAGE_OF[check]: fault for check, fault in FAULT_OF.items()}
    write, write_blob = Store.write, Store.write_blob

    def fault_of(address: Address) -> Fault | None:
        fault = fault_of_lineage.get(address.lineage or "") if address.generation == 1 else None
        return fault if fault and fault.thing == address.thing else None

    def faulty_write(self: Store, address: Address, frame: pl.DataFrame, *, provenance: dict[str, Any]) -> str:
        if address.thing in {ANCHOR, HOLDOUT}:
            frame = at(LEAKED_ROW, "row_id", LEAKED)(frame)
        if address.thing == EVALUATION and (address.generation == 0 or address.lineage == WARNED):
            frame = with_guarded_metrics(frame, worse=WATCHED if address.generation else ())
        fault = fault_of(address)
        if fault:
            frame, provenance = fault.rows(frame), fault.says(provenance)
        return write(self, address, frame, provenance=provenance)

    def faulty_blob(self: Store, address: Address, content: bytes, *, suffix: str) -> str:
        fault = fault_of(address)
        spoilt = fault is not None and fault.weights and suffix == WEIGHTS
        return write_blob(self, address, without_a_number(content) if spoilt else content, suffix=suffix)

    replace(Store, "write", faulty_write)
    replace(Store, "write_blob", faulty_blob)
