"""Renew the anchor of a corpus: plan it, with what changes; then do it, as a new version, which is the commit.

The files of the new anchor are written before the version, in a folder that no other version names. Versions before it
keep their anchor: its files stay, and each version names those that it was made under.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.files import IS_CURRENT
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.ledger.anchor_ref import AnchorRef
from outcross.assets.corpus.ledger.counts import subtract_rows
from outcross.assets.corpus.ledger.ledger import extend, read_version
from outcross.assets.corpus.ledger.next_version import next_version
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_files, name_rules
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.renewal.bounds_beside import BoundBeside, put_beside
from outcross.assets.corpus.renewal.chosen import choose
from outcross.assets.corpus.renewal.parts import AnchorParts, divide
from outcross.assets.corpus.renewal.stored import store_anchor
from outcross.assets.corpus.renewal.undeclared_rows import ShownShare, show_share
from outcross.assets.corpus.rows_file import RowsFile, store_part
from outcross.assets.corpus.share_bound import read_bound
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share
from outcross.assets.corpus.undeclared.estimate import FEWEST_ROWS, FEWEST_SAMPLE
from outcross.resources.counted import counted
from outcross.resources.errors import BadInput
from outcross.resources.staging import staging_folder


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """A plan to renew the anchor.

    Attributes:
        corpus: its name.
        version: the only version that the plan is for.
        batches: ids of the batches that join the anchor.
        skipped: ids of batches among them with rows that are not declared real.
        alone: whether the anchor is these batches alone, without the rows before them.
        anchor_rows: rows of the anchor before and after.
        holdout_rows: rows of the holdout before and after.
        taken: rows of the batches that join the anchor.
        held: rows of the batches that the split sets aside; they leave the corpus.
        leaving: rows that leave the corpus: these, and others of their content or entity.
        shown: the undeclared share of the batches' rows.
        bounds: of the guards, under the old and the new anchor.
        parts: the rows.
        profile: of the new anchor.
    """

    corpus: str
    version: int
    batches: tuple[str, ...]
    skipped: tuple[str, ...]
    alone: bool
    anchor_rows: tuple[int, int]
    holdout_rows: tuple[int, int]
    taken: int
    held: int
    leaving: int
    shown: ShownShare
    bounds: tuple[BoundBeside, ...]
    parts: AnchorParts = field(repr=False, compare=False)
    profile: Profile = field(repr=False, compare=False)

    @property
    def expected(self) -> tuple[float, float, float]:
        """How many of the rows taken are expected to be synthetic, with the 95 % limits."""
        return self.shown.share * self.taken, self.shown.lower * self.taken, self.shown.upper * self.taken


@names_damage
def plan_renewal(
    corpus: OpenCorpus, *, last: int | None = None, batches: Sequence[str] = (), alone: bool = False
) -> Renewal:
    """Plan to take admitted real batches into the anchor; the corpus is unchanged.

    Args:
        corpus: the open corpus.
        last: number of the last real batches; all since the anchor if neither these nor ``batches`` are given.
        batches: ids of the batches.
        alone: whether the anchor is these batches alone. The rows before them stay in the corpus.

    Raises:
        BadInput: a batch cannot be chosen, there are too few rows, or their undeclared share is not shown to lie below
            the bound of ``undeclared_share``.
    """
    version = read_version(corpus.files)
    corpus = corpus.as_of(version)
    chosen = choose(corpus, version, last=last, batches=batches, alone=alone)
    parts = divide(corpus, version, chosen.rows, alone=alone)
    rows, current = parts.rows.filter(IS_CURRENT), parts.reserved.filter(IS_CURRENT)
    more = "choose more batches" if batches or last is not None else "ingest or release more real rows first"
    _refuse_few(corpus, chosen.rows.height, rows.height, current.height, alone=alone, more=more)
    shown = show_share(corpus, version, chosen.rows)
    names = corpus.schema.names
    profile = fit_profile(rows, current.select(names), corpus.schema, seed=corpus.settings.seed)
    settings = corpus.settings.guard_settings()
    return Renewal(
        corpus=corpus.name,
        version=version.number,
        batches=chosen.batches,
        skipped=chosen.skipped,
        alone=alone,
        anchor_rows=(corpus.rows.height, rows.height),
        holdout_rows=(corpus.reserved.height, parts.reserved.height),
        taken=parts.taken,
        held=parts.held,
        leaving=parts.left_out.height,
        shown=shown,
        bounds=put_beside((corpus.profile, corpus.rows), (profile, rows), settings),
        parts=parts,
        profile=profile,
    )


def _refuse_few(corpus: OpenCorpus, rows: int, anchor: int, current: int, *, alone: bool, more: str) -> None:
    """Refuse batches that are too few to be looked into, or to be compared with."""
    few = f"corpus '{corpus.name}': the batches have {rows:,} rows"
    if rows < FEWEST_ROWS:
        raise BadInput(f"{few}, and a renewal needs {FEWEST_ROWS}; {more}")
    if alone and min(anchor, current) < FEWEST_SAMPLE:
        raise BadInput(
            f"{few}, which gives an anchor of {anchor:,} and a holdout of {current:,}; each needs "
            f"{FEWEST_SAMPLE} to be compared with; {more}, or leave out --alone"
        )


@names_damage
def renew(corpus: OpenCorpus, plan: Renewal, *, reason: str, by: str, at: str) -> Version:
    """Renew the anchor by a plan, as a new version.

    Args:
        corpus: the open corpus.
        plan: for its last version.
        reason: for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: no reason is given, or the corpus has a newer version than the plan. The corpus is unchanged then.
    """
    if not reason.strip():
        raise BadInput(f"corpus '{plan.corpus}': a renewal needs a reason, which the ledger records; give --reason")

    def following(last: Version | None) -> Version:
        if last is None or (last.corpus, last.number) != (plan.corpus, plan.version):
            raise BadInput(
                f"corpus '{plan.corpus}' has a newer version than {plan.version}, which the plan is for; plan again"
            )
        number = last.number + 1
        anchor, files = _store(corpus.as_of(last), plan, number)
        counts, bound = subtract_rows(last.counts, plan.parts.left_out), read_bound(corpus.settings, corpus.store)
        left_out = last.left_out
        if plan.leaving:
            with staging_folder() as folder:
                listed = RowsFile(folder / "left_out.parquet")
                rows = plan.parts.left_out.select("batch_id", "position", "content")
                listed.add(rows)
                listed.close(rows)
                path = f"left_out/{number:08d}"
                left_out = (*left_out, store_part(corpus.files, listed.path, path, rows=listed.rows, batch=""))
        return next_version(
            last,
            "renewal",
            by=by,
            at=at,
            reason=f"{reason} ({_describe(plan)})",
            left_out=left_out,
            counts=counts,
            declared_share=totals(counts).share,
            estimated=estimate_corpus_share(last, counts, None),
            recent=None,
            evidence=None,  # the next intake fits the classifier to the new anchor, and counts the rows again
            bound=bound.share,
            bound_from=bound.source,
            files=(*name_files(corpus.files, files), name_rules(corpus.files, corpus.settings)),
            anchor=anchor,
        )

    version = extend(corpus.files, following)
    assert version is not None
    return version


def _describe(plan: Renewal) -> str:
    batches = counted(len(plan.batches), "batch", "batches")
    return (
        f"{batches}{' alone' if plan.alone else ''}: the anchor has {plan.anchor_rows[1]:,} rows instead of "
        f"{plan.anchor_rows[0]:,}, the holdout {plan.holdout_rows[1]:,} instead of {plan.holdout_rows[0]:,}, and "
        f"{plan.leaving:,} rows leave the corpus for it"
    )


def _store(corpus: OpenCorpus, plan: Renewal, number: int) -> tuple[AnchorRef, list[str]]:
    """Store the new anchor, and return what the ledger says of it and the paths of its files."""
    old = corpus.renewed
    before = (0.0, 0.0, 0.0) if old is None else old.expected
    share, lower, upper = (one + two for one, two in zip(before, plan.expected, strict=True))
    return store_anchor(
        corpus,
        number,
        rows=plan.parts.rows,
        reserved=plan.parts.reserved,
        profile=plan.profile,
        taken=plan.taken + (0 if old is None else old.taken),
        alone=plan.alone,
        expected=(share, lower, upper),
    )
