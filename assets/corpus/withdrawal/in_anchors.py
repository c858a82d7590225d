"""Rows of batches that a renewed anchor, or its holdout, holds copies of: they are found, and erased there as well.

Every renewed anchor loses them under the name that it has, and its profile is fitted again. The anchor in force is
followed by one without them, so that what is derived from it is made again as well.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.expectations.derived import derive_suite
from outcross.assets.corpus.files import (
    ANCHOR,
    IS_CURRENT,
    OF_ANCHORS,
    RENEWED_HOLDOUT,
    RENEWED_PROFILE,
    RENEWED_ROWS,
    WITHDRAWN,
)
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.ledger.anchor_ref import AnchorRef
from outcross.assets.corpus.ledger.custody import ErasedFile
from outcross.assets.corpus.ledger.erasing import GONE
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.quarantine.rows import read_intakes
from outcross.assets.corpus.renewal.stored import store_anchor
from outcross.assets.corpus.undeclared.estimate import FEWEST_SAMPLE

IN_ROWS, WAS_IN_ROWS, ASIDE = OF_ANCHORS
_KEY = ("batch_id", "position")
_SAME = ("batch_id", "content")
_PLACE = "place among equal rows"


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left of an anchor.

    Attributes:
        rows, reserved: the rows that are left, as :class:`~..renewal.parts.AnchorParts` has them.
        profile: fitted to them.
    """

    rows: pl.DataFrame
    reserved: pl.DataFrame
    profile: Profile


def find_in_anchors(corpus: OpenCorpus, last: Version, lines: pl.DataFrame) -> pl.DataFrame:
    """Find the copies of rows in every renewed anchor of a ledger: lines of :data:`~.files.WITHDRAWN`.

    Args:
        corpus: the open corpus.
        last: its last version.
        lines: of the same columns, of the rows in parts and in quarantine.
    """
    wanted = lines.filter(pl.col("path").is_in([part.path for part in last.parts])).unique(_KEY, maintain_order=True)
    found = [pl.DataFrame(schema=WITHDRAWN)]
    for anchor in list_anchors(corpus, last):
        rows = _read(corpus, f"{anchor.folder}/{RENEWED_ROWS}", (*_KEY, IS_CURRENT))
        state = pl.when(IS_CURRENT).then(pl.lit(IN_ROWS)).otherwise(pl.lit(WAS_IN_ROWS))
        copies = wanted.join(rows, on=_KEY, how="inner", maintain_order="left")
        found.append(_lines(copies, f"{anchor.folder}/{RENEWED_ROWS}", state))
        aside = _placed(_read(corpus, f"{anchor.folder}/{RENEWED_HOLDOUT}", _SAME))
        copies = _placed(wanted).join(aside, on=[*_SAME, _PLACE], how="semi", maintain_order="left")
        found.append(_lines(copies, f"{anchor.folder}/{RENEWED_HOLDOUT}", pl.lit(ASIDE)))
    return pl.concat(found)


def list_anchors(corpus: OpenCorpus, last: Version) -> Iterator[AnchorRef]:
    """Yield the renewed anchors that versions of a ledger name, in their order."""
    made = {int(path.split("/")[1][:8]) for path in corpus.files.list(ANCHOR) if path.count("/") > 1}
    for number in sorted(made):
        anchor = None if number > last.number else read_version(corpus.files, number).anchor
        if anchor is not None and anchor.version == number:
            yield anchor


def erase_in_anchors(
    corpus: OpenCorpus,
    last: Version,
    number: int,
    lines: pl.DataFrame,
    place: Callable[[str], str],
    *,
    following: AnchorRef | None,
) -> Iterator[ErasedFile]:
    """Store what is left of each renewed anchor, below ``erasing``, and yield what a version has to record.

    Args:
        corpus: the open corpus.
        last: its last version.
        number: of the version that will record it.
        lines: those of :func:`find_in_anchors`.
        place: path of a file → where what is left of it lies until the erasure is finished.
        following: the anchor that the version will name.
    """
    for anchor in list_anchors(corpus, last):
        of_anchor = lines.filter(pl.col("path").str.starts_with(f"{anchor.folder}/"))
        if not of_anchor.height:
            continue
        left = _without(corpus.as_of(read_version(corpus.files, anchor.version)), of_anchor)
        lost = _by_file(of_anchor)
        for name, keys in ((RENEWED_ROWS, _KEY), (RENEWED_HOLDOUT, (*_SAME, _PLACE))):
            path = f"{anchor.folder}/{name}"
            if lost.get(path):
                gone = _placed(of_anchor.filter(pl.col("path") == path)).select(keys)
                _store_left(corpus, path, gone, place(path))
                yield _erased(corpus, number, path, place(path), rows=lost[path])
        path = f"{anchor.folder}/{RENEWED_PROFILE}"
        corpus.files.put(place(path), left.profile.to_json().encode())
        yield _erased(corpus, number, path, place(path), rows=0)
    known = {anchor.folder for anchor in (*list_anchors(corpus, last), following) if anchor is not None}
    for path in corpus.files.list(ANCHOR):
        if path.count("/") > 1 and path.rpartition("/")[0] not in known:  # of a renewal that was killed
            corpus.files.put(place(path), GONE)
            yield ErasedFile(version=number, path=path, was=corpus.files.digest(path), now=None, rows=0)


def find_quoting(corpus: OpenCorpus, last: Version, lines: pl.DataFrame) -> set[str]:
    """Find the batches that were compared with an anchor of which an erased row had an extreme, or a level alone.

    What is stored of their results may quote it.

    Args:
        corpus: the open corpus.
        last: its last version.
        lines: those of :func:`find_in_anchors`.
    """
    told = set()
    for anchor in list_anchors(corpus, last):
        gone = lines.filter(pl.col("path").str.starts_with(f"{anchor.folder}/"), pl.col("state") == IN_ROWS)
        if not gone.height:
            continue
        opened = corpus.as_of(read_version(corpus.files, anchor.version))
        left = opened.rows.join(gone, on=_KEY, how="anti", maintain_order="left")
        before, after = (derive_suite(opened, rows)["expectations"] for rows in (opened.rows, left))
        if before != after:
            told.add(anchor.folder)
    return {
        each.batch
        for each in read_intakes(corpus)
        if each.batch is not None and each.anchor is not None and each.anchor.folder in told
    }


def follow_anchor(
    corpus: OpenCorpus, last: Version, number: int, lines: pl.DataFrame
) -> tuple[AnchorRef | None, list[str]]:
    """Store an anchor that follows the one in force, without copies of rows; return it, and the paths of its files.

    Rows that have left the corpus since the one in force was made leave the anchor, too. Where too few rows would be
    left to compare with, batches are compared with every row that was of the anchor.

    Args:
        corpus: the open corpus.
        last: its last version.
        number: of the version that will name it.
        lines: those of :func:`find_in_anchors`.
    """
    old = last.anchor
    if old is None or not lines.filter(pl.col("path").str.starts_with(f"{old.folder}/")).height:
        return old, []
    here = scan_rows(corpus, last, [*_KEY]).collect(engine="streaming")
    left = _without(corpus.as_of(last), lines.filter(pl.col("path").str.starts_with(f"{old.folder}/")), here=here)
    return store_anchor(
        corpus,
        number,
        rows=left.rows,
        reserved=left.reserved,
        profile=left.profile,
        taken=old.taken,
        alone=old.alone and not left.rows[IS_CURRENT].all(),
        expected=old.expected,
    )


def _without(corpus: OpenCorpus, lines: pl.DataFrame, *, here: pl.DataFrame | None = None) -> Left:
    """Return what is left of the anchor of an open corpus without the rows that lines name.

    Args:
        corpus: the open corpus, with the anchor.
        lines: those of :func:`find_in_anchors`.
        here: batch and position of the rows that the anchor may have; None for any.
    """
    aside = _placed(lines.filter(pl.col("state") == ASIDE))
    rows = corpus.every_anchor.join(lines.filter(pl.col("state") != ASIDE), on=_KEY, how="anti", maintain_order="left")
    rows = rows if here is None else rows.join(here, on=_KEY, how="semi", maintain_order="left")
    reserved = _placed(corpus.reserved).join(aside, on=[*_SAME, _PLACE], how="anti", maintain_order="left")
    reserved = reserved.drop(_PLACE)
    if min(rows[IS_CURRENT].sum(), reserved[IS_CURRENT].sum()) < FEWEST_SAMPLE:
        rows, reserved = (each.with_columns(pl.lit(value=True).alias(IS_CURRENT)) for each in (rows, reserved))
    current, aside = rows.filter(IS_CURRENT), reserved.filter(IS_CURRENT)
    profile = fit_profile(current, aside, corpus.schema, seed=corpus.settings.seed)
    return Left(rows=rows, reserved=reserved, profile=profile)


def _store_left(corpus: OpenCorpus, path: str, gone: pl.DataFrame, pending: str) -> None:
    """Write a file of an anchor again without some rows; what is left keeps its types and its order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with corpus.files.open(path) as source, pq.ParquetFile(source) as parquet:
        table = parquet.read(use_threads=False)
    keys = [name for name in gone.columns if name != _PLACE]
    there = pl.DataFrame(pl.from_arrow(table.select(list(dict.fromkeys([*keys, *_SAME])))))
    numbered = _placed(there).with_row_index("row")
    left = numbered.join(gone, on=gone.columns, how="anti", maintain_order="left")["row"]
    with (
        corpus.files.create(pending) as target,
        pq.ParquetWriter(target, table.schema, compression="zstd") as written,
    ):
        written.write_table(table.take(pa.array(left.to_list(), pa.int64())))


def _erased(corpus: OpenCorpus, number: int, path: str, pending: str, *, rows: int) -> ErasedFile:
    files = corpus.files
    return ErasedFile(version=number, path=path, was=files.digest(path), now=files.digest(pending), rows=rows)


def _read(corpus: OpenCorpus, path: str, names: tuple[str, ...]) -> pl.DataFrame:
    types = {name: pl.Boolean() if name == IS_CURRENT else WITHDRAWN[name] for name in names}
    return pl.concat([pl.DataFrame(schema=types), *read_rows(corpus.files, path, types)])


def _placed(rows: pl.DataFrame) -> pl.DataFrame:
    """Number the rows of a batch that have the same content: a holdout knows no positions."""
    return rows.with_columns(pl.int_range(pl.len()).over(_SAME).alias(_PLACE))


def _lines(copies: pl.DataFrame, path: str, state: pl.Expr) -> pl.DataFrame:
    marked = copies.with_columns(path=pl.lit(path), state=state)
    return marked.select(pl.col(name).cast(dtype) for name, dtype in WITHDRAWN.items())


def _by_file(lines: pl.DataFrame) -> Mapping[str, int]:
    return dict(lines.group_by("path").len().iter_rows())
