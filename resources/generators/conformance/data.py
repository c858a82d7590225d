"""Small data that the laws are asked on: tables, images and texts, made from a fixed seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Generator
from outcross.resources.schema import Column, Modality, Role, Schema
from outcross.resources.seeds import derive_seed, generator

ROWS = 300
FEWEST_ROWS = 60
SIDE, LEVELS = 6, 16
ANIMALS, DEEDS = ("cat", "dog", "horse"), ("sat", "ran off", "slept all day", "ate")


@dataclass(frozen=True)
class Data:
    """Rows that the generator under test can model.

    Attributes:
        schema: the columns' roles.
        rows: canonical, at least ``FEWEST_ROWS``, in no order.
    """

    schema: Schema
    rows: pl.DataFrame

    def __post_init__(self) -> None:
        if dict(self.rows.schema) != dict(self.schema.polars):
            raise BadInput(
                f"the rows to check a generator on have columns {dict(self.rows.schema)}, their schema says "
                f"{dict(self.schema.polars)}; cast and order them as the schema says"
            )
        if self.rows.height < FEWEST_ROWS:
            raise BadInput(
                f"there are {self.rows.height} rows to check a generator on, and {FEWEST_ROWS} are needed; give more"
            )


def data_for(asked: Generator) -> list[Data]:
    """Return one set of rows for each modality of a generator: the first that its ``check`` accepts.

    Raises:
        BadInput: it accepts none of a modality; its reason for the last is quoted.
    """
    found = []
    for modality in sorted(asked.modalities):
        reason = "there is no such modality"
        for data in own_data(modality):
            try:
                asked.check(data.schema)
            except BadInput as error:
                reason = str(error)
                continue
            found.append(data)
            break
        else:
            raise BadInput(
                f"generator '{asked.kind}' models none of the {modality} data at hand; give 'data' ({reason})"
            )
    return found


def own_data(modality: Modality) -> Iterator[Data]:
    """Make the sets of rows of a modality, the richest first."""
    random = generator(derive_seed("conformance", modality))
    match modality:
        case "table":
            yield _mixed(random)
            yield _numbers(random, label=True)
            yield _numbers(random, label=False)
            yield _categories(random)
        case "image":
            images = _images(random)
            yield images
            yield Data(Schema(images.schema.columns[:1]), images.rows.select("image"))
        case "text":
            yield _texts(random)


def _mixed(random: np.random.Generator) -> Data:
    schema = Schema(
        (
            Column(name="amount", role=Role.NUMERIC, nullable=True),
            Column(name="visits", role=Role.NUMERIC, integer=True),
            Column(name="colour", role=Role.CATEGORICAL, nullable=True),
            Column(name="place", role=Role.GROUP),
            Column(name="bought", role=Role.LABEL),
        )
    )
    bought = random.random(ROWS) < 0.4
    columns = {
        "amount": pl.Series(random.normal(size=ROWS) + 2 * bought).set(pl.Series(random.random(ROWS) < 0.1), None),
        "visits": random.poisson(3 + 3 * bought),
        "colour": pl.Series(_words(random, "red", "green", "blue")).set(pl.Series(random.random(ROWS) < 0.1), None),
        "place": _words(random, "north", "south"),
        "bought": _yes_or_no(bought),
    }
    return Data(schema, pl.DataFrame(columns, schema=schema.polars))


def _numbers(random: np.random.Generator, *, label: bool) -> Data:
    """Three columns within 0 and 1, the last of them the sum of the others with some noise; its half as a label."""
    first, second, noise = random.random((3, ROWS))
    columns: dict[str, object] = {"x1": first, "x2": second, "y": (first + second + noise) / 3}
    roles = dict.fromkeys(columns, Role.NUMERIC)
    if label:
        columns["y"], roles["y"] = _yes_or_no(first + second + noise > 1.5), Role.LABEL
    schema = Schema(tuple(Column(name=name, role=role) for name, role in roles.items()))
    return Data(schema, pl.DataFrame(columns, schema=schema.polars))


def _categories(random: np.random.Generator) -> Data:
    schema = Schema(
        (Column(name="colour", role=Role.CATEGORICAL, nullable=True), Column(name="place", role=Role.GROUP))
    )
    colours = pl.Series(_words(random, "red", "green", "blue")).set(pl.Series(random.random(ROWS) < 0.1), None)
    return Data(schema, pl.DataFrame({"colour": colours, "place": _words(random, "north", "south")}, schema.polars))


def _images(random: np.random.Generator) -> Data:
    """A bright bar across or down, somewhere, on a dark ground with noise; its direction is the label."""
    schema = Schema(
        (
            Column(name="image", role=Role.IMAGE, shape=(SIDE, SIDE), levels=LEVELS),
            Column(name="direction", role=Role.LABEL),
        )
    )
    down, place = random.random(ROWS) < 0.5, random.integers(0, SIDE, ROWS)
    bars = np.eye(SIDE, dtype=bool)[place][:, :, np.newaxis] & np.ones(SIDE, dtype=bool)
    bars = np.where(down[:, np.newaxis, np.newaxis], bars.transpose(0, 2, 1), bars)
    pixels = np.where(bars, LEVELS - 3, 1) + random.integers(0, 3, bars.shape)
    columns = {"image": pixels.reshape(ROWS, -1).astype(np.uint8), "direction": np.where(down, "down", "across")}
    return Data(schema, pl.DataFrame(columns, schema=schema.polars))


def _texts(random: np.random.Generator) -> Data:
    schema = Schema((Column(name="text", role=Role.TEXT),))
    pairs = zip(random.choice(ANIMALS, ROWS), random.choice(DEEDS, ROWS), strict=True)
    return Data(schema, pl.DataFrame({"text": [f"the {animal} {deed}." for animal, deed in pairs]}, schema.polars))


def _words(random: np.random.Generator, *words: str) -> list[str]:
    return random.choice(words, ROWS).tolist()


def _yes_or_no(values: np.ndarray) -> list[str]:
    return np.where(values, "yes", "no").tolist()
