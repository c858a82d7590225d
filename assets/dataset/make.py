"""Make the dataset of a generation: its manifest, under the arm's policy."""

import polars as pl

from outcross.assets.artefacts import ANCHOR, DATASET, SYNTHETIC, Artefacts, Made, Slot
from outcross.assets.dataset.labels import read_labels
from outcross.assets.dataset.manifest import first_manifest, next_manifest, resolve, summarise
from outcross.assets.dataset.real_rows import RealRows
from outcross.resources.sources.read_as import PLACE
from outcross.resources.store import Address


def make_dataset(slot: Slot) -> Made:
    """Write the manifest of a generation's dataset."""
    anchor, parts = slot.artefacts.address(ANCHOR), []
    real = _real_rows(slot)
    if slot.generation == 0:
        manifest = first_manifest(real)
    else:
        mixing = slot.settings.mixing
        parts = [slot.at(earlier).address(SYNTHETIC) for earlier in _read(mixing.reads, slot.generation)]
        depths = pl.concat([_depths(slot.artefacts, part) for part in parts])
        labels = read_labels(slot.artefacts, real, parts[-1]) if mixing.labelled_rows(real.rows) else None
        manifest = next_manifest(mixing, real, generation=slot.generation, depths=depths, labels=labels)
    slot.artefacts.save(slot.address(DATASET), manifest, inputs=[anchor, *parts])
    return Made(numbers=_numbers(manifest))


def _real_rows(slot: Slot) -> RealRows:
    study, artefacts = slot.study, slot.artefacts
    return RealRows(
        study=study.study,
        seed=study.seed,
        lineage=slot.lineage,
        replicates=slot.replicates,
        all_replicates=study.replicates,
        rows=artefacts.rows,
        anchor_rows=artefacts.load(artefacts.address(ANCHOR), columns=["row"]).height,
        dealing=study.real_rows,
    )


def load_dataset(slot: Slot, *, places: bool = False) -> pl.DataFrame:
    """Fetch the rows of a generation's dataset, as :func:`outcross.assets.dataset.manifest.resolve` returns them.

    Args:
        slot: the generation.
        places: whether to add ``pool_row``, the place of each row that a pool gave; null for real rows.
    """
    return _resolve(slot.artefacts, slot.load(DATASET), places=places)


def _resolve(artefacts: Artefacts, manifest: pl.DataFrame, *, places: bool) -> pl.DataFrame:
    modelled = ["row", "row_id", *artefacts.schema.names]
    drawn = ["replicate", *modelled, *([PLACE] if places else [])]
    anchor = artefacts.load(artefacts.address(ANCHOR), columns=modelled)  # without an entity that is not modelled
    return resolve(
        manifest,
        anchor=anchor.with_columns(pl.lit(None, dtype=pl.Int64).alias(PLACE)) if places else anchor,
        synthetic=lambda earlier, made_by: artefacts.load(
            artefacts.address(SYNTHETIC, earlier, made_by),
            columns=drawn,
        ),
    )


def _read(reads: str, generation: int) -> range:
    return range(generation) if reads == "all" else range(generation - 1, generation)


def _depths(artefacts: Artefacts, part: Address) -> pl.DataFrame:
    depths = artefacts.load(part, columns=["replicate", "depth"]).unique()
    return depths.with_columns(generation=pl.lit(part.generation, dtype=pl.Int32))


def _numbers(manifest: pl.DataFrame) -> dict[str, float | int | str]:
    first = summarise(manifest).row(0, named=True)
    return {
        "rows": first["rows"],
        "synthetic_rows": first["synthetic"],
        "synthetic_share": first["share"],
        "weight_share": first["weight_share"],
        "depth": first["depth"],
        "mean_depth": first["mean_depth"],
        "replicates": manifest["replicate"].n_unique(),
    }
