"""Finish erasures: put what is left of a file in its place, and remove the others.

The version that records an erasure is its commit. What is left of each file is written before it, below ``erasing``, so
that whatever is killed afterwards can be finished by the next command that writes to the corpus. A file below
``erasing`` is the last to go.
"""

import hashlib

from outcross.assets.corpus.files import ANCHOR, CELLS, DERIVED, DERIVED_OF_BATCHES, ERASING
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


def is_unfinished(corpus: CorpusStore, last: Version) -> bool:
    """Whether an erasure that the last version records is not finished."""
    return not _recorded(last).keys().isdisjoint(corpus.list(ERASING))


def finish(corpus: CorpusStore, last: Version | None) -> int:
    """Finish the erasures that a ledger records, and return the number of files that were changed.

    Args:
        corpus: the corpus's folder.
        last: its last version.
    """
    waiting = corpus.list(ERASING)
    if last is None or not waiting:
        return 0
    recorded = _recorded(last)
    ready = [path for path in waiting if path in recorded]
    if ready:
        folders = {path.split("/", 2)[2].rpartition("/")[0] for path in ready}
        _remove_derived(corpus, last, {each.rpartition("/")[2] for each in folders if _is_of_anchor(each)})
        _remove_remnants(corpus, folders)
    for path in ready:
        _replace(corpus, recorded[path], path)
    for path in waiting:
        if path in recorded or int(path.split("/")[1][:8]) <= last.number:  # no version records it, and none ever will
            corpus.remove(path)
    return len(ready)


def _recorded(last: Version) -> dict[str, ErasedFile]:
    """Return where what is left of each erased file may lie."""
    lists = {each.version: each.sha256 for each in last.withdrawals}
    return {pending_path(each.version, lists[each.version], each.path): each for each in Erasures(last.erased).last}


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


def _remove_derived(corpus: CorpusStore, last: Version, anchors: set[str]) -> None:
    """Remove what is derived from rows of batches, or from renewed anchors that lost rows; it is made again."""
    keep = "" if last.evidence is None else f"{CELLS}/{last.evidence.cells}.npz"
    of_first = tuple(f"{each}/profile-" for each in DERIVED_OF_BATCHES)
    for folder in DERIVED:
        for path in corpus.list(folder, hidden=True):
            of_anchor = any(each in path for each in anchors)
            of_batches = folder in DERIVED_OF_BATCHES and not path.startswith(of_first)
            if path != keep and (of_anchor or of_batches):
                corpus.remove(path)


def _is_of_anchor(folder: str) -> bool:
    return folder.startswith(f"{ANCHOR}/")


def _remove_remnants(corpus: CorpusStore, folders: set[str]) -> None:
    """Remove what killed writers left beside erased rows; a version may be written at this moment by somebody else."""
    for folder in sorted(each for each in folders if each.startswith("batches/") or _is_of_anchor(each)):
        for path in corpus.list(folder, hidden=True):
            if path.rsplit("/", 1)[-1].startswith("."):
                corpus.remove(path)
