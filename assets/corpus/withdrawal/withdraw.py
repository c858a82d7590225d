"""Withdraw rows from a corpus for good: a version without them, and a list of their digests that refuses them later.

Erased rows are gone from the store as well. The version is the commit of both: what is left of the files is written
before it, and put in place after it, also by a later command where this one was killed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.declared_anew import kind_as_declared
from outcross.assets.corpus.files import OF_ANCHORS
from outcross.assets.corpus.ledger.counts import KIND, subtract_counts
from outcross.assets.corpus.ledger.custody import ErasedFile, Withdrawal
from outcross.assets.corpus.ledger.erasing import finish
from outcross.assets.corpus.ledger.ledger import extend, read_version
from outcross.assets.corpus.ledger.next_version import next_version
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_files, name_rules
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.rows import read_intakes
from outcross.assets.corpus.withdrawal.erase import prepare_erasure
from outcross.assets.corpus.withdrawal.in_anchors import find_in_anchors, follow_anchor
from outcross.assets.corpus.withdrawal.lists import store_decided, store_left_out, store_list
from outcross.assets.corpus.withdrawal.recount import with_shares
from outcross.assets.corpus.withdrawal.selection import Selection, Selector, find_copies, select_rows
from outcross.assets.corpus.withdrawn_rows import read_withdrawn
from outcross.resources.errors import BadInput
from outcross.resources.staging import staging_folder


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a withdrawal would do.

    Attributes:
        corpus: its name.
        version: the last version, which it is planned on.
        what: which rows, in words.
        rows: rows that leave the corpus.
        quarantined: rows that leave quarantine.
        left_out: rows that a trim had left out.
        decided: rows that were released from quarantine or rejected, as quarantine keeps them.
        withdrawn: lines of rows that were withdrawn before, and are not erased.
        copies: rows in quarantine, of any batch, with the same content; an erasure takes them along.
        of_anchor: rows of the first anchor or its holdout that are meant, and stay.
        anchored: which these are, and how they can be taken out; empty where there is none.
        in_anchors: rows that renewed anchors, or their holdouts, hold copies of; an erasure takes these along.
        unknown: rows of the given file that the corpus has nowhere.
        batches: ids of the batches.
        lost_originals: batches whose original an erasure removes although other rows of theirs stay: batch → rows.
        lines: of :data:`~.files.WITHDRAWN`.
    """

    corpus: str
    version: int
    what: str
    rows: int
    quarantined: int
    left_out: int
    decided: int
    withdrawn: int
    copies: int
    of_anchor: int
    anchored: str
    in_anchors: int
    unknown: int
    batches: tuple[str, ...]
    lost_originals: dict[str, int]
    lines: pl.DataFrame = field(repr=False, compare=False)


@names_damage
def plan_withdrawal(corpus: OpenCorpus, selector: Selector, *, erase: bool = False) -> Plan:
    """Say what a withdrawal would do; the corpus is unchanged.

    Raises:
        BadInput: no row is meant, or they were withdrawn already and are not to be erased.
    """
    last = read_version(corpus.files)
    found = select_rows(corpus, last, selector)
    _check_new(last, selector, found, erase=erase)
    lines, copies = _lines(corpus, last, found, erase=erase)
    gone = _count_rows(lines)
    whole = {each.batch: each.rows_in for each in read_intakes(corpus) if each.batch is not None}
    return Plan(
        corpus=corpus.name,
        version=last.number,
        what=selector.describe(),
        rows=found.count("admitted"),
        quarantined=found.count("quarantined"),
        left_out=found.count("left out"),
        decided=found.count("decided"),
        withdrawn=found.count("withdrawn"),
        copies=copies,
        in_anchors=_count_in_anchors(lines),
        of_anchor=found.of_anchor.rows,
        anchored=found.of_anchor.describe() if found.of_anchor.rows else "",
        unknown=found.unknown,
        batches=tuple(gone),
        lost_originals={batch: whole[batch] - rows for batch, rows in gone.items() if whole[batch] > rows},
        lines=lines,
    )


@names_damage
def withdraw(corpus: OpenCorpus, selector: Selector, *, reason: str, by: str, at: str, erase: bool = False) -> Version:
    """Withdraw rows, as a new version; nothing of the corpus is changed where this fails.

    Args:
        corpus: the open corpus.
        selector: which rows.
        reason: for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.
        erase: whether to remove the bytes of the rows, and of copies in quarantine, from the store as well.

    Raises:
        BadInput: no row is meant, they were withdrawn already, or no reason is given.
    """
    if not reason.strip():
        raise BadInput(f"corpus '{corpus.name}': a withdrawal needs a reason, which the ledger records; state one")

    def following(last: Version | None) -> Version:
        assert last is not None, "a corpus starts with its anchor"
        found = select_rows(corpus, last, selector)
        _check_new(last, selector, found, erase=erase)
        lines, _ = _lines(corpus, last, found, erase=erase)
        number, batches = last.number + 1, lines["batch_id"].unique(maintain_order=True).to_list()
        with staging_folder() as folder:
            left_out = store_left_out(corpus, number, lines, folder)
            decided = store_decided(corpus, number, lines, folder)
            listed = store_list(corpus, number, lines, folder)
        erased: tuple[ErasedFile, ...] = ()
        anchor, anchor_files = last.anchor, list[str]()
        if erase:
            anchor, anchor_files = follow_anchor(corpus, last, number, lines)
            erased = prepare_erasure(corpus, last, number, lines, sha256=listed.sha256, anchor=anchor)
        processed = sum(each.rows for each in decided)
        entry = Withdrawal(
            version=number,
            what=selector.describe(),
            reason=reason,
            rows=sum(each.rows for each in left_out),
            quarantined=processed,
            batches=tuple(batches),
            whole=_whole_batches(corpus, last, lines),
            path=listed.path,
            sha256=listed.sha256,
            lines=listed.rows,
            erased=erase,
            decided=None if _has_new(found) else number,
        )
        version = next_version(
            last,
            "withdraw",
            by=by,
            at=at,
            reason=f"{reason} ({entry.what}: {_describe(entry)})",
            batch=selector.batch,
            rows_in=processed,
            rows_quarantined=processed,
            left_out=(*last.left_out, *left_out),
            decided=(*last.decided, *decided),
            counts=subtract_counts(last.counts, _count_admitted(last, lines)),
            files=(*name_files(corpus.files, anchor_files), name_rules(corpus.files, corpus.settings)),
            withdrawals=(*last.withdrawals, entry),
            erased=(*last.erased, *erased),
            anchor=anchor,
        )
        return with_shares(replace(corpus, keeps=True).as_of(version), last, version, batches)

    version = extend(corpus.files, following)
    assert version is not None
    finish(corpus.files, version)
    return version


@names_damage
def decide(corpus: OpenCorpus, number: int, *, reason: str, by: str, at: str) -> Version:
    """Record that somebody decided what becomes of what rests on withdrawn rows: they are marked no longer.

    Args:
        corpus: the open corpus.
        number: of the version that withdrew them.
        reason: what was decided, for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: that version withdrew nothing, this was decided already, or no reason is given.
    """
    if not reason.strip():
        raise BadInput(f"corpus '{corpus.name}': a decision needs a reason, which the ledger records; state one")

    def following(last: Version | None) -> Version:
        assert last is not None, "a corpus starts with its anchor"
        found = next((each for each in last.withdrawals if each.version == number), None)
        if found is None or found.decided is not None:
            waiting = ", ".join(str(each.version) for each in last.withdrawals if each.decided is None)
            why = "withdrew nothing" if found is None else f"was decided about in version {found.decided}"
            ways = f"no withdrawal waits for a decision; 'outcross corpus {corpus.name}' shows what each version did"
            ways = f"those that wait for a decision: {waiting}" if waiting else ways
            raise BadInput(f"corpus '{corpus.name}': version {number} {why}; {ways}")
        entries = tuple(replace(each, decided=last.number + 1) if each is found else each for each in last.withdrawals)
        return next_version(
            last,
            "decide",
            by=by,
            at=at,
            reason=f"{reason} (about the withdrawal of version {number})",
            files=(name_rules(corpus.files, corpus.settings),),
            withdrawals=entries,
        )

    version = extend(corpus.files, following)
    assert version is not None
    return version


def _check_new(last: Version, selector: Selector, found: Selection, *, erase: bool) -> None:
    if erase or _has_new(found):
        return
    earlier = ", ".join(str(each.version) for each in last.withdrawals)
    raise BadInput(
        f"corpus '{last.corpus}': {selector.describe()} was withdrawn before (withdrawals: version {earlier}); with "
        "--erase its bytes are removed as well"
    )


def _has_new(found: Selection) -> bool:
    """Whether rows are meant that no earlier withdrawal marks."""
    return found.lines.filter(pl.col("state") != "withdrawn").height > 0


def _lines(corpus: OpenCorpus, last: Version, found: Selection, *, erase: bool) -> tuple[pl.DataFrame, int]:
    """Return the lines that a withdrawal records, and the number of copies among them."""
    if not erase:
        return found.lines.filter(pl.col("state") != "withdrawn"), 0
    copies = find_copies(corpus, last, found.lines)
    lines = pl.concat([found.lines, copies, find_in_anchors(corpus, last, found.lines)])
    return lines.sort("batch_id", "position", "path"), copies.height


def _count_rows(lines: pl.DataFrame) -> dict[str, int]:
    """Count the rows of each batch, wherever they lie."""
    rows = lines.select("batch_id", "position").unique()
    return dict(rows.group_by("batch_id").len().sort("batch_id").iter_rows())


def _count_in_anchors(lines: pl.DataFrame) -> int:
    """Count the rows that anchors have copies of."""
    return lines.filter(pl.col("state").is_in(OF_ANCHORS)).select("batch_id", "position").n_unique()


def _whole_batches(corpus: OpenCorpus, last: Version, lines: pl.DataFrame) -> tuple[str, ...]:
    """Return the batches of which no row is left, with those of earlier withdrawals."""
    gone = _count_rows(pl.concat([lines, read_withdrawn(corpus.files, last)]))
    own = set(lines["batch_id"])
    every = {each.batch: each.rows_in for each in read_intakes(corpus) if each.batch in own}
    return tuple(batch for batch in sorted(own) if every.get(batch) == gone[batch])


def _count_admitted(last: Version, lines: pl.DataFrame) -> Sequence[Count]:
    """Count the rows that leave the corpus, by what they are declared now."""
    counted = lines.filter(pl.col("state") == "admitted").group_by("batch_id", *KIND, maintain_order=True).len()
    found = []
    for batch, origin, depth, generator, licence, rows in counted.iter_rows():
        kind = kind_as_declared(last.declarations, batch, (origin, depth, generator, licence))
        found.append(Count(origin=kind[0], depth=kind[1], generator=kind[2], licence=kind[3], rows=rows))  # type: ignore[arg-type]
    return found


def _describe(entry: Withdrawal) -> str:
    rows = "row" if entry.rows == 1 else "rows"
    told = f"{entry.rows:,} {rows} left the corpus, {entry.quarantined:,} left quarantine"
    return f"{told}, and their bytes were erased" if entry.erased else told
