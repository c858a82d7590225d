"""What every command about a corpus shares: where its data is kept, how it answers, and the corpus itself."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from assets.intake.anchored import Anchored

Root = Annotated[str | None, typer.Option(help="where the data is kept: a path or URL")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")]


def anchored_of(corpus: str, root: str | None) -> "Anchored":
    """The corpus of that name or file, anchored below that root.

    Raises: BadInput where there is no such corpus, or its file is wrong.
    """
    from assets.intake.anchored import anchor
    from jobs.corpus_files import CORPORA
    from jobs.instance import prepare
    from resources.store import Store
    from resources.store_resource import default_root

    home = prepare()
    settings = CORPORA.load(CORPORA.find(corpus, home))
    return anchor(settings, Store(root or default_root()), by=getpass.getuser(), at=now())


def now() -> str:
    """The moment, as a ledger has it: ISO 8601, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
