"""Ledgers of a root, read to find where rows are: in which versions, and which rows name or repeat which."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property

import polars as pl

from outcross.assets.corpus.declared_anew import as_declared
from outcross.assets.corpus.files import LEFT_OUT
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.parquet_file import read_rows
from outcross.resources.corpus_store import FOLDER, CorpusStore
from outcross.resources.store import Store

PLACED: Mapping[str, pl.DataType] = {**LEFT_OUT, "path": pl.String()}
"""Columns of rows as they are followed: their batch, position and content, and the file that they lie in."""
_READ: Mapping[str, pl.DataType] = {
    "position": pl.Int64(),
    "content": pl.String(),
    "generator": pl.String(),
    "parent": pl.String(),
}
_NAMED = re.compile(r"(?:urn:outcross:)?(?:corpora/)?(?P<name>[^:@/\s]+)(?:[:@](?P<version>\d+))?(?:/.*)?")


class Ledger:
    """The versions of one corpus of a root, whatever its settings are."""

    def __init__(self, store: Store, corpus: str) -> None:
        self.corpus, self.files = corpus, CorpusStore(store, corpus)

    @cached_property
    def versions(self) -> list[Version]:
        """All versions, in their order."""
        return [read_version(self.files, number) for number in numbers(self.files)]

    @cached_property
    def _left_out(self) -> pl.DataFrame:
        """Batch and position of rows left out, with the version that did."""
        frames = [pl.DataFrame(schema={"batch_id": pl.String, "position": pl.Int64, "until": pl.Int64})]
        seen = set[str]()
        for version in self.versions:
            for part in version.left_out:
                if part.path not in seen:
                    seen.add(part.path)
                    until = pl.lit(version.number, pl.Int64).alias("until")
                    frames += [
                        rows.select("batch_id", "position", until)
                        for rows in read_rows(self.files, part.path, LEFT_OUT)
                    ]
        return pl.concat(frames).unique(["batch_id", "position"], keep="first")

    @cached_property
    def came(self) -> dict[str, Version]:
        """Path of a part → the version that brought it."""
        found: dict[str, Version] = {}
        for version in self.versions:
            for part in version.parts:
                found.setdefault(part.path, version)
        return found

    def count_by_version(self, rows: pl.DataFrame) -> dict[int, int]:
        """Count rows in each version that has some of them.

        Args:
            rows: of :data:`PLACED`; those of no part, as rows in quarantine, are in no version.
        """
        since = {path: version.number for path, version in self.came.items()}
        known = rows.filter(pl.col("path").is_in(list(since))).with_columns(
            since=pl.col("path").replace_strict(since, return_dtype=pl.Int64, default=None)
        )
        spans = known.join(self._left_out, on=["batch_id", "position"], how="left").select("since", "until")
        found = {}
        for version in self.versions:
            here = (pl.col("since") <= version.number) & (
                pl.col("until").is_null() | (pl.col("until") > version.number)
            )
            if count := spans.filter(here).height:
                found[version.number] = count
        return found

    def first_came(self, rows: pl.DataFrame) -> str:
        """Return when the first of some rows came into the corpus, ISO 8601; empty where none did."""
        return min((self.came[path].at for path in rows["path"].unique() if path in self.came), key=_time, default="")

    def find_rows(self, contents: pl.DataFrame, names: "Names", *, since: str) -> Iterator[tuple[pl.DataFrame, str]]:
        """Yield rows that repeat others, and rows that name what they were made from, each with how.

        Args:
            contents: ``content`` of rows of another corpus; equal rows of this one that came later were taken from it.
            names: what a generator was fitted to.
            since: when the first of these rows came, ISO 8601.
        """
        last = self.versions[-1]
        for part in last.parts:
            columns = _READ if part is not last.parts[0] else {name: _READ[name] for name in ("position", "content")}
            at = self.came[part.path].at
            for chunk in read_rows(self.files, part.path, columns):
                rows = chunk.with_columns(batch_id=pl.lit(part.batch), path=pl.lit(part.path))
                equal = rows.join(contents, on="content", how="semi", maintain_order="left")
                if equal.height and _time(at) >= _time(since):
                    yield equal.select(list(PLACED)), "rows of the same content"
                if "parent" in columns:
                    stated = rows.with_columns(as_declared(last.declarations, _READ, pl.col("batch_id")))
                    meant = [each for each in stated["parent"].unique().drop_nulls() if names.meant_by(each, at=at)]
                    named = stated.filter(pl.col("parent").is_in(meant))
                    if named.height:
                        yield named.select(list(PLACED)), f"generated by what was fitted to {', '.join(sorted(meant))}"

    @property
    def bound_of(self) -> str | None:
        """The study whose verdict bounds this corpus, if one does."""
        found = re.match(r"lower 95 % limit of study (?P<study>[^,]+),", self.versions[-1].bound_from)
        return None if found is None else found["study"]


class Names:
    """How provenance may name a corpus that has some rows, one of its batches, or a study."""

    def __init__(self) -> None:
        self._corpora: dict[str, tuple[set[int], str]] = {}
        self._others: set[str] = set()

    def add_corpus(self, name: str, versions: Collection[int], since: str) -> None:
        """Add a corpus: the versions that have the rows, and when the first of them came."""
        self._corpora[name] = {*versions}, since

    def add(self, name: str) -> None:
        """Add a study, or a batch."""
        self._others.add(name)

    def meant_by(self, stated: str, *, at: str | None = None) -> bool:
        """Whether a parent names one of them; of a corpus without a version, whatever came after its rows is meant."""
        found = _NAMED.fullmatch(stated)
        if found is None:
            return False
        if found["name"] in self._others:
            return True
        versions, since = self._corpora.get(found["name"], (set(), ""))
        if found["version"] is not None:
            return int(found["version"]) in versions
        return bool(versions) and (at is None or _time(at) >= _time(since))


def _time(at: str) -> datetime:
    return datetime.fromisoformat(at) if at else datetime.min.replace(tzinfo=UTC)


def list_ledgers(store: Store) -> dict[str, Ledger]:
    """List the corpora of a root that have a version, by name."""
    found = {}
    for path in store.glob(f"{FOLDER}/*/versions/00000001.json"):
        name = path.split("/")[-3]
        found[name] = Ledger(store, name)
    return found
