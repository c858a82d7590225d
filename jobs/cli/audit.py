"""``outcross audit``: verify a corpus from its stored bytes, and say what that cannot show."""

import getpass
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.cli.find_corpus import find_corpus, now
from outcross.jobs.cli.options import AsJson, CorpusName, Root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from outcross.assets.corpus.audit.audit import Audit
    from outcross.assets.corpus.open_corpus import OpenCorpus

_HELP = """Verify a corpus against its stored bytes: rows in = admitted + quarantined, for every batch and version.

Run it after a restore or a copy, or when you suspect a disk or a person; the daemon of [bold]outcross ui[/bold] runs \
it every night.

It checks every version of the ledger against the one before it, whose digest it names, every part and every other \
file that a version rests on against its sha256, and every batch against its original file, row by row. It ends with \
what it cannot see, and names the files that no version names.

The [bold]head[/bold] that it prints stands for the whole ledger. Keep it outside the store, and hand it back with \
--head, which shows whether versions were deleted or rewritten since. Or --sign it by an Ed25519 key (the extra \
[bold]outcross\\[sign][/bold]), and --verify the signed heads by the public key.

Nothing is changed, but for a ledger of an earlier layout: if nothing is wrong, the first audit takes it over, as a \
version that names what it found. The exit status is 1 if anything is wrong.

[bold]Examples[/bold]

  outcross audit college

  outcross audit college --json > /elsewhere/college.head

  outcross audit college --head /elsewhere/college.head --rederive

  outcross audit college --sign key.pem

  outcross audit college --verify public.pem
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("audit", help=_HELP)(audit)


def audit(
    corpus: CorpusName,
    head: Annotated[
        str | None,
        typer.Option(metavar="DIGEST|FILE", help="a head that was kept outside, or a file with it"),
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(metavar="KEY", help="sign the head by this private key, if nothing is wrong")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(metavar="KEY", help="hold the ledger to the heads signed by this public key")
    ] = None,
    rederive: Annotated[
        bool, typer.Option("--rederive", help="derive the stored rows again from the originals, and compare")
    ] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Audit a corpus."""
    from outcross.jobs.cli.console import status_line

    stored = find_corpus(corpus, root)

    from outcross.assets.corpus.audit.audit import audit as audit_corpus
    from outcross.assets.corpus.audit.heads import read_head
    from outcross.assets.corpus.ledger.ledger import finish_erasure
    from outcross.jobs.cli.terminal_text import clean_text

    kept = None if head is None else read_head(head)
    if (why := finish_erasure(stored.files)) is not None:  # the audit says what is left of it
        say(
            clean_text(f"An erasure could not be finished ({why}); audit where the store can be written.", 500),
            err=True,
        )
    with status_line(quiet=as_json) as status:

        def audit_again() -> "Audit":
            return audit_corpus(
                stored,
                head=kept,
                key=verify,
                from_originals=rederive,
                report=lambda reading: status.update(f"{stored.name}: reading {reading}"),
            )

        found = audit_again()
        taken_over = _take_over(stored, found)
        if taken_over is not None:
            found = audit_again()
    signed = _sign(stored, sign, found)
    if as_json:
        say(json.dumps({**asdict(found), "proven": not found.problems, "taken_over": taken_over, "signature": signed}))
    else:
        _print(found, taken_over=taken_over, signature=signed)
    raise typer.Exit(ExitCode.PROBLEM if found.problems else ExitCode.SUCCESS)


def _take_over(corpus: "OpenCorpus", found: "Audit") -> int | None:
    """Take over a ledger of an earlier layout, of which nothing is wrong; return the number of that version."""
    if found.problems or not found.to_take_over:
        return None

    from outcross.assets.corpus.audit.takeover import take_over

    try:
        version = take_over(corpus, by=getpass.getuser(), at=now())
    except OSError as error:  # the store may be there to read only; the audit holds all the same
        say(f"The ledger could not be taken over ({error.strerror}); audit where it can be written.", err=True)
        return None
    return None if version is None else version.number


def _sign(corpus: "OpenCorpus", key: Path | None, found: "Audit") -> str | None:
    """Sign the head of a ledger of which nothing is wrong; return where the signed head lies."""
    if key is None or found.problems:
        return None

    from outcross.assets.corpus.audit.heads import sign_head

    return corpus.files.location(sign_head(corpus.files, key, version=found.version, head=found.head))


def _print(found: "Audit", *, taken_over: int | None, signature: str | None) -> None:
    from outcross.jobs.cli.console import unbroken
    from outcross.jobs.cli.terminal_text import clean_text

    console = unbroken()

    def tell(text: str, most: int = 1_000) -> None:
        console.print(clean_text(text, most))

    counted = "1 batch" if found.batches == 1 else f"{found.batches:,} batches"
    tell(
        f"{found.corpus}, version {found.version}: {found.rows_in:,} rows in {counted} = "
        f"{found.rows_admitted:,} admitted + {found.rows_quarantined:,} quarantined (since then "
        f"{found.rows_released:,} released, {found.rows_rejected:,} rejected)"
    )
    if found.rows_withdrawn:
        tell(f"Withdrawn: {found.rows_withdrawn:,} rows, {found.rows_erased:,} of them erased.")
    if found.head:
        tell(f"Head: version {found.version}, sha256 {found.head}")
    if taken_over is not None:
        tell(f"Taken over: version {taken_over} names what versions of the earlier layout rest on, as it lies today.")
    if found.problems:
        tell(f"{len(found.problems):,} problems:")
    else:
        tell(f"Verified: {found.versions:,} versions; every stored file that they name has the bytes that they name.")
    for problem in found.problems:
        tell(f"• {problem}")
    for line in _heads_and_rows(found):
        tell(line)
    if signature is not None:
        tell(f"Signed: {signature}")
    if found.unnamed:
        more = found.unnamed_files - len(found.unnamed)
        tell(f"{found.unnamed_files:,} files that no version names, and nothing reads:")
        for path in [*found.unnamed, *([f"and {more:,} more"] if more else [])]:
            tell(f"• {path}")
    tell("This audit does not show:")
    for limit in found.limits:
        tell(f"• {limit}")


def _heads_and_rows(found: "Audit") -> "Iterator[str]":
    """Yield what was found by the options: heads that were kept or signed, rows that were derived again."""
    if found.kept is not None:
        since = found.version - found.kept
        yield f"The head that was kept is that of version {found.kept}; {since:,} versions were added since."
    if found.signed is not None:
        yield f"The newest signed head is that of version {found.signed}."
    if found.rows_rederived is not None:
        yield f"Derived again from the originals: {found.rows_rederived:,} stored rows."
