"""What synthetic rows look like to a corpus: those of the studies it names, and those it was told are synthetic."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.artefacts import SYNTHETIC
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.undeclared.estimate import FEWEST_SAMPLE
from outcross.assets.study.lineage import SHARED
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.store import Address

MOST_ROWS = 20_000
"""Of each generator; of more, as many are drawn."""
MOST_GENERATORS = 5
"""Told apart among the rows of a corpus; beyond it, those with the fewest rows are taken together."""
OTHERS = "other generators"
UNNAMED = "a generator without a name"
_PLACE, _NAME, _LIMIT = "place in the part", "name of the generator", "hash below which rows are drawn"


@dataclass(frozen=True, kw_only=True)
class KnownRows:
    """Rows that are known to be synthetic.

    Attributes:
        generators: canonical rows by what made them.
        unused: for each generator that cannot be compared with, why not.
    """

    generators: dict[str, pl.DataFrame]
    unused: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Rows of each generator."""
        return {name: rows.height for name, rows in self.generators.items()}


def known_rows(anchored: Anchored, declared: pl.LazyFrame) -> KnownRows:
    """Gather rows of every generator that is known, at most ``MOST_ROWS`` of each.

    Of a study those of generation 0 are taken: what its generator makes once it is fitted to real rows.

    Args:
        anchored: the corpus.
        declared: ``content``, ``generator`` and the canonical columns of rows that are declared synthetic.
    """
    found: dict[str, pl.DataFrame] = {}
    unused = []
    for study in _studies(anchored):
        rows = _of_study(study, anchored)
        if isinstance(rows, str):
            unused.append(rows)
        else:
            found[f"study {study}"] = rows
    found |= _of_corpus(declared, anchored.schema)
    for name, rows in found.items():
        if rows.height < FEWEST_SAMPLE:
            unused.append(f"of '{name}' {rows.height} rows are known, and {FEWEST_SAMPLE} are needed")
    enough = {name: rows for name, rows in found.items() if rows.height >= FEWEST_SAMPLE}
    return KnownRows(generators=enough, unused=tuple(unused))


def _studies(anchored: Anchored) -> Iterator[str]:
    """Those that the corpus names, each once."""
    named = [*anchored.corpus.known, anchored.corpus.bound.study]
    yield from dict.fromkeys(study for study in named if study is not None)


def _of_study(study: str, anchored: Anchored) -> pl.DataFrame | str:
    """Draw rows, or say why there are none."""
    store, schema = anchored.store, anchored.schema
    address = Address(study=study, thing=SYNTHETIC, generation=0, lineage=SHARED)
    if not store.exists(address):
        return f"study '{study}' has made no synthetic rows yet; run: outcross study {study}"
    rows = pl.scan_parquet(f"{store.url}/{address.folder}/part.parquet")
    there = rows.collect_schema()
    for name, dtype in schema.polars.items():
        if there.get(name) != dtype:
            return (
                f"rows of study '{study}' have no column '{name}' of the corpus's type; name a study of the same rows"
            )
    count = int(rows.select(pl.len()).collect().item())
    if count > MOST_ROWS:
        random = generator(derive_seed("known rows", study, anchored.corpus.seed))
        places = pl.LazyFrame({_PLACE: random.choice(count, MOST_ROWS, replace=False).astype(np.int64)})
        numbered = rows.with_row_index(_PLACE).with_columns(pl.col(_PLACE).cast(pl.Int64))
        rows = numbered.join(places, on=_PLACE, how="semi")
    return rows.select(schema.names).collect(engine="streaming")


def _of_corpus(declared: pl.LazyFrame, schema: Schema) -> dict[str, pl.DataFrame]:
    """Draw rows of each generator: those whose content has the least hashes.

    The same is done to a target, so that of a row and its copy both are drawn, or neither.
    """
    rows = declared.with_columns(pl.col("generator").fill_null(UNNAMED))
    counted = rows.group_by("generator").len("rows").collect(engine="streaming")
    counts = dict(counted.sort("rows", "generator", descending=[True, False]).iter_rows())
    few = list(counts)[MOST_GENERATORS - 1 :] if len(counts) > MOST_GENERATORS else []
    names = {generator: OTHERS if generator in few else generator for generator in counts}
    sizes = {name: sum(counts[each] for each in counts if names[each] == name) for name in names.values()}
    limits = pl.LazyFrame(
        {
            "generator": list(names),
            _NAME: list(names.values()),
            _LIMIT: [hash_limit(sizes[name]) for name in names.values()],
        },
        schema={"generator": pl.String, _NAME: pl.String, _LIMIT: pl.String},
    )
    drawn = (
        rows.join(limits, on="generator", how="inner")
        .filter(pl.col("content") < pl.col(_LIMIT))
        .select(_NAME, "content", *schema.names)
        .collect(engine="streaming")
    )
    least = drawn.sort("content")
    return {name: least.filter(pl.col(_NAME) == name).head(MOST_ROWS).select(schema.names) for name in sizes}


def hash_limit(rows: int, most: int = MOST_ROWS) -> str:
    """The hash below which so many of the rows lie, and some more; above every hash where there are no more rows."""
    part = (most + 6 * most**0.5) / max(rows, 1)
    return f"{int(part * 2**128):032x}" if part < 1 else "g"
