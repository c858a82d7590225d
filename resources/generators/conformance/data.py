"""Small data sets for the laws: tables, images and texts, generated from a fixed seed."""

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
ANIMALS, ACTIONS = ("cat", "dog", "horse"), ("sat", "ran off", "slept all day", "ate")


@dataclass(frozen=True)
class Data:
    """Rows that the generator under test can model.

    Attributes:
        schema: the columns' roles.
        rows: canonical, at least ``FEWEST_ROWS``, in random order.
    """

    schema: Schema
    rows: pl.DataFrame

    def __post_init__(self) -> None:
        if dict(self.rows.schema) != dict(self.schema.polars):
            raise BadInput(
                f"the rows for a generator check have columns {dict(self.rows.schema)}, but their schema has "
                f"{dict(self.schema.polars)}; cast and order the columns as in the schema"
            )
        if self.rows.height < FEWEST_ROWS:
            raise BadInput(
                f"a generator check needs at least {FEWEST_ROWS} rows, but 'data' has {self.rows.height}; pass "
                "more rows"
            )


def select_data(tested: Generator) -> list[Data]:
    """Return one data set for each modality of a generator: the first that its ``check`` accepts.

    Raises:
        BadInput: it accepts no data set of a modality; the message quotes the last reason.
    """
    found = []
    for modality in sorted(tested.modalities):
        reason = "there is no such modality"
        for data in builtin_data(modality):
            try:
                tested.check(data.schema)
            except BadInput as error:
                reason = str(error)
                continue
            found.append(data)
            break
        else:
            raise BadInput(
                f"generator '{tested.kind}' accepts none of the built-in {modality} data; pass your own as "
                f"'data' ({reason})"
            )
    return found


def builtin_data(modality: Modality) -> Iterator[Data]:
    """Generate the data sets of a modality, the richest first."""
    random = generator(derive_seed("conformance", modality))
    match modality:
        case "table":
            yield _mixed_table(random)
            yield _numbers(random, label=True)
            yield _numbers(random, label=False)
            yield _categories(random)
        case "image":
            images = _images(random)
            yield images
            yield Data(Schema(images.schema.columns[:1]), images.rows.select("image"))
        case "text":
            yield _texts(random)


def _mixed_table(random: np.random.Generator) -> Data:
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
    """Three columns in [0, 1], the last the mean of the others and noise; as a label, whether it exceeds 0.5."""
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
    """A bright horizontal or vertical bar on a dark, noisy background; the label is its direction."""
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
    pairs = zip(random.choice(ANIMALS, ROWS), random.choice(ACTIONS, ROWS), strict=True)
    return Data(schema, pl.DataFrame({"text": [f"the {animal} {deed}." for animal, deed in pairs]}, schema.polars))


def _words(random: np.random.Generator, *words: str) -> list[str]:
    result: list[str] = random.choice(words, ROWS).tolist()
    return result


def _yes_or_no(values: np.ndarray) -> list[str]:
    result: list[str] = np.where(values, "yes", "no").tolist()
    return result
