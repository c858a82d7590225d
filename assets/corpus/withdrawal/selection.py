"""The rows of a corpus that a withdrawal is about: of a batch, a generator, a licence, a consent, or of a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from outcross.assets.corpus.contents import scan_left_out
from outcross.assets.corpus.declared_anew import as_declared
from outcross.assets.corpus.files import ANCHOR, QUARANTINE, WITHDRAWN
from outcross.assets.corpus.intake.claims_of_batch import read_claims
from outcross.assets.corpus.intake.reading import read_batch
from outcross.assets.corpus.ledger.counts import KIND
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus, with_content_hash
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.provenance import COLUMNS, Provenance, RowClaims
from outcross.assets.corpus.quarantine.read_back import fit_back
from outcross.assets.corpus.quarantine.rows import find_intake, read_decisions, read_intakes
from outcross.assets.corpus.withdrawal.of_first_anchor import OfFirstAnchor, find_of_first
from outcross.assets.corpus.withdrawn_rows import digest_of_raw, read_withdrawn
from outcross.resources.errors import BadInput
from outcross.resources.sources.locate import SourceFile

_STATED = (*KIND, "consent")
"""Columns of provenance that rows are counted or selected by."""


@dataclass(frozen=True, kw_only=True)
class Selector:
    """Which rows: exactly one of these is set.

    Attributes:
        batch: id of a batch.
        generator: that rows name.
        licence: that rows have.
        consent: that rows have, or the terms of their source.
        rows: a file of rows; every row of the corpus with the content of one of them is meant.
    """

    batch: str | None = None
    generator: str | None = None
    licence: str | None = None
    consent: str | None = None
    rows: Path | None = None

    def __post_init__(self) -> None:
        stated = [name for name in _WAYS if getattr(self, name) is not None]
        if len(stated) != 1:
            found = "none" if not stated else " and ".join(stated)
            raise BadInput(f"name the rows in one way, by {', '.join(_WAYS[:-1])} or {_WAYS[-1]}; {found} was given")
        if self.batch == ANCHOR:
            raise BadInput("the anchor cannot be taken out of its corpus; start a new corpus from a source without it")

    def describe(self) -> str:
        """Describe the rows in words."""
        if self.batch is not None:
            return f"batch {self.batch}"
        if self.rows is not None:
            return f"the rows of file {self.rows.name!r}"
        (name,) = (name for name in _WAYS if getattr(self, name) is not None)
        return f"{name} {getattr(self, name)!r}"


_WAYS = ("batch", "generator", "licence", "consent", "rows")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The rows that were found.

    Attributes:
        lines: of :data:`~.files.WITHDRAWN`, one for each file that a row lies in.
        of_anchor: rows of the first anchor, or of its holdout, that are meant too; these stay.
        unknown: rows of the file that the corpus has nowhere.
    """

    lines: pl.DataFrame
    of_anchor: OfFirstAnchor
    unknown: int

    @property
    def rows(self) -> int:
        """Number of rows, wherever they lie."""
        return int(self.lines.select("batch_id", "position").n_unique()) if self.lines.height else 0

    def count(self, state: str) -> int:
        """Count the lines of a state."""
        return self.lines.filter(pl.col("state") == state).height


def select_rows(corpus: OpenCorpus, last: Version, selector: Selector) -> Selection:
    """Find the rows that a selector means, in the corpus and in its quarantine.

    Args:
        corpus: the open corpus.
        last: its last version.
        selector: which rows.

    Raises:
        BadInput: there are none, or the file of rows cannot be read.
    """
    if selector.batch is not None:
        find_intake(corpus, selector.batch)
    contents = None if selector.rows is None else _read_contents(corpus, selector.rows)
    chosen = _chosen(selector, contents)
    frames = [pl.DataFrame(schema=WITHDRAWN)]
    for part in last.parts[1:]:
        if selector.batch in (None, part.batch):
            frames += _of_part(corpus, last, part, chosen)
    for intake in read_intakes(corpus):
        if intake.number <= last.number and selector.batch in (None, intake.batch):
            frames += _of_quarantine(corpus, last, intake, chosen)
    lines = _with_states(corpus, last, pl.concat(frames))
    file = "" if selector.rows is None else selector.rows.name
    of_anchor = find_of_first(corpus, file=file, contents=contents, licence=selector.licence)
    unknown = 0 if contents is None else _count_unknown(corpus, contents, lines)
    found = Selection(lines=lines, of_anchor=of_anchor, unknown=unknown)
    if not lines.height:
        raise BadInput(_explain_none(corpus, last, selector, found))
    return found


def find_copies(corpus: OpenCorpus, last: Version, lines: pl.DataFrame) -> pl.DataFrame:
    """Find rows in quarantine, of any batch, that have the content of lines, and are none of them."""
    contents = lines.select("content").drop_nulls().unique()
    chosen = pl.col("content").is_in(contents["content"].implode())
    frames = [pl.DataFrame(schema=WITHDRAWN)]
    for intake in read_intakes(corpus):
        if intake.number <= last.number:
            frames += _of_quarantine(corpus, last, intake, chosen)
    found = pl.concat(frames).join(lines, on=["path", "position"], how="anti", maintain_order="left")
    return _with_states(corpus, last, found)


def _chosen(selector: Selector, contents: pl.DataFrame | None) -> pl.Expr:
    if contents is not None:
        return pl.col("content").is_in(contents["content"].implode())
    if selector.batch is not None:
        return pl.lit(True)
    (name,) = (name for name in _WAYS if getattr(selector, name) is not None)
    return pl.col(name).eq(getattr(selector, name))


def _of_part(corpus: OpenCorpus, last: Version, part: PartRef, chosen: pl.Expr) -> Iterator[pl.DataFrame]:
    """Yield the chosen rows of a part."""
    columns = {"position": pl.Int64(), "content": pl.String(), **{name: COLUMNS[name] for name in _STATED}}
    for chunk in read_rows(corpus.files, part.path, columns):
        yield _lines(last, chunk, part, chosen, state=pl.lit("admitted"))


def _of_quarantine(corpus: OpenCorpus, last: Version, intake: Version, chosen: pl.Expr) -> Iterator[pl.DataFrame]:
    """Yield the chosen rows of a batch that were quarantined when it came."""
    if intake.held is None or intake.batch is None or not intake.held.rows:
        return
    gone = read_decisions(corpus, last, intake.batch)["position"].implode()
    claims = read_claims(corpus, intake) or RowClaims(Provenance.model_construct())
    types = {name: QUARANTINE[name] for name in ("position", "raw")}
    for chunk in read_rows(corpus.files, intake.held.path, types):
        fitted = fit_back(chunk, corpus).select("position", "content", *_STATED)
        misfits = chunk.join(fitted, on="position", how="anti", maintain_order="left")
        digests = pl.Series("content", digest_of_raw(misfits["raw"].to_list()), dtype=pl.String)
        stated = claims.of(misfits["position"]).select(*_STATED)
        others = pl.concat([misfits.select("position"), pl.DataFrame([digests]), stated], how="horizontal")
        rows = pl.concat([fitted, others.select(fitted.columns)]).sort("position")
        state = pl.when(pl.col("position").is_in(gone)).then(pl.lit("decided")).otherwise(pl.lit("quarantined"))
        yield _lines(last, rows, intake.held, chosen, state=state)


def _lines(last: Version, rows: pl.DataFrame, part: PartRef, chosen: pl.Expr, *, state: pl.Expr) -> pl.DataFrame:
    """Choose rows by what they are declared now, and keep what their file counts them by."""
    now = rows.with_columns(as_declared(last.declarations, _STATED, pl.lit(part.batch)))
    meant = rows.filter(now.with_columns(meant=chosen.fill_null(False))["meant"])
    return meant.with_columns(batch_id=pl.lit(part.batch), path=pl.lit(part.path), state=state).select(
        pl.col(name).cast(dtype) for name, dtype in WITHDRAWN.items()
    )


def _with_states(corpus: OpenCorpus, last: Version, lines: pl.DataFrame) -> pl.DataFrame:
    """Mark lines that a trim left out already, and those that were withdrawn already."""
    left = scan_left_out(corpus, last).select("batch_id", "position").with_columns(left=pl.lit(True)).collect()
    gone = read_withdrawn(corpus.files, last).select("path", "position").unique().with_columns(gone=pl.lit(True))
    marked = lines.join(left.unique(), on=["batch_id", "position"], how="left", maintain_order="left")
    marked = marked.join(gone, on=["path", "position"], how="left", maintain_order="left")
    of_corpus = pl.col("state") == "admitted"
    state = (
        pl.when(pl.col("gone"))
        .then(pl.lit("withdrawn"))
        .when(of_corpus & pl.col("left"))
        .then(pl.lit("left out"))
        .otherwise("state")
    )
    return marked.with_columns(state=state).select(list(WITHDRAWN)).sort("batch_id", "position", "path")


def _read_contents(corpus: OpenCorpus, path: Path) -> pl.DataFrame:
    """Read ``row`` and ``content`` of the rows of a file."""
    if not path.is_file():
        raise BadInput(f"file {path.name!r} does not exist or is not a regular file; check the path")
    found = [pl.DataFrame(schema={"row": pl.Int64, "content": pl.String})]
    options, limits = corpus.settings.anchor.read_options(), corpus.settings.limits
    for chunk in read_batch(SourceFile(path.name, path), corpus.stored, limits, options):
        found.append(with_content_hash(chunk.rows, corpus.schema).select(row="position", content="content"))
        raw = chunk.misfits["raw"].cast(pl.String).to_list()
        places = chunk.misfits["position"].cast(pl.Int64)
        found.append(pl.DataFrame({"row": places, "content": digest_of_raw(raw)}, schema=found[0].schema))
    return pl.concat(found)


def _count_unknown(corpus: OpenCorpus, contents: pl.DataFrame, lines: pl.DataFrame) -> int:
    anchored = (corpus.every_anchor, corpus.reserved, corpus.as_of(None).rows, corpus.as_of(None).reserved)
    known = pl.concat([lines.select("content"), *(each.select("content") for each in anchored)])
    return contents.select("content").unique().join(known, on="content", how="anti").height


def _explain_none(corpus: OpenCorpus, last: Version, selector: Selector, found: Selection) -> str:
    what = f"corpus '{corpus.name}' has no row of {selector.describe()}"
    if found.of_anchor.rows:
        return f"{what} among its batches; {found.of_anchor.describe()}"
    for each in reversed(last.withdrawals):
        if (each.erased and each.what == selector.describe()) or selector.batch in each.batches:
            return f"{what}: they were withdrawn and erased by version {each.version} ({each.reason})"
    sums = totals(last.counts)
    known = {"generator": [*sums.by_generator], "licence": [each for each in sums.by_licence if each]}
    for name, names in known.items():
        if getattr(selector, name) is not None:
            return f"{what}; its rows have {', '.join(repr(each) for each in names) or 'none'}: choose one of these"
    if selector.rows is not None:
        return f"{what}; rows are compared by all modelled values, so give them as they were sent"
    return f"{what}; see what rows state in SQL: the column consent of the view corpus_{corpus.name}.rows"
