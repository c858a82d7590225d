"""``outcross declare``: declare anew what was declared wrongly of a batch."""

import getpass
import json
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.find_corpus import id_of, now, view_corpus
from outcross.jobs.cli.options import AsJson, CorpusName, Root

if TYPE_CHECKING:
    from outcross.assets.corpus.ledger.version import Version

_HELP = """Declare anew what was declared wrongly of a batch; its rows stay where they are.

A new version of the ledger counts the rows by what is declared now: the synthetic share, the estimates and the guards \
that accumulate follow. If the corpus is past its bound then, that is said, and no row is removed. Earlier versions \
keep what was declared then. To take the rows out instead, use [bold]outcross withdraw[/bold].

[bold]Examples[/bold]

  outcross declare college --batch march.csv --origin synthetic --reason "they told us"

  outcross declare college --batch 5f2c9a31d0b8e746 --licence CC0-1.0 --reason cleared --dry-run
"""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("declare", help=_HELP)(declare)


def declare(
    corpus: CorpusName,
    batch: Annotated[str, typer.Option(metavar="ID", help="id of the batch, or the name of its file")],
    reason: Annotated[str, typer.Option(help="reason to record in the ledger")],
    origin: Annotated[str | None, typer.Option(help="real, synthetic, mixed or unknown")] = None,
    generator: Annotated[str | None, typer.Option(help="generator of the rows")] = None,
    generator_version: Annotated[str | None, typer.Option(help="version of that generator")] = None,
    parent: Annotated[str | None, typer.Option(help="corpus or dataset that the generator was fitted to")] = None,
    licence: Annotated[str | None, typer.Option(help="SPDX identifier")] = None,
    consent: Annotated[str | None, typer.Option(help="consent of the people in the rows, or the terms")] = None,
    depth: Annotated[int | None, typer.Option(min=0, help="number of models that the rows have passed through")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show what would happen and change nothing")] = False,
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Declare a batch anew."""
    anchored = view_corpus(corpus, root)

    from outcross.assets.corpus.withdrawal.declare import declare as declare_anew
    from outcross.jobs.cli.console import status_line

    claims = {
        "origin": origin,
        "generator": generator,
        "generator_version": generator_version,
        "parent": parent,
        "licence": licence,
        "consent": consent,
        "depth": depth,
    }
    with status_line(f"{anchored.name}: counting rows", quiet=as_json):
        version = declare_anew(
            anchored, id_of(anchored, batch), claims, reason=reason, by=getpass.getuser(), at=now(), dry_run=dry_run
        )
    if as_json:
        say(json.dumps({**_as_json(version), "applied": None if dry_run else version.number}))
        return
    _print(version, dry_run=dry_run)


def _as_json(version: "Version") -> dict[str, object]:
    told = version.to_json()
    names = ("corpus", "batch", "reason", "counts", "declared_share", "estimated", "recent", "bound", "bound_from")
    found: dict[str, object] = {name: told[name] for name in names}
    return found | {"within_bound": all(each.passed for each in version.guards)}


def _print(version: "Version", *, dry_run: bool) -> None:
    from outcross.assets.corpus.trim.past_bound import advise_past_bound
    from outcross.jobs.cli.terminal_text import clean_text

    opening = (
        "Nothing was changed. The version would say:" if dry_run else f"{version.corpus}, version {version.number}:"
    )
    say(clean_text(f"{opening} {version.reason}; {version.declared_share:.1%} declared synthetic", 1_000))
    if (found := version.estimated) is not None:
        told = f"{found.share:.1%} ({found.lower:.1%} to {found.upper:.1%})"
        say(f"estimated synthetic share: {told if found.decided else f'cannot tell; so far {told}'}")
    if (advice := advise_past_bound(version)) is not None:
        say(advice)
