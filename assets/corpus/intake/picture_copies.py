"""Near copies of pictures: rows of a batch whose perceptual hash is nearly that of another row.

Hashes are those of :mod:`outcross.assets.instruments.picture_hashes`. In how few bits they have to differ is set by
the anchor: pictures of one template are alike by chance. Where even equal hashes are common among real rows, the guard
abstains, and so it does for rows of a protected group whose real rows are alike more often than others are. A near copy
of a row of the holdout is held as ``holdout_overlap``, any other as ``near_duplicates``.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.files import PICTURES
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.spared import find_spared_pictures, most_apart
from outcross.assets.corpus.intake.row_index import Arrays, IndexKind
from outcross.assets.corpus.intake.row_sets import (
    BATCH,
    FOUND,
    SETS,
    NearCopies,
    count_rows,
    read_sets,
    write_reasons,
)
from outcross.assets.corpus.intake.spared_groups import without_groups
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import PICTURE_FORMAT, OpenCorpus
from outcross.assets.instruments.picture_hashes import WORDS, PictureHashes, near_pictures

PIECE = 16_384
"""Rows of the batch that are read at a time."""
HOW = (
    pl.when(pl.col("apart") == 0)
    .then(pl.lit("its picture looks the same"))
    .otherwise(pl.format("the hashes of the pictures differ in {} bits, and of real ones rarely so few", "apart"))
)
"""How a near copy is alike."""


def find_picture_copies(batch: Path, rows: int, corpus: OpenCorpus, last: Version) -> NearCopies:
    """Find the rows whose picture is nearly that of an earlier row of the batch, or of a row of the corpus.

    The hashes of the batch are in memory, 76 bytes a row.

    Args:
        batch: Parquet of ``position``, the picture and ``origin``.
        rows: of the batch.
        corpus: the open corpus.
        last: its last version.
    """
    chosen = {kind: most_apart(corpus.pictures, size) for kind, size in count_rows(rows, corpus, last).items()}
    within = {kind: bits for kind, bits in chosen.items() if bits is not None}
    abstained = tuple(_why_not(kind, corpus.pictures) for kind, bits in chosen.items() if bits is None)
    if not within or not rows:
        return NearCopies(pl.DataFrame(schema=FOUND), abstained, compared=bool(within))
    found = _find_nearest(batch, corpus, last, within)
    spared = find_spared_pictures(corpus.pictures, max(within.values()))
    kept = without_groups(write_reasons(found, batch, HOW), batch, spared)
    return NearCopies(kept, (*abstained, *spared.values()))


def index_of_pictures(corpus: OpenCorpus) -> IndexKind:
    """Build the index of the hashes of a corpus's rows."""
    column = corpus.pictures.column

    def compute(pictures: pl.Series) -> Arrays:
        return {"words": PictureHashes.read(pictures, column).words}

    return IndexKind(
        prefix=f"{PICTURES}/hashes",
        about=(str(PICTURE_FORMAT),),
        column=column.name,
        types={"words": pl.Array(pl.UInt32, WORDS)},
        compute=compute,
    )


def _find_nearest(batch: Path, corpus: OpenCorpus, last: Version, within: Mapping[int, int]) -> pl.DataFrame:
    """Compute ``position``, ``kind``, ``apart``: for each row and each set, the bits that differ from the nearest."""
    positions, own = _read_hashes(batch, corpus.pictures)
    index, found = index_of_pictures(corpus), list[pl.DataFrame]()

    def compare(kind: int, others: PictureHashes) -> None:
        for one, other, apart in near_pictures(own, others, within[kind]):
            earlier = positions[other] < positions[one] if others is own else np.ones(len(one), dtype=bool)
            columns = {"position": positions[one], "kind": np.full(len(one), kind), "apart": apart}
            found.append(pl.DataFrame({name: values[earlier] for name, values in columns.items()}))

    if BATCH in within:
        compare(BATCH, own)
    for kind, values in read_sets(corpus, last, index, within):
        compare(kind, PictureHashes(values["words"]))
    empty = pl.DataFrame(schema={"position": pl.Int64, "kind": pl.Int64, "apart": pl.Int64})
    nearest = pl.concat([empty, *found]).group_by("position", "kind").agg(pl.col("apart").min())
    return nearest.sort("position", "kind")


def _read_hashes(batch: Path, profile: PictureProfile) -> tuple[np.ndarray, PictureHashes]:
    import pyarrow.parquet as pq

    name, positions, words = profile.column.name, list[np.ndarray](), list[np.ndarray]()
    for part in pq.ParquetFile(batch).iter_batches(batch_size=PIECE, columns=["position", name]):
        frame = pl.DataFrame(pl.from_arrow(part)).cast({name: profile.column.dtype})
        positions.append(frame["position"].to_numpy())
        words.append(PictureHashes.read(frame[name], profile.column).words)
    return np.concatenate(positions), PictureHashes(np.concatenate(words))


def _why_not(kind: int, profile: PictureProfile) -> str:
    share = profile.near[0] / max(profile.near_rows, 1)
    return (
        f"pictures are not compared with {SETS[kind]}: {share:.1%} of the real rows look like another real row, so "
        "likeness is no evidence of a copy"
    )
