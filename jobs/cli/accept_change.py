"""``outcross accept-change``: take one lasting change of the world as normal."""

import getpass
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.find_corpus import now, view_corpus
from outcross.jobs.cli.options import AsJson, CorpusName, Root

if TYPE_CHECKING:
    from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
    from outcross.assets.corpus.open_corpus import OpenCorpus

_HELP = """Take one lasting change as normal: a level, a range, a unit, or the absence of a column.

Run it when a guard holds every batch for one change that is right. The change is a version of the ledger, with its \
date and reason, and [bold]outcross corpus[/bold] shows it. Guards compare later batches with the anchor as if it had \
not happened, so they hold any other change. A held batch that is sent again is judged again.

Numbers in another unit are divided by FACTOR as they are read. A missing column is stored without values. A change of \
the whole population is for [bold]outcross corpus NAME --renew-anchor[/bold].

[bold]Examples[/bold]

  outcross accept-change adult --level work-class=Gig-work --reason "platform work, since May"

  outcross accept-change adult --range hours=0..120 --reason "on-call hours count"

  outcross accept-change adult --unit wage=100 --reason "cents since July"

  outcross accept-change adult --absent religion --reason "no longer asked"
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("accept-change", help=_HELP)(accept_change)


def accept_change(
    corpus: CorpusName,
    level: Annotated[str | None, typer.Option(metavar="COLUMN=VALUE", help="a value that the anchor lacks")] = None,
    reach: Annotated[
        str | None, typer.Option("--range", metavar="COLUMN=LOW..HIGH", help="numbers beyond the anchor's")
    ] = None,
    unit: Annotated[
        str | None, typer.Option(metavar="COLUMN=FACTOR", help="how many times larger numbers are now")
    ] = None,
    absent: Annotated[str | None, typer.Option(metavar="COLUMN", help="a column that files may lack")] = None,
    reason: Annotated[str, typer.Option(help="reason to record in the ledger; required")] = "",
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Accept the change."""
    from outcross.resources.errors import BadInput

    given = {"level": level, "range": reach, "unit": unit, "absent": absent}
    stated = [(kind, value) for kind, value in given.items() if value is not None]
    if len(stated) != 1:
        raise BadInput("accept one change: give one of --level, --range, --unit and --absent")
    if not reason.strip():
        raise BadInput("an accepted change needs a reason, which the ledger records; give --reason")
    anchored = view_corpus(corpus, root)

    from outcross.assets.corpus.accepted.accept import accept
    from outcross.assets.corpus.accepted.stated import parse_change

    change = parse_change(*stated[0], anchored, reason=reason, by=getpass.getuser(), at=now())
    version = accept(anchored, change)
    if as_json:
        say(json.dumps({"corpus": anchored.name, "version": version.number, "accepted": asdict(change)}))
    else:
        say(_outcome(anchored, change, version.number))


def _outcome(corpus: "OpenCorpus", change: "AcceptedChange", version: int) -> str:
    return (
        f"{corpus.name}, version {version}: {change.describe()} counts as normal from now on. Send the held files "
        "again: they are judged again."
    )
