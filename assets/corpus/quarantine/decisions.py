"""Release rows from quarantine into the corpus, or reject them: each decision is a version, which is its commit.

The files of a version are written before it, under names that no other writer uses. So a process that is killed, or
loses a race, leaves only files that no version names. No row is deleted: rejected rows are listed, and stay stored.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.declared_anew import claims_by_batch
from outcross.assets.corpus.files import DECIDED
from outcross.assets.corpus.guards.bounds import is_within_bounds
from outcross.assets.corpus.ledger.counts import add_counts, count_rows, count_synthetic
from outcross.assets.corpus.ledger.ledger import extend
from outcross.assets.corpus.ledger.records import Count, Expected, PartRef
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_rules
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected.copies import load_protected
from outcross.assets.corpus.quarantine.read_back import (
    DENIED,
    IMPOSSIBLE,
    IN_HOLDOUT,
    IN_PROTECTED,
    MISFIT,
    OF_ENTITY,
    WITHDRAWN,
    read_back,
)
from outcross.assets.corpus.quarantine.rows import find_intake, read_undecided_rows
from outcross.assets.corpus.row_lists import list_rows
from outcross.assets.corpus.rows_file import RowsFile, store_part
from outcross.assets.corpus.share_bound import LOWER, Bound, estimated_vitals, read_bound, share_vital
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share, estimate_recent
from outcross.assets.corpus.undeclared.pooled.corpus_evidence import add_released
from outcross.assets.corpus.withdrawn_rows import read_contents
from outcross.resources.counted import counted
from outcross.resources.errors import BadInput
from outcross.resources.guard_engine import Vital
from outcross.resources.staging import staging_folder
from outcross.resources.typed_rows import to_typed

_REMEDIES = {
    MISFIT: "fix them at the source and send them again",
    IN_HOLDOUT: "leave them out: the holdout is reserved for evaluation",
    OF_ENTITY: "leave them out: their entity is reserved for evaluation",
    IN_PROTECTED: "leave them out: 'protected' in the corpus file names the set",
    DENIED: "leave them out, or take the pattern out of 'generators: deny' in the corpus file",
    IMPOSSIBLE: "correct their provenance at the source and send them again",
    WITHDRAWN: "leave them out: 'outcross corpus' names the withdrawal and its reason",
}


@names_damage
def release(
    corpus: OpenCorpus,
    batch: str,
    *,
    positions: Sequence[int] | None,
    reason: str,
    by: str,
    at: str,
    past_bound: bool = False,
    expected: Expected | None = None,
) -> Version:
    """Release rows from quarantine into the corpus, as a new version.

    Args:
        corpus: the open corpus.
        batch: its id.
        positions: of the rows, in the batch's file; all rows of the batch that are in quarantine if None.
        reason: for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.
        past_bound: whether the release may take the synthetic share past its bound; the ledger then records this.
        expected: of rows that were chosen by their probability, see :func:`.by_probability.plan_release`. They count
            by it in the corpus's estimate.

    Raises:
        BadInput: a row is not in quarantine, does not fit the schema, is in the holdout or a protected set, is of a
            denied generator, or contradicts itself; the share would pass its bound; or no reason is given. The corpus
            is unchanged then.
    """

    def build(last: Version, chosen: "_Selection", folder: Path) -> Version:
        rows = _write_released(corpus.as_of(last), last, chosen, RowsFile(folder / "released.parquet"))
        added, bound = count_rows(rows.path), read_bound(corpus.settings, corpus.store)
        counts = add_counts(last.counts, added)
        evidence, stated = _evidence_after(corpus, last, rows.path, expected), reason
        shares = _shares(last, counts, bound, evidence, expected)
        if not all(is_within_bounds(each) for each in shares):
            if not past_bound:
                raise BadInput(_explain_excess(batch, rows.rows, shares, bound))
            stated = f"{reason} (past the bound of {bound.share:.1%})"
        path = f"batches/{batch}/released-{last.number + 1}"
        synthetic = count_synthetic(added)
        part = store_part(corpus.files, rows.path, path, rows=rows.rows, batch=batch, synthetic=synthetic)
        return replace(
            last,
            action="release",
            reason=stated,
            rows_admitted=rows.rows,
            rows_quarantined=0,
            parts=(*last.parts, part),
            counts=counts,
            declared_share=totals(counts).share,
            evidence=evidence,
            bound=bound.share,
            bound_from=bound.source,
            decided=(*last.decided, chosen.store("released", last.number + 1, folder)),
            expected=expected,
        )

    return _decide(corpus, batch, positions, build, reason=reason, by=by, at=at)


@names_damage
def reject(
    corpus: OpenCorpus, batch: str, *, positions: Sequence[int] | None, reason: str, by: str, at: str
) -> Version:
    """Reject rows in quarantine, as a new version. They stay stored, and leave quarantine.

    The arguments are those of :func:`release`.

    Raises:
        BadInput: a row is not in quarantine, or no reason is given. The corpus is unchanged then.
    """

    def build(last: Version, chosen: "_Selection", folder: Path) -> Version:
        for _ in chosen.rows(["position"]):
            pass
        return replace(
            last,
            action="reject",
            reason=reason,
            rows_admitted=0,
            rows_quarantined=chosen.count,
            decided=(*last.decided, chosen.store("rejected", last.number + 1, folder)),
            expected=None,
        )

    return _decide(corpus, batch, positions, build, reason=reason, by=by, at=at)


class _Selection:
    """The rows of a batch that a decision is about, as of a version."""

    def __init__(self, corpus: OpenCorpus, last: Version, intake: Version, positions: Sequence[int] | None) -> None:
        assert intake.batch is not None
        self._corpus, self._last, self._intake, self._batch = corpus, last, intake, intake.batch
        self._wanted = None
        if positions is not None:
            self._wanted = pl.DataFrame({"position": sorted(set(positions))}, schema={"position": pl.Int64})
        self._found = [pl.DataFrame(schema={"position": pl.Int64})]

    def rows(self, columns: Sequence[str]) -> Iterator[pl.DataFrame]:
        """Read the rows chunk by chunk.

        Raises:
            BadInput: no row is in quarantine, or one of those wanted is not.
        """
        for chunk in read_undecided_rows(self._corpus, self._last, self._intake, columns):
            chosen = chunk
            if self._wanted is not None:
                chosen = chunk.join(self._wanted, on="position", how="semi", maintain_order="left")
            self._found.append(chosen.select("position"))
            if chosen.height:
                yield chosen
        self._check_complete()

    @property
    def claims(self) -> dict[str, str | int | None]:
        """What was declared anew of the batch."""
        return claims_by_batch(self._last.declarations).get(self._batch, {})

    @property
    def positions(self) -> pl.DataFrame:
        """Positions of the rows that were read."""
        return pl.concat(self._found)

    @property
    def count(self) -> int:
        """Number of rows that were read."""
        return self.positions.height

    def store(self, decision: str, number: int, folder: Path) -> PartRef:
        """Store the list of these rows with the decision of version ``number``."""
        listed = RowsFile(folder / "decided.parquet")
        listed.add(self.positions.with_columns(decision=pl.lit(decision)))
        listed.close(pl.DataFrame(schema=DECIDED))
        path = f"batches/{self._batch}/decided-{number}"
        return store_part(self._corpus.files, listed.path, path, rows=listed.rows, batch=self._batch)

    def _check_complete(self) -> None:
        found, batch = self.positions, f"batch {self._batch}"
        if self._wanted is not None:
            others = self._wanted.join(found, on="position", how="anti", maintain_order="left")["position"]
            if others.len():
                raise BadInput(
                    f"{batch}: not in quarantine (never quarantined, or already released, rejected or withdrawn): "
                    f"{list_rows(others)}; run 'outcross quarantine show {self._corpus.name} "
                    f"{self._batch}' to see the rows in quarantine"
                )
        if not found.height:
            raise BadInput(
                f"{batch} has no rows in quarantine; run 'outcross quarantine list {self._corpus.name}' to see the "
                "batches that do"
            )


def _decide(
    corpus: OpenCorpus,
    batch: str,
    positions: Sequence[int] | None,
    build: Callable[[Version, _Selection, Path], Version],
    *,
    reason: str,
    by: str,
    at: str,
) -> Version:
    """Build a version about rows in quarantine, and append it; where another writer was first, rebuild it on theirs."""
    if not reason.strip():
        raise BadInput(f"batch {batch!r:.60}: a decision needs a reason, which the ledger records; state one")
    intake = find_intake(corpus, batch)

    def following(last: Version | None) -> Version:
        assert last is not None, "a corpus starts with its anchor"
        with staging_folder() as folder:
            chosen = _Selection(corpus, last, intake, positions)
            version = build(last, chosen, folder)
        return replace(
            version,
            number=last.number + 1,
            parent=last.number,
            at=at,
            by=by,
            batch=batch,
            rows_in=chosen.count,
            estimated=estimate_corpus_share(
                last, version.counts, None, evidence=version.evidence, released=version.expected
            ),
            recent=estimate_recent(version.evidence),
            guards=(),
            held=None,
            files=(name_rules(corpus.files, corpus.settings),),
        )

    version = extend(corpus.files, following)
    assert version is not None
    return version


def _write_released(corpus: OpenCorpus, last: Version, chosen: _Selection, rows: RowsFile) -> RowsFile:
    """Parse the quarantined rows, and write them: all of them or none."""
    others, protected = [pl.DataFrame(schema={"position": pl.Int64, "why": pl.String})], load_protected(corpus)
    withdrawn = read_contents(corpus.files, last)["content"]
    for raw in chosen.rows(["position", "raw"]):
        back = read_back(raw, corpus, protected, withdrawn=withdrawn, claims=chosen.claims)
        others.append(back.refused)
        rows.add(to_typed(back.rows, corpus.stored))
    found = pl.concat(others)
    if not found.height:
        rows.close(pl.DataFrame())
        return rows
    reasons = []
    for (why,), those in found.group_by("why", maintain_order=True):
        reasons.append(f"{why}: {list_rows(those['position'])} ({_REMEDIES[str(why)]})")
    number = counted(found.height, "row")
    raise BadInput(
        f"{number} cannot be released, and nothing was changed: {'; '.join(reasons)}. Reject these rows, or name the "
        "others with --row"
    )


def _evidence_after(
    corpus: OpenCorpus, last: Version, released: Path, expected: Expected | None
) -> ShareEvidence | None:
    """Return the sums after a release; rows that were chosen by their probability count by it, and in no cell."""
    if expected is None:
        return add_released(corpus, last, released)
    return None if last.evidence is None else last.evidence.with_expected(expected.rows, expected.interval)


def _shares(
    last: Version,
    after: Sequence[Count],
    bound: Bound,
    evidence: ShareEvidence | None,
    expected: Expected | None,
) -> list[Vital]:
    """Compute the share after a release, declared and estimated: it must not pass its bound, or go further past it."""
    found = estimate_corpus_share(last, after, None, evidence=evidence, released=expected)
    estimated = (each for each in estimated_vitals(found, bound, before=last.estimated) if each.metric == LOWER)
    return [share_vital(after, bound, before=last.counts), *estimated]


def _explain_excess(batch: str, rows: int, shares: Sequence[Vital], bound: Bound) -> str:
    declared = shares[0]
    told = f"{declared.value:.1%} of the corpus would not be real"
    if is_within_bounds(declared):
        told = f"at least an estimated {shares[-1].value:.1%} of the corpus would be synthetic"
    return (
        f"batch {batch}: with {rows:,} rows of it, {told}, and at most {bound.share:.1%} is allowed ({bound.source}); "
        "release fewer, add real rows first, or pass --past-bound"
    )
