"""Derive the rows of every batch again from its original, by the intake's reading, and compare them with those stored.

Compared are the values of admitted and released rows, their provenance where the version says what was claimed, and the
quarantined rows as they were kept. Memory is that of a chunk of rows.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.audit.audit_batches import find_original, local_file
from outcross.assets.corpus.audit.findings import Finding
from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.intake.claims_of_batch import read_claims
from outcross.assets.corpus.intake.judged_again import is_judged_again
from outcross.assets.corpus.intake.quarantine_file import quarantine_frame
from outcross.assets.corpus.intake.read_accepted import read_accepted
from outcross.assets.corpus.intake.reading import Chunk
from outcross.assets.corpus.intake.stated import with_provenance
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus, with_content_hash
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.provenance import COLUMNS, Provenance, RowClaims
from outcross.assets.corpus.row_lists import list_rows
from outcross.resources.errors import BadInput, Damaged
from outcross.resources.sources.locate import SourceFile
from outcross.resources.store import MissingArtefact
from outcross.resources.typed_rows import to_canonical, typed_dtype

_NAMED = 10
"""Rows of a part that a sentence counts from."""
_AGAIN, _EARLIER = "content again", "content of earlier versions"
"""Hashes of stored rows: as they are computed now, and as they were while the sign of a zero counted."""


@dataclass(frozen=True, kw_only=True)
class Rederived:
    """What was derived again: the number of stored rows that were compared, and a sentence for each problem."""

    rows: int
    problems: tuple[str, ...]


def rederive(
    corpus: OpenCorpus, versions: Sequence[Version], *, report: Callable[[str], None] = lambda _: None
) -> Rederived:
    """Derive the rows of every ingested batch again.

    Args:
        corpus: the open corpus; it is only read.
        versions: of its ledger, in their order.
        report: called with the name of what is being read.
    """
    rows, problems = 0, list[str]()
    intakes = [version for version in versions if version.action == "ingest" and version.batch is not None]
    for place, version in enumerate(intakes, start=1):
        report(f"the original of batch {place:,} of {len(intakes):,}")
        try:
            batch = _Batch(corpus, version, versions)
            batch.compare()
        except (BadInput, Damaged, MissingArtefact, OSError, pl.exceptions.PolarsError) as error:
            problems.append(Finding.UNREADABLE_BATCH.say(batch=version.batch, fault=str(error).split("\n")[0]))
            continue
        rows += batch.rows
        problems += batch.problems
    return Rederived(rows=rows, problems=tuple(problems))


class _Batch:
    """One batch: its original, its parts, and what was found in them."""

    def __init__(self, corpus: OpenCorpus, version: Version, versions: Sequence[Version]) -> None:
        assert version.batch is not None
        last = versions[-1]
        self._again = {
            each.parts[-1].path: each for each in versions if each.batch == version.batch and is_judged_again(each)
        }
        self._corpus, self._version, self._batch = corpus, version, version.batch
        self._parts = [part for part in last.parts if part.batch == version.batch]
        self._claims = read_claims(corpus, version)
        self._wrong: dict[str, list[int]] = {}
        self.rows = 0

    @property
    def problems(self) -> list[str]:
        """A sentence for each part with rows that the original does not give."""
        held = None if self._version.held is None else self._version.held.path
        return [
            (Finding.QUARANTINED_OTHERWISE if path == held else Finding.NOT_REDERIVED).say(
                part=path, rows=list_rows(rows[:_NAMED], len(rows))
            )
            for path, rows in self._wrong.items()
            if rows
        ]

    def compare(self) -> None:
        """Read the original, and compare every part with it, chunk by chunk."""
        path, faults = find_original(self._corpus, self._batch, name=self._version.reason)
        if path is None or faults:
            return  # the audit of the batch says so
        settings, held = self._corpus.settings, self._version.held
        limits = settings.limits.model_copy(update={"rows": 2**40, "unpacked_bytes": 2**60})
        read = {part.path: 0 for part in (*self._parts, *(() if held is None else (held,)))}
        with local_file(self._corpus, path) as local:
            file = SourceFile(path.rsplit("/", 1)[-1], Path(local))
            for version, parts in self._readings():
                claims = read_claims(self._corpus, version)
                for chunk in read_accepted(file, self._corpus, limits, version.accepted):
                    places = pl.concat([chunk.rows["position"], chunk.misfits["position"].cast(pl.Int64)])
                    derived = with_provenance(chunk, self._corpus, claims or RowClaims(Provenance.model_construct()))
                    for part in parts:
                        read[part.path] += self._compare_rows(part, derived, places)
                    if held is not None and version is self._version:
                        read[held.path] += self._compare_quarantine(held, derived, chunk, places)
        self.rows = sum(read.values())

    def _readings(self) -> Iterator[tuple[Version, list[PartRef]]]:
        """Yield each version that read the original, with its parts: the intake, and those that judged it again."""
        yield self._version, [part for part in self._parts if part.path not in self._again]
        for part in self._parts:
            if part.path in self._again:
                yield self._again[part.path], [part]

    def _compare_rows(self, part: PartRef, derived: pl.DataFrame, places: pl.Series) -> int:
        """Compare the rows of a part that lie at some places of the original."""
        corpus = self._corpus
        columns = {"position": pl.Int64(), "content": pl.String()}
        columns |= {each.name: typed_dtype(each) for each in corpus.stored.columns} | COLUMNS
        compared = 0
        for chunk in read_rows(corpus.files, part.path, columns):
            stored = to_canonical(chunk.filter(pl.col("position").is_in(places.implode())), corpus.stored)
            if not stored.height:
                continue
            compared += stored.height
            again, hashes = with_content_hash(stored, corpus.schema).select("position", **{_AGAIN: "content"}), [_AGAIN]
            if not again[_AGAIN].equals(stored["content"]):
                earlier = content_hashes(stored, corpus.schema, signed_zeros=True)
                again, hashes = again.with_columns(earlier.alias(_EARLIER)), [_AGAIN, _EARLIER]
            both = stored.join(again, on="position").join(derived, on="position", how="left", suffix=" derived")
            beside = [each.name for each in corpus.stored.columns if each.name not in corpus.schema.names]
            equal = [*beside, *(COLUMNS if self._claims is not None else ())]
            same = [pl.col(name).eq_missing(pl.col(f"{name} derived")) for name in equal]
            same += [pl.col(_AGAIN).eq_missing(pl.col("content derived"))]
            hashed = pl.any_horizontal(pl.col("content").eq_missing(pl.col(name)) for name in hashes)
            wrong = both.filter(~pl.all_horizontal(*same, hashed))
            self._wrong.setdefault(part.path, []).extend(wrong["position"].to_list())
        return compared

    def _compare_quarantine(self, part: PartRef, derived: pl.DataFrame, chunk: Chunk, places: pl.Series) -> int:
        """Compare the quarantined rows that lie at some places of the original."""
        reasons = pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, derived.height)
        kept = quarantine_frame(derived, reasons, self._corpus.stored).select("position", "raw")
        misfits = chunk.misfits.select(pl.col("position").cast(pl.Int64), "raw")
        raw = dict(pl.concat([kept, misfits]).iter_rows())
        known, compared = set(places.to_list()), 0
        for stored in read_rows(
            self._corpus.files, part.path, {name: QUARANTINE[name] for name in ("position", "raw")}
        ):
            for position, text in stored.iter_rows():
                if position in known:
                    compared += 1
                    if not self._is_equal(text, raw.get(position)):
                        self._wrong.setdefault(part.path, []).append(position)
        return compared

    def _is_equal(self, stored: str | None, derived: str | None) -> bool:
        if stored == derived or stored is None or derived is None or self._claims is not None:
            return stored == derived
        return _without_claims(stored) == _without_claims(derived)


def _without_claims(raw: str) -> object:
    """Parse a quarantined row, without its provenance, which a version of the earlier layout does not say."""
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return raw
    return {name: value for name, value in found.items() if name not in COLUMNS} if isinstance(found, dict) else found
