"""Make the dataset of a generation: its manifest, under the arm's policy."""

import polars as pl

from assets.artefacts import ANCHOR, DATASET, SYNTHETIC, Artefacts, Made
from assets.dataset.manifest import SHARED, first_manifest, next_manifest, resolve, summarise
from resources.store import Address


def make_dataset(artefacts: Artefacts, generation: int, lineage: str) -> Made:
    """Write the manifest of a generation's dataset."""
    study, anchor = artefacts.study, artefacts.address(ANCHOR)
    anchor_rows = artefacts.load(anchor, columns=["row"]).height
    parts: list[Address] = []
    if generation == 0:
        manifest = first_manifest(
            study=study.study,
            seed=study.seed,
            replicates=artefacts.replicates(SHARED),
            rows=artefacts.rows,
            anchor_rows=anchor_rows,
        )
    else:
        arm = study.lineages[lineage]
        parts = [artefacts.address(SYNTHETIC, earlier, lineage) for earlier in _read(arm.mixing.reads, generation)]
        manifest = next_manifest(
            arm.mixing,
            study=study.study,
            seed=study.seed,
            lineage=lineage,
            generation=generation,
            replicates=arm.replicates,
            rows=artefacts.rows,
            anchor_rows=anchor_rows,
            depths={key: depth for part in parts for key, depth in _depths(artefacts, part).items()},
        )
    artefacts.save(artefacts.address(DATASET, generation, lineage), manifest, inputs=[anchor, *parts])
    return Made(numbers=_numbers(manifest))


def load_dataset(artefacts: Artefacts, generation: int, lineage: str) -> pl.DataFrame:
    """Fetch the rows of a generation's dataset, as :func:`assets.dataset.manifest.resolve` returns them."""
    return resolve(
        artefacts.load(artefacts.address(DATASET, generation, lineage)),
        anchor=artefacts.load(artefacts.address(ANCHOR)),
        synthetic=lambda earlier, made_by: artefacts.load(artefacts.address(SYNTHETIC, earlier, made_by)),
    )


def _read(reads: str, generation: int) -> range:
    return range(generation) if reads == "all" else range(generation - 1, generation)


def _depths(artefacts: Artefacts, part: Address) -> dict[tuple[int, int], int]:
    depths = artefacts.load(part, columns=["replicate", "depth"]).unique()
    return {(part.generation or 0, replicate): depth for replicate, depth in depths.iter_rows()}


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
