"""What every command about a corpus shares: where its data is kept, how it answers, and the corpus itself."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from outcross.assets.corpus.open_corpus import OpenCorpus

Root = Annotated[str | None, typer.Option(help="where the data is kept: a path or URL")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")]


def anchored_of(corpus: str, root: str | None) -> "OpenCorpus":
    """The corpus of that name or file, anchored below that root.

    Raises: BadInput where there is no such corpus, or its file is wrong.
    """
    from outcross.assets.corpus.open_corpus import open_corpus

    found = stored_corpus(corpus, root)
    return open_corpus(found.settings, found.store, by=getpass.getuser(), at=now())


def stored_corpus(corpus: str, root: str | None) -> "OpenCorpus":
    """The corpus of that name or file as it lies below that root, damaged or not: nothing of it is read or written.

    Raises: BadInput where there is no such corpus, or its file is wrong.
    """
    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.jobs.files.corpus_files import CORPORA
    from outcross.jobs.running.instance import prepare
    from outcross.resources.corpus_store import CorpusStore
    from outcross.resources.store import Store
    from outcross.resources.store_resource import default_root

    settings = CORPORA.load(CORPORA.find(corpus, prepare()))
    store = Store(root or default_root())
    return OpenCorpus(settings, store, CorpusStore(store, settings.corpus))


def now() -> str:
    """The moment, as a ledger has it: ISO 8601, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
