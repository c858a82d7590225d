"""Finish erasures: put what is left of a file in its place, and remove the others.

The version that records an erasure is its commit. What is left of each file is written before it, below ``erasing``, so
that whatever is killed afterwards can be finished by the next command that writes to the corpus. A file below
``erasing`` is the last to go.
"""

import hashlib

from outcross.assets.corpus.files import CELLS, DERIVED_OF_BATCHES, ERASING
from outcross.assets.corpus.ledger.custody import ErasedFile, Erasures
from outcross.assets.corpus.ledger.version import Version
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import MissingArtefact

GONE = b""
"""Content of the file that stands for one that has to go."""


def pending_path(version: int, sha256: str, path: str) -> str:
    """Return where what is left of a file lies until an erasure is finished.

    Args:
        version: number of the version that records it.
        sha256: of its list of rows, so that two erasures that race for a number never share a file.
        path: of the file.
    """
    return f"{ERASING}/{version:08d}-{sha256[:12]}/{path}"


def is_unfinished(corpus: CorpusStore) -> bool:
    """Whether an erasure was begun and is not finished."""
    return bool(corpus.list(ERASING))


def finish(corpus: CorpusStore, last: Version | None) -> int:
    """Finish the erasures that a ledger records, and return the number of files that were changed.

    Args:
        corpus: the corpus's folder.
        last: its last version.
    """
    waiting = corpus.list(ERASING)
    if last is None or not waiting:
        return 0
    lists = {each.version: each.sha256 for each in last.withdrawals}
    recorded = {pending_path(each.version, lists[each.version], each.path): each for each in Erasures(last.erased).last}
    ready = [path for path in waiting if path in recorded]
    if ready:
        _remove_derived(corpus, last)
        _remove_remnants(corpus, {path.split("/", 2)[2].rpartition("/")[0] for path in ready})
    for path in ready:
        _replace(corpus, recorded[path], path)
    for path in waiting:
        if path in recorded or int(path.split("/")[1][:8]) <= last.number:  # no version records it, and none ever will
            corpus.remove(path)
    return len(ready)


def _replace(corpus: CorpusStore, erased: ErasedFile, source: str) -> None:
    if erased.now is None:
        corpus.remove(erased.path)
        return
    try:
        content = corpus.get(source)
    except MissingArtefact:  # another process has just finished it
        return
    if hashlib.sha256(content).hexdigest() == erased.now:
        corpus.put(erased.path, content)


def _remove_derived(corpus: CorpusStore, last: Version) -> None:
    """Remove what is derived from rows of batches, and is made again from those that are left."""
    keep = "" if last.evidence is None else f"{CELLS}/{last.evidence.cells}.npz"
    for folder in DERIVED_OF_BATCHES:
        for path in corpus.list(folder, hidden=True):
            if path != keep and not path.startswith(tuple(f"{each}/profile-" for each in DERIVED_OF_BATCHES)):
                corpus.remove(path)


def _remove_remnants(corpus: CorpusStore, folders: set[str]) -> None:
    """Remove what killed writers left in folders of erased files."""
    for folder in sorted(folders):
        for path in corpus.list(folder, hidden=True):
            if path.rsplit("/", 1)[-1].startswith("."):
                corpus.remove(path)
