"""Integrity of a dataset: nothing in it that its policy did not ask for, and nothing whose origin is unknown."""

import numpy as np
import polars as pl

from outcross.assets.artefacts import ANCHOR, DATASET, HOLDOUT, SYNTHETIC, Artefacts, Slot
from outcross.assets.dataset.manifest import MANIFEST, summarise
from outcross.resources.guard_engine import Vital

CHECKS = {
    "schema": "The manifest has its columns, ranges of rows that run forwards, and weights above zero.",
    "provenance": "Every row belongs to a part that this dataset was made from, and that part is unchanged.",
    "holdout_overlap": "No row of the dataset is a row of the holdout.",
    "policy": "Rows, synthetic share and replicates are what the mixing policy prescribes.",
}
"""Check → what it holds the dataset to."""
_SIX_SIGMA = 6.0


def dataset_vitals(slot: Slot) -> list[Vital]:
    """Measure a dataset's manifest, and the parts it names, against what they have to be."""
    address = slot.address(DATASET)
    manifest = slot.artefacts.load(address)
    return [
        *_schema(slot.artefacts, manifest),
        *_provenance(slot.artefacts, manifest, slot.artefacts.provenance(address)["inputs"]),
        *_holdout(slot.artefacts, manifest),
        *_policy(slot, manifest),
    ]


def _parts(artefacts: Artefacts, manifest: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Address → its lines of the manifest, for each part the manifest names."""
    parts = {}
    for (origin, generation, lineage), lines in manifest.group_by(
        "origin", "generation", "lineage", maintain_order=True
    ):
        made = artefacts.address(SYNTHETIC, int(str(generation)), str(lineage)) if origin == "synthetic" else None
        parts[str(made or artefacts.address(ANCHOR))] = lines
    return parts


def _schema(artefacts: Artefacts, manifest: pl.DataFrame) -> list[Vital]:
    wrong = sum(manifest.schema.get(name) != dtype for name, dtype in MANIFEST.items())
    backward = manifest.filter(pl.col("stop") < pl.col("start")).height
    weights = manifest.filter(~(pl.col("weight").is_finite() & (pl.col("weight") > 0))).height
    return [
        Vital("schema", "wrong_columns", "", wrong, upper=0),
        Vital("schema", "backward_runs", "", backward, upper=0),
        Vital("schema", "unusable_weights", "", weights, upper=0),
    ]


def _provenance(artefacts: Artefacts, manifest: pl.DataFrame, inputs: dict[str, str]) -> list[Vital]:
    """Every row must belong to a part that the manifest's provenance names and that has not changed since."""
    vitals = []
    for folder, lines in _parts(artefacts, manifest).items():
        synthetic = lines["origin"][0] == "synthetic"
        address = (
            artefacts.address(SYNTHETIC, lines["generation"][0], lines["lineage"][0])
            if synthetic
            else artefacts.address(ANCHOR)
        )
        if synthetic:
            sizes = artefacts.load(address, columns=["replicate"]).group_by("replicate").agg(size=pl.len())
            sized = lines.join(sizes, on="replicate", how="left")
        else:
            sized = lines.with_columns(size=pl.lit(artefacts.load(address, columns=["row"]).height))
        beyond = sized.filter((pl.col("stop") > pl.col("size")) | pl.col("size").is_null()).height
        changed = inputs.get(folder) != artefacts.store.digest(address)
        vitals += [
            Vital("provenance", "runs_outside_their_part", folder, beyond, upper=0),
            Vital("provenance", "changed_since", folder, changed, upper=0),
        ]
    return vitals


def _holdout(artefacts: Artefacts, manifest: pl.DataFrame) -> list[Vital]:
    """No row of the dataset may be a row of the holdout, by id (which hashes content)."""
    ids = artefacts.load(artefacts.address(ANCHOR), columns=["row_id"])["row_id"]
    used = np.zeros(len(ids), dtype=bool)
    real = manifest.filter(pl.col("origin") == "real")
    for start, stop in real.select("start", "stop").unique().iter_rows():
        used[start:stop] = True
    held = artefacts.load(artefacts.address(HOLDOUT), columns=["row_id"])["row_id"]
    overlap = ids.filter(pl.Series(used)).is_in(held.implode()).sum()
    return [Vital("holdout_overlap", "rows", "", int(overlap), upper=0)]


def _policy(slot: Slot, manifest: pl.DataFrame) -> list[Vital]:
    """Hold counts and shares to the policy's own statement of them, which its selection does not use."""
    n, vitals = slot.artefacts.rows, []
    mixing = None if slot.generation == 0 else slot.settings.mixing
    rows = n if mixing is None else mixing.dataset_rows(n, slot.generation)
    share = 0.0 if mixing is None else mixing.share(slot.generation)
    slack = 0.5
    if mixing is not None and mixing.draws_at_random:
        slack = max(1.0, _SIX_SIGMA * float(np.sqrt(rows * share * (1 - share))))
    summary = summarise(manifest)
    for line in summary.iter_rows(named=True):
        group = f"replicate {line['replicate']}"
        vitals += [
            Vital("policy", "rows", group, line["rows"], rows, rows),
            Vital("policy", "synthetic_rows", group, line["synthetic"], rows * share - slack, rows * share + slack),
        ]
    expected = len(slot.replicates)
    weight = pl.col("weight") * (pl.col("stop") - pl.col("start"))
    return [
        *vitals,
        Vital("policy", "replicates", "", summary.height, expected, expected),
        Vital(
            "policy",
            "mean_weight",
            "",
            manifest.select(weight.sum()).item() / summary["rows"].sum(),
            1 - 1e-9,
            1 + 1e-9,
        ),
    ]
