"""``outcross corpus``: show a corpus, its bound and its history."""

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.corpus_pages import write_docs, write_report
from outcross.jobs.cli.find_corpus import view_corpus
from outcross.jobs.cli.options import AsJson, CorpusName, Root
from outcross.jobs.cli.recheck import show_recheck
from outcross.jobs.cli.renewal import renew_anchor
from outcross.jobs.cli.terminal_text import clean_text
from outcross.resources.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from outcross.assets.corpus.ledger.version import Version
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.share_bound import Bound

_CORPUS_HELP = """Show a corpus: its rows, its synthetic share, its bound, and the history of its versions.

Run it after an ingest: it also reports whether the corpus is past its bound, and what to do then. A line a version \
names the guards that held its batch or rows of it; those in brackets only observe.

With --report it writes one page instead that can be mailed: the share over all versions, what guards found, what \
waits, the last batches, each with the command that deals with it. With --docs it writes Data Docs: what the last \
batches gave under the suite of Great Expectations that is derived from the anchor, and under your own.

With --renew-anchor it takes admitted real batches into the anchor, as a new version: the last ones (--last), some \
(--batch), or all. It first shows the bounds of the guards before and after; with --dry-run only that. A part of the \
rows, by the hash that split the anchor, is set aside and leaves the corpus. It refuses rows whose undeclared \
synthetic share is not shown to lie below the bound of 'undeclared_share'. With --alone the anchor is these batches \
without the rows before them. Earlier versions keep their anchor.

With --recheck its rows are compared with the sets that its file protects. It lists those that were in before a set \
was named, and the command that takes them out; nothing of the corpus is changed.

The exit status is 1 if it has no such version, or if --recheck finds rows.

[bold]Examples[/bold]

  outcross corpus college

  outcross corpus college --last 0

  outcross corpus college --version 3 --json

  outcross corpus college --report -o college.html

  outcross corpus college --docs

  outcross corpus college --renew-anchor --last 6 --dry-run

  outcross corpus college --renew-anchor --last 6 --reason "prices rose over the year"

  outcross corpus people.yaml --recheck -o found.parquet
"""


_LAST = "number of versions, or with a page or --renew-anchor of batches; 0: all; default: 10, of a renewal all"
_OUTPUT = "file of the report or of the rows found, or folder of the Data Docs; default: in the home, .outcross"
_DATE = 10
"""Characters of a time's date."""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("corpus", help=_CORPUS_HELP)(show)


def show(
    corpus: CorpusName,
    version: Annotated[int | None, typer.Option(min=1, help="number of the version; default: the last")] = None,
    last: Annotated[int | None, typer.Option(min=0, help=_LAST)] = None,
    report: Annotated[
        bool, typer.Option("--report", help="write the report, one HTML page, and print its path")
    ] = False,
    docs: Annotated[
        bool, typer.Option("--docs", help="write Data Docs, and print the path of their first page")
    ] = False,
    recheck: Annotated[
        bool, typer.Option("--recheck", help="compare its rows with the protected sets, and list what is found")
    ] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=_OUTPUT)] = None,
    renew: Annotated[bool, typer.Option("--renew-anchor", help="take admitted real batches into the anchor")] = False,
    batch: Annotated[list[str] | None, typer.Option(help="id of a batch that joins the anchor; repeatable")] = None,
    alone: Annotated[bool, typer.Option("--alone", help="without the rows that the anchor has now")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show the renewal and change nothing")] = False,
    reason: Annotated[str | None, typer.Option(help="of the renewal, for the ledger")] = None,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Print one version and the history up to it, write a page, or renew the anchor."""
    from outcross.resources.errors import BadInput

    if renew:
        _refuse_beside_renewal(page=report or docs or recheck or output is not None, version=version, last=last)
        renew_anchor(
            corpus,
            last=last,
            batches=batch or (),
            alone=alone,
            dry_run=dry_run,
            reason=reason,
            root=root,
            as_json=as_json,
        )
        return
    if batch or alone or dry_run or reason is not None:
        raise BadInput("--batch, --alone, --dry-run and --reason are of a renewal; add --renew-anchor")
    last = 10 if last is None else last
    _refuse_mixed([report, docs, as_json or version is not None], recheck and (report or docs or version is not None))
    if output is not None and not (report or docs or recheck):
        raise BadInput("-o is for a page or for rows; give --report, --docs or --recheck")
    anchored = view_corpus(corpus, root)
    if recheck:
        show_recheck(anchored, output, as_json=as_json)
        return
    if report or docs:
        path = write_docs(anchored, output, last=last) if docs else write_report(anchored, output, last=last)
        say(str(path))
        return

    from outcross.assets.corpus.generator_terms import tell_terms
    from outcross.assets.corpus.ledger.ledger import numbers, read_version
    from outcross.assets.corpus.marks.results import tell_marks
    from outcross.assets.corpus.protected.results import tell_protected
    from outcross.assets.corpus.share_bound import read_bound
    from outcross.assets.corpus.trim.past_bound import advise_past_bound
    from outcross.assets.corpus.withdrawal.marks import describe_custody

    wanted = read_version(anchored.files, version)
    if as_json:
        say(json.dumps(wanted.to_json()))
        return
    history = [read_version(anchored.files, number) for number in numbers(anchored.files) if number <= wanted.number]
    bound = None
    if version is None:
        try:
            bound = read_bound(anchored.settings, anchored.store)
        except BadInput as error:  # the history can be read all the same
            say(clean_text(str(error)), err=True)
    _print_version(wanted, history, bound, last=last)
    for told in _describe_old_anchors(anchored, wanted):
        say(clean_text(told, 500))
    for told in describe_custody(anchored, wanted):
        say(clean_text(told, 1_000))
    rules = tell_terms(anchored.settings.generators, wanted)
    for told in (*tell_protected(anchored.settings.protected, history), *rules, *tell_marks(history)):
        say(clean_text(told))
    if (advice := advise_past_bound(wanted, bound)) is not None:
        say(advice)


def _refuse_mixed(ends: "Sequence[bool]", beside: bool) -> None:
    """Refuse options that are for different ends."""
    from outcross.resources.errors import BadInput

    if sum(ends) > 1 or beside:
        raise BadInput("--report, --docs, and --version or --json are for different ends; give one of them")


def _refuse_beside_renewal(*, page: bool, version: int | None, last: int | None) -> None:
    """Refuse options that a renewal has no use for."""
    from outcross.resources.errors import BadInput

    if page or version is not None:
        raise BadInput("--renew-anchor changes the corpus; give it without --report, --docs, -o and --version")
    if last == 0:
        raise BadInput("--last 0 chooses no batch; give the number of the last batches, or leave it out for all")


def _print_version(
    wanted: "Version", history: "Sequence[Version]", bound: "Bound | None" = None, *, last: int = 0
) -> None:
    """Print a version, and the history up to it.

    Args:
        wanted: the version.
        history: all versions up to it.
        bound: that the corpus has now; None for that of the version.
        last: number of versions to print; 0 for all.
    """
    from rich.table import Column, Table
    from rich.text import Text

    from outcross.assets.corpus.ledger.guard_result import ESTIMATE
    from outcross.assets.corpus.ledger.normal import describe_normal
    from outcross.jobs.cli.console import SafeConsole

    console = SafeConsole()
    share = f"{wanted.rows:,} rows, {wanted.declared_share:.1%} declared synthetic, {_describe_bound(wanted, bound)}"
    console.print(clean_text(f"{wanted.corpus}, version {wanted.number}: {share}"))
    if (found := wanted.estimated) is not None:
        share = f"{found.share:.1%} (95 % interval: {found.lower:.1%} to {found.upper:.1%})"
        opening = "estimated synthetic share:" if found.decided else "synthetic share: cannot tell; so far"
        console.print(clean_text(f"{opening} {share}; {found.how}"))
    for told in _describe_recent(wanted):
        console.print(clean_text(told))
    for told in describe_normal(wanted):
        console.print(clean_text(told, 500))
    for result in wanted.guards:
        if result.warned and result.metric != ESTIMATE:
            console.print(clean_text(f"warning: {result.guard}: {result.why}"))
    counts = Table("origin", "depth", "generator", "licence", "rows")
    for each in wanted.counts:
        depth = "–" if each.depth is None else str(each.depth)
        names = (clean_text(name or "–") for name in (each.generator, each.licence))
        counts.add_row(each.origin, depth, *names, f"{each.rows:,}")
    console.print(counts)
    line = Table("no.", "what was done", "rows", "admitted", "held", Column("synthetic", no_wrap=True), "guards")
    for version in history[-last:]:
        rows = (f"{count:,}" for count in (version.rows_in, version.rows_admitted, version.rows_quarantined))
        done = (clean_text(f"{version.action}: {version.reason}"), clean_text(f"{version.at[:_DATE]}, {version.by}"))
        share = f"{version.declared_share:.1%}"
        line.add_row(str(version.number), Text("\n").join(done), *rows, share, _name_guards(version))
    console.print(line)
    if last and len(history) > last:
        earlier = len(history) - last
        console.print(f"{counted(earlier, 'earlier version')}: outcross corpus {wanted.corpus} --last 0")
    if waiting := _count_waiting(history):
        console.print(
            f"In quarantine, waiting for a decision: {counted(waiting, 'row')}. "
            f"See: outcross quarantine list {wanted.corpus}"
        )


def _describe_old_anchors(anchored: "OpenCorpus", version: "Version") -> "Iterator[str]":
    """Name the studies of the corpus that rest on an anchor before the renewal."""
    from outcross.assets.corpus.renewal.old_anchor import describe_old_anchor

    for study in dict.fromkeys(filter(None, (anchored.settings.bound.study, *anchored.settings.known))):
        if (told := describe_old_anchor(anchored.store, study, anchored.files, version)) is not None:
            yield told


def _describe_recent(version: "Version") -> "Iterator[str]":
    """Describe the share of the last batches, and each generator whose rows may be coming."""
    if (found := version.recent) is not None:
        limits = f"{found.lower:.1%} to {found.upper:.1%}" if found.upper < 1 else f"at least {found.lower:.1%}"
        told = f"{found.share:.1%} (95 % interval: {limits})" if found.decided else f"cannot tell ({limits})"
        yield f"of late: {told} of {found.how}"
    for rise in () if version.evidence is None else version.evidence.rises:
        if rise.batch is not None:
            yield (
                f"rows of {rise.generator} may have been coming since batch {rise.batch} ({rise.at}): the cumulative "
                f"sum is {rise.value:.1f} over {rise.since.rows:,} rows"
            )


def _describe_bound(version: "Version", bound: "Bound | None") -> str:
    """Describe the bound that holds now, and the one that the version was held to where that is another."""
    was = "no bound" if version.bound is None else f"at most {version.bound:.1%} ({version.bound_from})"
    if bound is None or bound.share == version.bound:
        return was
    return f"at most {bound.share:.1%} ({bound.source}); the version was held to {was}"


def _name_guards(version: "Version") -> str:
    """Name the guards that held a version's batch or rows of it, each with its rows; in brackets those that observe."""
    from outcross.assets.corpus.ledger.guard_result import ESTIMATE, ROWS_HELD, ROWS_OBSERVED

    held, observed = Counter[str](), Counter[str]()
    for each in version.guards:
        rows = int(each.value or 0) if each.metric in (ROWS_HELD, ROWS_OBSERVED) else 0
        if each.observed or (each.warned and each.metric != ESTIMATE):
            observed[each.guard] += rows
        elif not each.passed and (each.blocking or each.metric == ROWS_HELD):
            held[each.guard] += rows
    names = [f"{name} {rows:,}" if rows else name for name, rows in held.items()]
    return (
        ", ".join([*names, *(f"({name} {rows:,})" if rows else f"({name})" for name, rows in observed.items())]) or "–"
    )


def _count_waiting(history: "Sequence[Version]") -> int:
    """Count the rows that were quarantined and not yet released or rejected."""
    held = sum(version.rows_quarantined for version in history if version.action == "ingest")
    return held - sum(part.rows for part in history[-1].decided) if history else 0
