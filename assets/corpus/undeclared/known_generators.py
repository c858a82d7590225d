"""Known synthetic rows of a corpus, by generator: from the studies that it names, and from rows declared synthetic."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.artefacts import SYNTHETIC
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.undeclared.estimate import FEWEST_SAMPLE
from outcross.assets.study.lineage import SHARED
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.store import Address
from outcross.resources.typed_rows import to_canonical, typed_dtype

MOST_ROWS = 20_000
"""Largest number of rows of a generator; of more rows, a sample is drawn."""
MOST_GENERATORS = 5
"""Largest number of generators among the declared rows; beyond it, those with the fewest rows are merged."""
OTHERS = "other generators"
UNNAMED = "a generator without a name"
AND = " and "
"""Joins the names of generators that cannot be told apart."""
_PLACE, _NAME, _LIMIT = "place in the part", "name of the generator", "hash below which rows are drawn"


@dataclass(frozen=True, kw_only=True)
class KnownGenerators:
    """The known generators of a corpus.

    Attributes:
        rows: generator → canonical rows that it made.
        unused: for each generator that cannot be compared with, why not.
    """

    rows: dict[str, pl.DataFrame]
    unused: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Number of rows of each generator."""
        return {name: rows.height for name, rows in self.rows.items()}

    def joined(self, groups: Sequence[Sequence[str]]) -> "KnownGenerators":
        """Take the generators of each group, which cannot be told apart, for one."""
        rows = dict(self.rows)
        for group in groups:
            if len(there := [name for name in group if name in rows]) > 1:
                rows[AND.join(there)] = pl.concat([rows.pop(name) for name in there])
        return KnownGenerators(rows=rows, unused=self.unused)


def find_known_generators(corpus: OpenCorpus, declared: pl.LazyFrame) -> KnownGenerators:
    """Collect rows of every known generator, at most ``MOST_ROWS`` of each.

    From a study these are the rows of generation 0, whose generator was fitted to real rows.

    Args:
        corpus: the open corpus.
        declared: ``content``, ``generator`` and the canonical columns of rows that are declared synthetic.
    """
    found: dict[str, pl.DataFrame] = {}
    unused = []
    for study in _studies(corpus):
        rows = _of_study(study, corpus)
        if isinstance(rows, str):
            unused.append(rows)
        else:
            found[f"study {study}"] = rows
    found |= _of_corpus(declared, corpus.schema)
    for name, rows in found.items():
        if rows.height < FEWEST_SAMPLE:
            unused.append(f"{rows.height} rows of '{name}' are known, and {FEWEST_SAMPLE} are needed")
    enough = {name: rows for name, rows in found.items() if rows.height >= FEWEST_SAMPLE}
    return KnownGenerators(rows=enough, unused=tuple(unused))


def _studies(corpus: OpenCorpus) -> Iterator[str]:
    """List the studies that the corpus names, each once."""
    named = [*corpus.settings.known, corpus.settings.bound.study]
    yield from dict.fromkeys(study for study in named if study is not None)


def count_known_rows(corpus: OpenCorpus, last: Version) -> dict[str, int]:
    """Count the rows of every known generator with enough of them, as a version states them: no row is read."""
    found = {}
    for study in _studies(corpus):
        if not isinstance(rows := _scan_study(study, corpus), str):
            found[f"study {study}"] = int(rows.select(pl.len()).collect().item())
    declared: dict[str, int] = {}
    for count in last.counts:
        if count.origin == "synthetic":
            name = count.generator or UNNAMED
            declared[name] = declared.get(name, 0) + count.rows
    for generator_, name in _name(declared).items():
        found[name] = found.get(name, 0) + declared[generator_]
    return {name: rows for name, rows in found.items() if rows >= FEWEST_SAMPLE}


def _of_study(study: str, corpus: OpenCorpus) -> pl.DataFrame | str:
    """Draw synthetic rows of a study, or explain why there are none."""
    rows, schema = _scan_study(study, corpus), corpus.schema
    if isinstance(rows, str):
        return rows
    count = int(rows.select(pl.len()).collect().item())
    if count > MOST_ROWS:
        random = generator(derive_seed("known rows", study, corpus.settings.seed))
        places = pl.LazyFrame({_PLACE: random.choice(count, MOST_ROWS, replace=False).astype(np.int64)})
        numbered = rows.with_row_index(_PLACE).with_columns(pl.col(_PLACE).cast(pl.Int64))
        rows = numbered.join(places, on=_PLACE, how="semi")
    return to_canonical(rows.select(schema.names).collect(engine="streaming"), schema)


def _scan_study(study: str, corpus: OpenCorpus) -> pl.LazyFrame | str:
    """Scan synthetic rows of a study, or explain why there are none."""
    store, schema = corpus.store, corpus.schema
    address = Address(study=study, thing=SYNTHETIC, generation=0, lineage=SHARED)
    if not store.exists(address):
        return f"study '{study}' has made no synthetic rows yet; run: outcross study {study}"
    rows = pl.scan_parquet(f"{store.url}/{address.folder}/part.parquet", glob=False)
    there = rows.collect_schema()
    for column in schema.columns:
        # Stored with the types of the source, or canonical, as the version before wrote them.
        if there.get(column.name) not in (typed_dtype(column), column.dtype):
            return (
                f"rows of study '{study}' have no column '{column.source_name}' of the corpus's type; name a study of "
                "the same rows"
            )
    return rows


def _of_corpus(declared: pl.LazyFrame, schema: Schema) -> dict[str, pl.DataFrame]:
    """Draw rows of each generator: a bottom-k sample, of the rows with the smallest content hashes.

    Targets are sampled the same way, so a row and its copy are either both drawn or both left out.
    """
    rows = declared.with_columns(pl.col("generator").fill_null(UNNAMED))
    counted = rows.group_by("generator").len("rows").collect(engine="streaming")
    counts = dict(counted.sort("rows", "generator", descending=[True, False]).iter_rows())
    names = _name(counts)
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


def _name(counts: Mapping[str, int]) -> dict[str, str]:
    """Name the generators of declared rows: each by itself, but for those with the fewest rows beyond the most."""
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    few = ordered[MOST_GENERATORS - 1 :] if len(ordered) > MOST_GENERATORS else []
    return {name: OTHERS if name in few else name for name in ordered}


def hash_limit(rows: int, most: int = MOST_ROWS) -> str:
    """Compute the hash below which slightly more than ``most`` of the rows are expected.

    It is above every hash where there are fewer rows.
    """
    part = (most + 6 * most**0.5) / max(rows, 1)
    return f"{int(part * 2**128):032x}" if part < 1 else "g"
