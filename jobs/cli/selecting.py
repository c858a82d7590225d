"""Options that choose rows of a corpus, for the commands that withdraw them or ask what rests on them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outcross.jobs.cli.find_corpus import id_of

if TYPE_CHECKING:
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.assets.corpus.withdrawal.selection import Selector

Batch = Annotated[str | None, typer.Option(metavar="ID", help="rows of this batch: its id or file")]
Generator = Annotated[str | None, typer.Option(metavar="NAME", help="rows that name this generator")]
Licence = Annotated[str | None, typer.Option(metavar="SPDX", help="rows with this licence")]
Consent = Annotated[str | None, typer.Option(metavar="TEXT", help="rows with this consent, or these terms")]
Rows = Annotated[Path | None, typer.Option(metavar="FILE", help="rows with the content of one of this file's rows")]


def selector_of(
    corpus: "OpenCorpus",
    batch: str | None,
    generator: str | None,
    licence: str | None,
    consent: str | None,
    rows: Path | None,
) -> "Selector":
    """Return the selector that options name.

    Raises:
        BadInput: they name none, or several.
    """
    from outcross.assets.corpus.withdrawal.selection import Selector

    named = None if batch is None else id_of(corpus, batch)
    return Selector(batch=named, generator=generator, licence=licence, consent=consent, rows=rows)
