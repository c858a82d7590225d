"""Audit of the parts that a ledger names: their bytes, their rows, and the rows by kind."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from outcross.assets.corpus.audit.findings import Finding
from outcross.assets.corpus.declared_anew import Kind, kind_as_declared
from outcross.assets.corpus.entities import is_of_holdout
from outcross.assets.corpus.files import ABOUT, ANCHOR, HOLDOUT, KEY, LEFT_OUT, RENEWED_HOLDOUT
from outcross.assets.corpus.ledger.counts import KIND
from outcross.assets.corpus.ledger.custody import Erasures
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.ledger.version_checks import list_parts
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.provenance import COLUMNS
from outcross.resources.errors import BadInput, Damaged
from outcross.resources.store import MissingArtefact
from outcross.resources.system_faults import refuse_to_blame
from outcross.resources.typed_rows import to_canonical, typed_dtype

Kinds = dict[Kind, int]
"""Origin, depth, generator and licence → rows."""
_KEY_TYPES = {name: LEFT_OUT[name] for name in KEY}
_LISTED_IN = "listed in"


@dataclass
class PartsAudit:
    """The audit of the parts.

    Attributes:
        kinds: path of a part → its rows by kind; without the parts that cannot be read.
        out: path of a part that lists rows left out → batch → these rows by kind; without damaged parts.
        introduced: path of a part → number of the first version that names it.
        problems: one sentence each.
    """

    kinds: dict[str, Kinds] = field(default_factory=dict)
    out: dict[str, dict[str, Kinds]] = field(default_factory=dict)
    introduced: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def kinds_of(self, version: Version) -> Kinds | None:
        """Count the rows of a version by kind; None where one of its parts cannot be read."""
        total: Kinds = {}
        for part in version.parts:
            if part.path not in self.kinds:
                return None
            _add(total, _as_declared(version, part.batch, self.kinds[part.path]))
        for part in version.left_out:
            if part.path not in self.out:
                return None
            for batch, kinds in self.out[part.path].items():
                _add(total, _as_declared(version, batch, kinds), -1)
        return {kind: rows for kind, rows in total.items() if rows}


def audit_parts(
    corpus: OpenCorpus, versions: Sequence[Version], erased: pl.DataFrame, *, report: Callable[[str], None]
) -> PartsAudit:
    """Read every part that a version names; rows that were erased from one count as their list says.

    Args:
        corpus: the open corpus.
        versions: in their order.
        erased: lines of :data:`~.files.WITHDRAWN` of the rows whose bytes were erased.
        report: called with the name of what is being read.
    """
    found, erasures = PartsAudit(), Erasures(versions[-1].erased if versions else ())
    named: dict[str, PartRef] = {}
    rows, lists = dict[str, PartRef](), dict[str, PartRef]()
    for version in versions:
        for part in list_parts(version):
            named.setdefault(part.path, part)
            found.introduced.setdefault(part.path, version.number)
        rows.update({part.path: part for part in version.parts})
        lists.update({part.path: part for part in version.left_out})
    for place, part in enumerate(named.values(), start=1):
        report(f"part {place:,} of {len(named):,}: its bytes")
        found.problems += _bytes_problems(corpus, part, found.introduced[part.path], erasures)
    left = _left_out(corpus, lists.values(), found)
    aside = _Aside.of(corpus, versions, found)
    for place, part in enumerate(rows.values(), start=1):
        report(f"part {place:,} of {len(rows):,}: its rows")
        listed_in = left.filter(pl.col("batch_id") == part.batch)
        gone = erased.filter(pl.col("path") == part.path)
        _read_part(corpus, part, aside, found, left=listed_in, erased=gone)
    for part in lists.values():
        listed = sum(sum(kinds.values()) for kinds in found.out.get(part.path, {}).values())
        if part.path in found.out and listed != part.rows:
            found.problems.append(Finding.LEFT_OUT_ELSEWHERE.say(part=part.path, written=part.rows, found=listed))
    return found


def _bytes_problems(corpus: OpenCorpus, part: PartRef, version: int, erasures: Erasures) -> list[str]:
    try:
        sha256 = corpus.files.digest(part.path)
    except (MissingArtefact, BadInput, OSError) as error:
        refuse_to_blame(error)
        return [Finding.MISSING_PART.say(part=part.path)]
    if sha256 == erasures.expect(part.path, part.sha256):
        return []
    return [Finding.OTHER_BYTES.say(part=part.path, number=version, found=sha256, written=part.sha256)]


def _left_out(corpus: OpenCorpus, lists: Iterable[PartRef], found: PartsAudit) -> pl.DataFrame:
    """Read the rows left out, with the path of the part that lists each."""
    frames = [pl.DataFrame(schema={**_KEY_TYPES, _LISTED_IN: pl.String()})]
    for part in lists:
        try:
            read = list(read_rows(corpus.files, part.path, _KEY_TYPES))
        except (BadInput, Damaged) as error:
            found.problems.append(Finding.UNREADABLE_PART.say(fault=error))
            continue
        found.out[part.path] = {}
        frames += [frame.with_columns(pl.lit(part.path).alias(_LISTED_IN)) for frame in read]
    every = pl.concat(frames)
    if twice := every.height - every.select(KEY).n_unique():
        found.problems.append(Finding.LEFT_OUT_TWICE.say(found=twice))
    return every


@dataclass(frozen=True)
class _Aside:
    """The rows set aside: those of the first holdout, which never entered, and those that a renewal took out."""

    first: OpenCorpus
    contents: pl.DataFrame
    renewed: OpenCorpus | None
    renewed_contents: pl.DataFrame
    by_entity: bool

    @classmethod
    def of(cls, corpus: OpenCorpus, versions: Sequence[Version], found: PartsAudit) -> "_Aside":
        """Read them; what cannot be read is a problem."""
        first, last = corpus.as_of(None), versions[-1] if versions else None
        contents, renewed = _contents(first, HOLDOUT, found), None
        renewed_contents = contents.clear()
        if last is not None and last.anchor is not None:
            later = corpus.as_of(last)
            path = later.anchor_path(HOLDOUT, RENEWED_HOLDOUT)
            if (listed := _contents(later, path, found)).height:
                renewed, renewed_contents = later, listed
        return cls(first, contents, renewed, renewed_contents, _knows_entities(renewed or first, found))

    def count(self, rows: pl.DataFrame, left: pl.DataFrame, *, of_anchor: bool) -> int:
        """Count the rows of a part that are set aside, without those that a renewal left out as such."""
        by_entity = self.by_entity
        if self.renewed is None:
            return _count_held_out(self.first, rows, self.contents, of_anchor=of_anchor, by_entity=by_entity)
        gone = rows.join(left, on="position", how="semi") if left.height else rows.clear()
        kept = rows.join(left, on="position", how="anti") if left.height else rows
        return _count_held_out(
            self.first, gone, self.contents, of_anchor=of_anchor, by_entity=by_entity
        ) + _count_held_out(self.renewed, kept, self.renewed_contents, of_anchor=of_anchor, by_entity=by_entity)


def _contents(corpus: OpenCorpus, path: str, found: PartsAudit) -> pl.DataFrame:
    frames = [pl.DataFrame(schema={"content": pl.String})]
    try:
        frames += read_rows(corpus.files, path, {"content": pl.String()})
    except (BadInput, Damaged) as error:
        found.problems.append(Finding.UNREADABLE_PART.say(fault=error))
    return pl.concat(frames).unique()


def _knows_entities(corpus: OpenCorpus, found: PartsAudit) -> bool:
    """Whether rows are compared with the entities of the holdout; what cannot be read of these is a problem."""
    if corpus.settings.entity is None:
        return False
    try:
        is_of_holdout(corpus)
    except (ValueError, LookupError, TypeError, OSError, BadInput, Damaged, MissingArtefact, pl.exceptions.PolarsError):
        fault = f"the entities of the holdout cannot be read; restore {ABOUT} and {HOLDOUT} from a copy"
        found.problems.append(Finding.UNREADABLE_PART.say(fault=fault))
        return False
    return True


def _read_part(
    corpus: OpenCorpus,
    part: PartRef,
    aside: _Aside,
    found: PartsAudit,
    *,
    left: pl.DataFrame,
    erased: pl.DataFrame,
) -> None:
    columns = {"content": pl.String(), **{name: COLUMNS[name] for name in KIND}}
    if aside.by_entity and corpus.entity is not None:
        columns[corpus.entity.name] = typed_dtype(corpus.entity)
    if part.batch != ANCHOR:
        columns["position"] = pl.Int64()
    kinds: Kinds = {}
    rows = held_out = 0
    try:
        for chunk in read_rows(corpus.files, part.path, columns):
            rows += chunk.height
            held_out += aside.count(chunk, left, of_anchor=part.batch == ANCHOR)
            _add(kinds, _counted(chunk))
            _add_left_out(found, part, chunk, left)
        rows += erased.height
        _add(kinds, _counted(erased))
        _add_left_out(found, part, erased.drop("batch_id"), left)
    except (BadInput, Damaged) as error:
        found.problems.append(Finding.UNREADABLE_PART.say(fault=error))
        return
    found.kinds[part.path] = kinds
    version = found.introduced[part.path]
    if rows != part.rows:
        found.problems.append(
            Finding.OTHER_NUMBER_OF_ROWS.say(part=part.path, found=rows, number=version, written=part.rows)
        )
    if held_out:
        found.problems.append(Finding.HOLDOUT_ROWS.say(part=part.path, found=held_out))


def _add_left_out(found: PartsAudit, part: PartRef, rows: pl.DataFrame, left: pl.DataFrame) -> None:
    """Add those of some rows of a part that lists leave out."""
    if left.height and rows.height:
        for (path,), those in rows.join(left, on="position", how="inner").group_by(_LISTED_IN):
            _add(found.out[str(path)].setdefault(part.batch, {}), _counted(those))


def _as_declared(version: Version, batch: str, kinds: Kinds) -> Kinds:
    """Count the rows of a batch by what a version declares of them."""
    if not any(each.batch == batch for each in version.declarations):
        return kinds
    found: Kinds = {}
    for kind, rows in kinds.items():
        _add(found, {kind_as_declared(version.declarations, batch, kind): rows})
    return found


def _count_held_out(
    corpus: OpenCorpus, rows: pl.DataFrame, holdout: pl.DataFrame, *, of_anchor: bool, by_entity: bool
) -> int:
    """Count the rows that a split keeps out of the corpus: of the holdout's contents, or of its entities.

    A split by entities or by time may leave rows of one content on both sides, so of the anchor these are no damage.
    """
    split_by_content = corpus.settings.entity is None and corpus.settings.time is None
    others = to_canonical(rows, corpus.stored).filter(~is_of_holdout(corpus)) if by_entity else rows
    equal = others.join(holdout, on="content", how="semi").height if split_by_content or not of_anchor else 0
    return rows.height - others.height + equal


def _counted(rows: pl.DataFrame) -> Kinds:
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows.group_by(KIND).len().iter_rows()}


def _add(total: Kinds, more: Kinds, sign: int = 1) -> None:
    for kind, rows in more.items():
        total[kind] = total.get(kind, 0) + sign * rows
