"""What went wrong, in rows: real rows that no synthetic row comes near, and synthetic rows that no real row comes near.

Real rows are those of the anchor, to which models were fitted: the holdout is never shown. Distances are Gower's for
tables, and Euclidean in the study's embedding for images and texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.artefacts import ANCHOR, Artefacts
from outcross.assets.evaluation.load_probe import load_probe
from outcross.assets.evaluation.make import rows_by_replicate
from outcross.assets.instruments.gower import nearest_records, sample_rows
from outcross.assets.instruments.nearest_points import nearest_points
from outcross.assets.instruments.probe import View
from outcross.assets.verdict.exhibits import EXCERPT, Exhibit, image_row
from outcross.resources.compute import bounded_threads
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed
from outcross.resources.typed_rows import to_typed

MOST = 10
"""Rows of each kind."""
MOST_COLUMNS = 10
"""Columns of a table that are shown."""
LONGEST = 40
"""Characters of a value of a table."""


@dataclass(frozen=True, kw_only=True)
class FarRows:
    """Rows far from all of the other kind, the farthest first.

    Attributes:
        distances: of each row to the nearest of the other kind.
        headings: names of the columns that are shown; empty for images and texts.
        lines: the values of each row as texts; for texts, one value.
        pictures: the images; None for tables and texts.
        left_out: columns that are not shown.
    """

    distances: tuple[float, ...]
    headings: tuple[str, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    pictures: Exhibit | None = None
    left_out: int = 0


@dataclass(frozen=True, kw_only=True)
class WentWrong:
    """The rows of one replicate's last generation that show best what the arm lost and what it made up.

    Attributes:
        arm: whose rows they are.
        generation: the last.
        replicate: the first.
        compared: how many real rows and how many synthetic rows were compared.
        real: real rows that no synthetic row comes near.
        synthetic: synthetic rows that no real row comes near.
    """

    arm: str
    generation: int
    replicate: int
    compared: tuple[int, int]
    real: FarRows
    synthetic: FarRows


def find_far_rows(artefacts: Artefacts, arm: str) -> WentWrong | None:
    """Compare the anchor with the first replicate's rows of an arm's last generation; of many, samples by seed.

    None for images and texts of a study without a holdout, which has no embedding.
    """
    if artefacts.schema.modality != "table" and artefacts.study.holdout == 0:
        return None
    slot = next(
        each for each in artefacts.slots if each.arm == arm and each.generation == artefacts.study.generations - 1
    )
    replicate, rows = next(iter(rows_by_replicate(slot).items()))
    schema = artefacts.schema
    anchor = artefacts.load(artefacts.address(ANCHOR)).select(schema.names)
    seed = derive_seed(artefacts.study.study, artefacts.study.seed, "far rows")
    real, synthetic = sample_rows(anchor, seed), sample_rows(rows, seed)
    with bounded_threads():
        if schema.modality == "table":
            away = nearest_records(real, rows, schema).first, nearest_records(synthetic, anchor, schema).first
        else:
            probe = load_probe(artefacts)
            of_real, of_synthetic = (View(rows=each, probe=probe, seed=seed).points for each in (real, rows))
            drawn = of_synthetic if synthetic is rows else View(rows=synthetic, probe=probe, seed=seed).points
            away = (
                nearest_points(of_real, of_synthetic).first,
                nearest_points(drawn, probe.anchor_view.points).first,
            )
    return WentWrong(
        arm=arm,
        generation=slot.generation,
        replicate=replicate,
        compared=(real.height, synthetic.height),
        real=farthest(real, away[0], schema, name="real rows"),
        synthetic=farthest(synthetic, away[1], schema, name="synthetic rows"),
    )


def farthest(rows: pl.DataFrame, distances: np.ndarray, schema: Schema, *, name: str) -> FarRows:
    """Return the rows with the largest distances as a report shows them.

    Args:
        rows: canonical rows.
        distances: (rows,), of each to the nearest of the other kind.
        schema: their columns.
        name: what they are, for the picture's text.
    """
    order = np.argsort(-distances, kind="stable")[:MOST]
    shown, away = rows[order.tolist()], tuple(float(each) for each in distances[order])
    if schema.image is not None:
        return FarRows(distances=away, pictures=image_row(shown[schema.image.name], schema.image, name=name))
    if schema.text is not None:
        texts = shown[schema.text.name].fill_null("–").to_list()
        return FarRows(distances=away, headings=("text",), lines=tuple((text[:EXCERPT],) for text in texts))
    columns = schema.columns[:MOST_COLUMNS]
    values = to_typed(shown.select(column.name for column in columns), Schema(columns))
    return FarRows(
        distances=away,
        headings=tuple(column.source_name for column in columns),
        lines=tuple(_texts(line) for line in values.iter_rows()),
        left_out=len(schema.columns) - len(columns),
    )


def _texts(line: Sequence[object]) -> tuple[str, ...]:
    return tuple(_text(value) for value in line)


def _text(value: object) -> str:
    if value is None:
        return "–"
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
