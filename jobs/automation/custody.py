"""What was withdrawn from a corpus, in the asset graph: an asset shows it, and its run can withdraw and decide.

Without configuration a run only shows: every withdrawal, and what rests on the rows of those that nobody has decided
about. These fail the check ``decided``, as a warning, until somebody decides. The assets of studies that rest on such
rows get an observation that says so. With an ``action`` the run does what the command of that name does, then shows.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import dagster as dg

from outcross.assets.artefacts import ANCHOR, VERDICT
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.graph.failures import clear_failures
from outcross.jobs.automation.corpus_keys import batch_key, custody_key, identifier
from outcross.jobs.files.corpus_pages import remove_pages
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.safe_text import markdown
from outcross.resources.store_resource import StoreResource

if TYPE_CHECKING:
    from outcross.assets.corpus.ledger.custody import Withdrawal
    from outcross.assets.corpus.ledger.version import Version
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.withdrawal.descendants import Descendant
    from outcross.assets.corpus.withdrawal.selection import Selector

DECIDED = "decided"
_LINES, _LONGEST = 50, 500


class CustodyConfig(dg.Config):
    """What a run of the asset does besides showing.

    Attributes:
        action: ``show`` and ``descendants`` change nothing; the others do what the commands do.
        reason: for the ledger.
        batch, generator, licence, consent, rows: of ``withdraw`` and ``descendants``: which rows, in one of these ways;
            ``rows`` is a file. Of ``declare``: ``batch`` is the batch, and the others are what is declared.
        erase: of ``withdraw``: whether their bytes are removed as well.
        origin, depth: of ``declare``.
        withdrawal: of ``decide`` and ``descendants``: number of the version that withdrew the rows.
    """

    action: Literal["show", "descendants", "withdraw", "decide", "declare"] = "show"
    reason: str = ""
    batch: str | None = None
    generator: str | None = None
    licence: str | None = None
    consent: str | None = None
    rows: str | None = None
    erase: bool = False
    origin: str | None = None
    depth: int | None = None
    withdrawal: int = 0


def custody_asset(corpus: Corpus) -> dg.AssetsDefinition:
    """Define the asset that shows what was withdrawn from a corpus, and whose run can withdraw, decide or declare."""
    key = custody_key(corpus)

    @dg.asset(
        key=key,
        deps=[batch_key(corpus)],
        group_name=f"corpus_{identifier(corpus)}",
        description="What was withdrawn from the corpus, and what rests on it. The configuration of a run can name an "
        "action: descendants, withdraw, decide or declare.",
        kinds={"parquet"},
        owners=list(corpus.owners),
        check_specs=[
            dg.AssetCheckSpec(
                DECIDED, asset=key, description="Somebody decided about everything that rests on withdrawn rows"
            )
        ],
    )
    def custody(
        context: dg.AssetExecutionContext, config: CustodyConfig, outcross_store: StoreResource
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        from outcross.assets.corpus.ledger.ledger import newest, read_version
        from outcross.assets.corpus.open_corpus import OpenCorpus
        from outcross.assets.corpus.withdrawal.descendants import find_marked

        with clear_failures():
            opened = outcross_store.open()
            stored = OpenCorpus(corpus, opened, CorpusStore(opened, corpus.corpus))
            if newest(stored.files) is None and config.action == "show":
                yield dg.MaterializeResult(metadata={"withdrawals": dg.MetadataValue.int(0)})
                yield dg.AssetCheckResult(check_name=DECIDED, passed=True, description="nothing was withdrawn")
                return
            asked = _find_descendants(stored, config)
            done = _act(stored, config, by=f"dagster run {context.run_id}")
            if done is not None:
                context.log.info(f"version {done.number}: {done.reason}")
            last = read_version(stored.files)
            marked = find_marked(stored, last)
        for study in sorted({each.name for _, found in marked for each in found if each.kind == "study"}):
            _mark_study(context, corpus, study)
        told = {} if asked is None else {"descendants": _bullets([_name(each) for each in asked])}
        yield dg.MaterializeResult(metadata={**_describe(last, marked), **told})
        yield dg.AssetCheckResult(
            check_name=DECIDED,
            passed=not marked,
            severity=dg.AssetCheckSeverity.WARN,
            description=_tell(corpus, marked),
        )

    return custody


def _act(corpus: "OpenCorpus", config: CustodyConfig, *, by: str) -> "Version | None":
    """Do what a run is asked to do; None where it only shows."""
    from outcross.assets.corpus.withdrawal.declare import declare
    from outcross.assets.corpus.withdrawal.withdraw import decide, withdraw

    at = datetime.now(UTC).isoformat(timespec="seconds")
    match config.action:
        case "withdraw":
            selector = _selector(config)
            if config.erase:
                remove_pages(corpus.name)
            return withdraw(corpus, selector, reason=config.reason, by=by, at=at, erase=config.erase)
        case "decide":
            return decide(corpus, config.withdrawal, reason=config.reason, by=by, at=at)
        case "declare":
            names = ("origin", "generator", "licence", "consent", "depth")
            claims = {name: getattr(config, name) for name in names}
            return declare(corpus, config.batch or "", claims, reason=config.reason, by=by, at=at)
        case _:
            return None


def _selector(config: CustodyConfig) -> "Selector":
    from outcross.assets.corpus.withdrawal.selection import Selector

    rows = None if config.rows is None else Path(config.rows)
    return Selector(
        batch=config.batch, generator=config.generator, licence=config.licence, consent=config.consent, rows=rows
    )


def _find_descendants(corpus: "OpenCorpus", config: CustodyConfig) -> "Sequence[Descendant] | None":
    """List what rests on rows, where a run is asked for that."""
    from outcross.assets.corpus.withdrawal.descendants import descendants_of_withdrawal, find_descendants

    if config.action != "descendants":
        return None
    if config.withdrawal:
        return descendants_of_withdrawal(corpus, config.withdrawal)
    return find_descendants(corpus, _selector(config))


def _name(each: "Descendant") -> str:
    rows = f" ({each.rows:,} rows)" if each.rows else ""
    return f"{each.kind} {each.name}{rows}: {each.through}"


def _mark_study(context: dg.AssetExecutionContext, corpus: Corpus, study: str) -> None:
    """Say on the assets of a study that it rests on withdrawn rows."""
    why = f"rests on rows that were withdrawn from the corpus '{corpus.corpus}'; nobody has decided about them yet"
    for thing in (ANCHOR, VERDICT):
        context.log_event(
            dg.AssetObservation(dg.AssetKey([study, thing]), description=why, metadata={"withdrawn": why})
        )


def _describe(
    last: "Version", marked: "Sequence[tuple[Withdrawal, Sequence[Descendant]]]"
) -> dict[str, dg.MetadataValue]:
    """Describe every withdrawal and declaration, and what rests on rows that nobody has decided about."""
    told = [
        f"version {each.version}: {each.what}: {each.rows:,} rows, {each.quarantined:,} in quarantine"
        f"{', erased' if each.erased else ''}; {each.reason}; "
        + ("waits for a decision" if each.decided is None else f"decided about in version {each.decided}")
        for each in last.withdrawals
    ]
    rest = [f"{each.kind} {each.name}: {each.through}" for _, found in marked for each in found]
    anew = [f"version {each.version}: batch {each.batch}: {each.claims}; {each.reason}" for each in last.declarations]
    return {
        "corpus_version": dg.MetadataValue.int(last.number),
        "declared_share": dg.MetadataValue.float(last.declared_share),
        "withdrawals": dg.MetadataValue.int(len(last.withdrawals)),
        "undecided": dg.MetadataValue.int(len(marked)),
        "withdrawn": _bullets(told),
        "rest_on_withdrawn_rows": _bullets(rest),
        "declared_anew": _bullets(anew),
    }


def _tell(corpus: Corpus, marked: "Sequence[tuple[Withdrawal, Sequence[Descendant]]]") -> str:
    if not marked:
        return "nothing waits for a decision"
    told = "; ".join(f"{len(found):,} things rest on what version {each.version} withdrew" for each, found in marked)
    first = marked[0][0].version
    return (
        f"{told}. Decide: outcross withdraw {corpus.corpus} --decided {first} --reason …, or the action 'decide' here"
    )


def _bullets(lines: Sequence[str]) -> dg.MetadataValue:
    shown = [f"- {markdown(line, _LONGEST)}" for line in lines[:_LINES]]
    more = [f"- and {len(lines) - _LINES:,} more"] if len(lines) > _LINES else []
    return dg.MetadataValue.md("\n".join([*shown, *more]) or "none")
