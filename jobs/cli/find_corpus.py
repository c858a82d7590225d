"""Find the corpus that a command names, and open it below its root."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outcross.assets.corpus.open_corpus import OpenCorpus


def open_corpus(corpus: str, root: str | None, *, quiet: bool = False) -> "OpenCorpus":
    """Open a corpus by name or file below a root; start it if it has no version yet.

    A corpus that is given by path is known by its name from then on. Where it is started, the terminal says what became
    of the columns of its anchor.

    Args:
        corpus: name of a corpus, or path of its file.
        root: of the store; None is the home's.
        quiet: print nothing.

    Raises:
        BadInput: there is no such corpus, its file or its anchor cannot be used, or another file has its name.
    """
    from outcross.jobs.files.corpus_files import CORPORA
    from outcross.jobs.files.home import prepare

    found = find_corpus(corpus, root)

    from outcross.assets.corpus.open_corpus import open_corpus as open_stored
    from outcross.jobs.cli.told_columns import notes_on_files, print_told

    is_new = not found.is_started
    opened = open_stored(found.settings, found.store, by=getpass.getuser(), at=now())
    home = prepare()
    CORPORA.register(CORPORA.find(corpus, home), home)
    if is_new and not quiet:
        print_told(opened.columns, notes_on_files(opened.settings.anchor, opened.notes, opened.columns, opened.schema))
    return opened


def view_corpus(corpus: str, root: str | None) -> "OpenCorpus":
    """Open a corpus that has been started, to look at it or to decide about its rows; nothing is written by that.

    Args:
        corpus: name of a corpus, or path of its file.
        root: of the store; None is the home's.

    Raises:
        BadInput: there is no such corpus, its file cannot be used, or it was started under other settings.
        MissingArtefact: nothing was ever ingested.
        Damaged: a file of its anchor or its ledger is lost or damaged.
    """
    found = find_corpus(corpus, root)

    from outcross.assets.corpus.open_corpus import view_corpus as view_stored

    return view_stored(found.settings, found.store)


def find_corpus(corpus: str, root: str | None) -> "OpenCorpus":
    """Find a corpus by name or file below a root, damaged or not; nothing of it is read or written.

    Raises:
        BadInput: there is no such corpus, or its file cannot be used.
    """
    from outcross.jobs.files.corpus_files import CORPORA
    from outcross.jobs.files.home import prepare

    settings = CORPORA.load(CORPORA.find(corpus, prepare()))

    from outcross.assets.corpus.open_corpus import OpenCorpus
    from outcross.resources.corpus_store import CorpusStore
    from outcross.resources.store import Store, default_root

    store = Store(root or default_root())
    return OpenCorpus(settings, store, CorpusStore(store, settings.corpus))


def now() -> str:
    """Return the current time as the ledger records it: ISO 8601, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def id_of(corpus: "OpenCorpus", batch: str) -> str:
    """Return the id of the batch that is meant by its id, the first characters of it, or the name of its file.

    Raises:
        BadInput: several batches are meant.
    """
    from outcross.assets.corpus.quarantine.rows import name_batch

    return name_batch(corpus, batch)
