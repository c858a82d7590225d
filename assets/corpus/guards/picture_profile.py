"""The profile of an anchor's pictures: what batches of pictures are compared with, fitted once and stored beside it.

The embedding is fitted to half of the anchor. What is known of real rows is taken from the other half and from the
holdout, to which it was not fitted.
"""

import io
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.embedding import Embedding
from outcross.assets.instruments.image_features import ImageFeatures
from outcross.assets.instruments.nearest_points import nearest_points
from outcross.assets.instruments.picture_hashes import MOST_APART, PictureHashes, least_apart
from outcross.assets.instruments.picture_pixels import COLOURS, colours_of, luminance_of, pixels_of
from outcross.resources.schema import Column, Schema
from outcross.resources.seeds import derive_seed

MOST_ROWS = 20_000
"""Rows among which near copies are counted, and that the embedding is fitted to."""
MOST_REFERENCE = 5_000
"""Real rows, to which the embedding was not fitted, that batches are compared with."""
NEAR = 0.05
"""Quantile of the holdout's distances to the anchor below which a picture counts as near to it."""
VALUES = ("brightness", "contrast", "sharpness")
"""What is described of pictures, besides the colours of those in colour."""


@dataclass(frozen=True, kw_only=True)
class PictureProfile:
    """Statistics of the pictures of an anchor. Fit them with :meth:`fit`.

    Attributes:
        column: of the pictures.
        near: for each number of bits from 0 to ``MOST_APART``, the real rows whose hash differs in at most that many
            from another real row's.
        near_rows: number of real rows that were compared.
        groups: level of a protected group (``sex=f``) → the same counts of its rows, the number of its rows last.
        embedding: of the pictures.
        points: (rows, main dimensions) real rows in it.
        values: what :meth:`describe` says of these.
        records: (rows, main dimensions) rows of the anchor that the closest record is searched in.
        distances: of rows of the holdout to their closest record.
    """

    column: Column
    near: np.ndarray
    near_rows: int
    groups: dict[str, np.ndarray]
    embedding: Embedding
    points: np.ndarray
    values: pl.DataFrame
    records: np.ndarray
    distances: np.ndarray

    @classmethod
    def fit(cls, anchor: pl.DataFrame, holdout: pl.DataFrame, schema: Schema, *, seed: int) -> Self:
        """Fit to the pictures of the anchor, and describe real ones that the embedding has not seen.

        Args:
            anchor: rows of the anchor.
            holdout: rows of the holdout.
            schema: their columns, one of pictures among them.
            seed: of what is drawn.
        """
        column = schema.image
        assert column is not None, "a schema with pictures"
        names = [column.name, *(group.name for group in schema.groups)]
        rows = draw_rows(anchor[names], MOST_ROWS, derive_seed("pictures of the anchor", seed))
        more = draw_rows(holdout[names], MOST_ROWS, derive_seed("pictures of the holdout", seed))
        both = pl.concat([rows, more])
        hashes = PictureHashes.read(both[column.name], column)
        nearest = least_apart(hashes, hashes, MOST_APART)
        embedding = Embedding.fit(rows.gather_every(2), Schema((column,))).main
        fresh = pl.concat([rows.gather_every(2, 1), more])
        kept = draw_rows(fresh, MOST_REFERENCE, derive_seed("reference of pictures", seed))
        records = embedding.transform(draw_rows(rows, MOST_REFERENCE, derive_seed("records of pictures", seed)))
        asked = embedding.transform(draw_rows(more, MOST_REFERENCE, derive_seed("asked pictures", seed)))
        return cls(
            column=column,
            near=_count(nearest),
            near_rows=len(nearest),
            groups={
                f"{group.name}={level}": np.append(_count(nearest[of]), of.sum())
                for group in schema.groups
                for level in both[group.name].drop_nulls().unique().sort()
                if (of := (both[group.name] == level).fill_null(False).to_numpy()).any()
            },
            embedding=embedding,
            points=embedding.transform(kept),
            values=describe(kept[column.name], column),
            records=records,
            distances=nearest_points(asked, records).first,
        )

    def to_bytes(self) -> bytes:
        """Convert to the content of a file; :meth:`from_bytes` reads it back."""
        arrays: dict[str, np.ndarray] = {
            "near": self.near,
            "near_rows": np.array(self.near_rows),
            "mean": self.embedding.mean,
            "components": np.asarray(self.embedding.components),
            "points": self.points,
            "values": self.values.to_numpy(),
            "records": self.records,
            "distances": self.distances,
        }
        arrays |= {f"groups/{name}": each for name, each in self.groups.items()}
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes, schema: Schema) -> Self:
        """Read back what :meth:`to_bytes` wrote, for the same columns."""
        assert schema.image is not None, "a schema with pictures"
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        features = ImageFeatures.fit(pl.DataFrame(), schema)
        return cls(
            column=schema.image,
            near=arrays["near"],
            near_rows=int(arrays["near_rows"]),
            groups={name.removeprefix("groups/"): each for name, each in arrays.items() if name.startswith("groups/")},
            embedding=Embedding(features, arrays["mean"], arrays["components"]),
            points=arrays["points"],
            values=pl.DataFrame(arrays["values"], schema=_described(schema.image)),
            records=arrays["records"],
            distances=arrays["distances"],
        )


def describe(pictures: pl.Series, column: Column) -> pl.DataFrame:
    """Describe pictures by :data:`VALUES`, 0 to 1: mean and standard deviation of the grey values of a picture.

    Sharpness is the mean difference of a pixel from the pixels to its right and below it. Of pictures in colour, these
    are of the luminance, and :data:`COLOURS` come after them.
    """
    parts = [pl.DataFrame(schema=_described(column))]
    for part in pictures.to_frame("x").iter_slices(MOST_REFERENCE):
        pixels = luminance_of(part["x"], column) / (column.levels or 255)
        steps = np.hstack([np.abs(np.diff(pixels, axis=axis)).reshape(len(pixels), -1) for axis in (1, 2)])
        flat = pixels.reshape(len(pixels), -1)
        sharpness = steps.mean(axis=1) if steps.shape[1] else np.zeros(len(pixels))
        found = [flat.mean(axis=1), flat.std(axis=1), sharpness]
        if column.in_colour:
            found += [*colours_of(part["x"], column).T]
        parts.append(pl.DataFrame(dict(zip(_described(column), found, strict=True))))
    return pl.concat(parts)


def is_blank(pictures: pl.Series, column: Column) -> pl.Series:
    """Return (rows,) whether all pixels of a picture have one grey value, or one colour."""
    if not column.in_colour:
        return pictures.arr.min() == pictures.arr.max()
    return pl.Series(np.ptp(pixels_of(pictures, column), axis=(1, 2)).max(axis=1) == 0)


def _described(column: Column) -> dict[str, type[pl.Float64]]:
    return dict.fromkeys((*VALUES, *(COLOURS if column.in_colour else ())), pl.Float64)


def _count(nearest: np.ndarray) -> np.ndarray:
    return np.array([(nearest <= apart).sum() for apart in range(MOST_APART + 1)])
