"""Samples that are hard for a standard error: few rows, unequal sides, skewed numbers, ties, nulls, unequal lengths."""

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl

from outcross.assets.instruments.probe import Probe, build_probe
from outcross.assets.metrics.contract import Against, Comparison
from outcross.resources.schema import Column, Role, Schema

Random = np.random.Generator
Draw = Callable[[Random, int], pl.DataFrame]

TABLE = Schema(
    (
        Column(name="age", role=Role.NUMERIC, nullable=True),
        Column(name="pay", role=Role.NUMERIC, nullable=True),
        Column(name="work", role=Role.CATEGORICAL, nullable=True),
        Column(name="town", role=Role.CATEGORICAL),
        Column(name="sex", role=Role.GROUP),
        Column(name="race", role=Role.GROUP),
        Column(name="rich", role=Role.LABEL, nullable=True),
    )
)
DISCRETE = Schema(tuple(each for each in TABLE.columns if each.name in ("work", "sex", "rich")))
TEXT = Schema((Column(name="text", role=Role.TEXT),))
IMAGE = Schema((Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=255), Column(name="label", role=Role.LABEL)))


def table(random: Random, rows: int, *, stretch: float = 1.0) -> pl.DataFrame:
    """Rows of skewed, tied and missing values whose columns depend on each other; groups of unequal size."""
    age = np.round(random.gamma(2.0, 6.0 * stretch, rows))
    pay = 0.5 * age + random.gamma(1.5, 4.0, rows)
    work = np.where(pay + random.normal(0, 3, rows) > 14, "office", np.where(age > 14, "farm", "none"))
    sex = random.choice(["f", "m"], rows, p=[0.25, 0.75])
    rich = pay + np.where(sex == "f", 6, 2) * random.normal(0, 1, rows) > 12 * stretch
    frame = pl.DataFrame(
        {
            "age": age,
            "pay": pay,
            "work": work,
            "town": random.choice(["a", "b", "c"], rows, p=[0.85, 0.12, 0.03]),
            "sex": sex,
            "race": random.choice(["k", "l"], rows, p=[0.3, 0.7]),
            "rich": np.where(rich, "yes", "no"),
        }
    )
    for name, share in (("age", 0.4), ("work", 0.15), ("rich", 0.5)):
        gone = pl.Series(random.random(rows) < share)
        frame = frame.with_columns(pl.when(gone).then(None).otherwise(name).alias(name))
    return frame.cast(TABLE.polars)  # type: ignore[arg-type]


def other_table(random: Random, rows: int) -> pl.DataFrame:
    """The same table with longer tails, and shares of levels that differ."""
    moved = table(random, rows, stretch=1.5)
    merged = pl.when(pl.Series(random.random(rows) < 0.3)).then(pl.lit("b")).otherwise("town").alias("town")
    fewer = pl.when(pl.Series(random.random(rows) < 0.3)).then(pl.lit("f")).otherwise("sex").alias("sex")
    return moved.with_columns(merged, fewer)


SPARSE = Schema(
    (
        Column(name="age", role=Role.NUMERIC, nullable=True),
        Column(name="work", role=Role.CATEGORICAL, nullable=True),
    )
)


def sparse(random: Random, rows: int, *, stretch: float = 1.0) -> pl.DataFrame:
    """Two columns of which most values are missing: skewed and tied numbers, and levels of which one is rare."""
    shares = np.array([0.6, 0.36, 0.04]) if stretch == 1 else np.array([0.3, 0.6, 0.1])
    frame = pl.DataFrame(
        {
            "age": np.round(random.gamma(2.0, 6.0 * stretch, rows)),
            "work": random.choice(["a", "b", "c"], rows, p=shares),
        }
    )
    for name in frame.columns:
        gone = pl.Series(random.random(rows) < (0.65 if stretch == 1 else 0.5))
        frame = frame.with_columns(pl.when(gone).then(None).otherwise(name).alias(name))
    return frame.cast(SPARSE.polars)  # type: ignore[arg-type]


TARGET = Schema(
    (
        Column(name="age", role=Role.NUMERIC, nullable=True),
        Column(name="sex", role=Role.GROUP),
        Column(name="pay", role=Role.NUMERIC, nullable=True, target=True),
    )
)


def target(random: Random, rows: int) -> pl.DataFrame:
    """The table of above with its pay as a skewed target, half of which is missing."""
    frame = table(random, rows)
    gone = pl.Series(random.random(rows) < 0.5)
    return frame.select("age", "sex", pl.when(gone).then(None).otherwise("pay").alias("pay"))


STAYS = Schema((Column(name="come", role=Role.NUMERIC), Column(name="leave", role=Role.NUMERIC)))


def stays(random: Random, rows: int, *, kept: float = 1.0) -> pl.DataFrame:
    """Two times, of which the first is the earlier in a share of the rows."""
    come, stay = random.uniform(0, 100, rows), random.gamma(2.0, 2.0, rows)
    return pl.DataFrame({"come": come, "leave": np.where(random.random(rows) < kept, come + stay, come - stay)})


GROUPS = Schema((Column(name="sex", role=Role.GROUP), Column(name="rich", role=Role.LABEL, nullable=True)))


def groups(random: Random, rows: int, *, rate: float = 0.3, share: float = 0.2) -> pl.DataFrame:
    """A small and a large group; nearly all of the first have one label, and half of all labels are missing."""
    sex = random.choice(["f", "m"], rows, p=[share, 1 - share])
    rich = np.where(random.random(rows) < np.where(sex == "f", 0.9, rate), "yes", "no")
    gone = pl.Series(random.random(rows) < 0.5)
    frame = pl.DataFrame({"sex": sex, "rich": rich})
    frame = frame.with_columns(rich=pl.when(gone).then(None).otherwise("rich"))
    return frame.cast(GROUPS.polars)  # type: ignore[arg-type]


def texts(random: Random, rows: int, *, exponent: float = 1.0, length: float = 15, types: int = 40) -> pl.DataFrame:
    """Rows of unequal length, from one word on; words of one row are alike, since each has a topic."""
    found = []
    mass = np.arange(1, types + 1) ** -exponent
    for topic, words_in_row in zip(random.integers(0, 4, rows), random.geometric(1 / length, rows), strict=True):
        words = random.choice(types, words_in_row, p=np.roll(mass, 9 * topic) / mass.sum())
        found.append(" ".join(f"w{number}" for number in words))
    return pl.DataFrame({"text": found})


def images(random: Random, rows: int, *, shade: float = 60.0) -> pl.DataFrame:
    """Images of skewed contrast; one class in five is the second."""
    label = random.choice(["a", "b"], rows, p=[0.8, 0.2])
    light = random.gamma(2.0, 20.0, (rows, 1)) * (1 + random.normal(0, 0.3, (rows, 64)))
    grey = light + (label == "a")[:, None] * np.linspace(0, shade, 64)
    return pl.DataFrame({"image": np.clip(np.rint(grey), 0, 255).astype(np.uint8), "label": label}, IMAGE.polars)


def discrete(random: Random, rows: int) -> pl.DataFrame:
    """The columns of the table that are no numbers, three of them."""
    return table(random, rows)[DISCRETE.names]


SOURCES: dict[str, tuple[Schema, Draw]] = {
    "table": (TABLE, table), "discrete": (DISCRETE, discrete), "sparse": (SPARSE, sparse), "groups": (GROUPS, groups),
    "text": (TEXT, texts), "image": (IMAGE, images), "target": (TARGET, target), "stays": (STAYS, stays),
}  # fmt: skip


@cache
def probe(kind: str) -> Probe:
    """The probe of 400 rows, with a holdout of 300."""
    schema, draw = SOURCES[kind]
    anchor, holdout = (draw(np.random.default_rng(seed), rows) for seed, rows in ((1, 400), (2, 300)))
    return build_probe(anchor, holdout, schema, seed=3)


def compare(kind: str, synthetic: pl.DataFrame, reference: pl.DataFrame, *, against: Against = "holdout") -> Comparison:
    """A comparison under the probe of a kind of data."""
    return Comparison(
        synthetic=synthetic, reference=reference, schema=SOURCES[kind][0], probe=probe(kind), seed=1, against=against
    )


@cache
def still(kind: str, rows: int, seed: int) -> pl.DataFrame:
    """A side that does not vary."""
    return SOURCES[kind][1](np.random.default_rng(seed), rows)


def tables(random: Random) -> Comparison:
    return compare("table", other_table(random, 90), table(random, 250))


def discrete_tables(random: Random) -> Comparison:
    """Three columns without a number, whose shares differ."""
    return compare("discrete", other_table(random, 90)[DISCRETE.names], table(random, 150)[DISCRETE.names])


def sparse_tables(random: Random) -> Comparison:
    return compare("sparse", sparse(random, 150, stretch=1.8), sparse(random, 2_500))


def against_records(random: Random) -> Comparison:
    """Synthetic rows, one in five of which is a record; the records stay."""
    records = still("table", 200, 1)
    made = table(random, 80, stretch=1.5)
    copied = records[random.integers(0, 200, 80).tolist()]
    chosen = random.random(80) < 0.2
    return compare("table", pl.concat([made.filter(~chosen), copied.filter(chosen)]), records, against="previous")


def real_rows_vary(random: Random) -> Comparison:
    return compare("table", still("table", 120, 2), table(random, 150))


def rows_of_a_test(random: Random) -> Comparison:
    return compare("table", still("table", 120, 3), table(random, 400), against="previous")


def targets_of_a_test(random: Random) -> Comparison:
    return compare("target", still("target", 120, 3), target(random, 400), against="previous")


def some_stays(random: Random) -> Comparison:
    return compare("stays", stays(random, 150, kept=0.8), still("stays", 20, 5))


def both_groups(random: Random) -> Comparison:
    """All synthetic rows have one label, so that no classifier has to be trained."""
    made = groups(random, 100, share=0.5).with_columns(rich=pl.lit("yes"))
    return compare("groups", made, groups(random, 300))


def text_rows(random: Random) -> Comparison:
    made = texts(random, 60, exponent=1.5)
    records = still("text", 200, 4)
    again = records[random.integers(0, 200, 6).tolist()]
    return compare("text", pl.concat([made, again]), records)


def few_texts(random: Random) -> Comparison:
    return compare("text", texts(random, 15, exponent=2.5), still("text", 20, 5))


def both_texts(random: Random) -> Comparison:
    return compare("text", texts(random, 60, exponent=1.5), texts(random, 120))


def short_texts(random: Random) -> Comparison:
    return compare("text", texts(random, 80, exponent=2.5, length=5, types=4), still("text", 20, 5))


def laid_out(random: Random, rows: int, *, breaks: float) -> pl.DataFrame:
    """Texts of which some are cut into lines, with one of three indentations, and one in eight has no word."""
    made: list[str] = []
    for text in texts(random, rows, exponent=1.5)["text"]:
        broken = random.random() < 0.6
        ends = [
            f"\n{' ' * 4 * random.integers(3)}" if broken and random.random() < breaks else " " for _ in text.split()
        ]
        words = "".join(word + end for word, end in zip(text.split(), ends, strict=True))
        made.append("\u200b" if random.random() < 0.125 else words.strip())
    return pl.DataFrame({"text": made})


def both_layouts(random: Random) -> Comparison:
    return compare("text", laid_out(random, 80, breaks=0.15), laid_out(random, 200, breaks=0.3))


def both_images(random: Random) -> Comparison:
    return compare("image", images(random, 50, shade=20), images(random, 150))


IN_COLOUR = Schema((Column(name="image", role=Role.IMAGE, shape=(4, 4), levels=255, channels=3),))


def tinted(random: Random, rows: int, shade: float) -> pl.DataFrame:
    """Pictures in colour, each of one tint, most of them red."""
    tints = random.gamma(2.0, [[40.0, 20.0, 20.0]], (rows, 3))[:, None] + random.normal(shade, 4, (rows, 16, 3))
    pixels = np.clip(np.rint(tints), 0, 255).astype(np.uint8).reshape(rows, -1)
    return pl.DataFrame({"image": pixels}, schema=IN_COLOUR.polars)


@cache
def _colour_probe() -> Probe:
    random = np.random.default_rng(5)
    return build_probe(tinted(random, 80, 20), tinted(random, 40, 20), IN_COLOUR, seed=1)


def both_tints(random: Random) -> Comparison:
    x, y = tinted(random, 60, 60), tinted(random, 150, 20)
    return Comparison(synthetic=x, reference=y, schema=IN_COLOUR, probe=_colour_probe(), seed=1, against="holdout")


def class_rows(random: Random) -> Comparison:
    return compare("image", still("image", 120, 6), images(random, 200, shade=80))


def skewed(random: Random, rows: int, columns: int) -> np.ndarray:
    return random.gamma(1.5, 1.0, (rows, columns))
