"""A corpus's ledger: its versions, each in a JSON file that is written once and never changed.

``versions/00000012.json`` is version 12. Writing this file is the commit: parts are written before it, and belong to
the corpus only once a version names them. Two writers cannot both write version 12: the later one gets a
:class:`~outcross.resources.corpus_store.Conflict` and rebuilds its version on the new last one, see :func:`extend`.

Each version names the sha256 of its parent's file, so the sha256 of the last file, the *head* of the ledger, stands for
every version, and for every file that one of them names.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace

from outcross.assets.corpus.ledger.erasing import finish
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.ledger.version_checks import COUNT_AGAIN, check, check_follows
from outcross.resources.corpus_store import Conflict, CorpusStore
from outcross.resources.errors import RESTORE, BadInput, Damaged, OutcrossError
from outcross.resources.store import MissingArtefact

VERSIONS = "versions"
_FILE = re.compile(rf"{VERSIONS}/([0-9]{{8,}})\.json")


def version_path(number: int) -> str:
    """Return the path of a version's file within the corpus's folder."""
    return f"{VERSIONS}/{number:08d}.json"


def numbers(corpus: CorpusStore) -> list[int]:
    """List the numbers of the versions in ascending order."""
    return sorted(int(found[1]) for path in corpus.list(VERSIONS) if (found := _FILE.fullmatch(path)))


def newest(corpus: CorpusStore) -> Version | None:
    """Read the last version; None where there is none yet."""
    known = numbers(corpus)
    return read_version(corpus, known[-1]) if known else None


def read_version(corpus: CorpusStore, number: int | None = None) -> Version:
    """Read one version, by default the last.

    Raises:
        MissingArtefact: there is no such version.
        Damaged: its file is.
    """
    if number is None:
        if (last := newest(corpus)) is None:
            raise MissingArtefact(f"corpus '{corpus.corpus}' has no version yet; ingest its anchor first")
        return last
    return _decode(corpus, number, _read(corpus, number))


def _read(corpus: CorpusStore, number: int) -> bytes:
    try:
        return corpus.get(version_path(number))
    except MissingArtefact:
        known = ", ".join(str(each) for each in numbers(corpus)[-5:]) or "none"
        raise MissingArtefact(f"corpus '{corpus.corpus}' has no version {number}; the last are {known}") from None


def _decode(corpus: CorpusStore, number: int, content: bytes) -> Version:
    where = corpus.location(version_path(number))
    try:
        version = Version.decode(content, where="it")
        check(version)
    except BadInput as error:
        fault = str(error).removesuffix(RESTORE).removesuffix(COUNT_AGAIN)
        raise Damaged(where, f"is damaged: {fault.rstrip(' ;.')}", RESTORE) from None
    if (version.corpus, version.number) != (corpus.corpus, number):
        raise Damaged(where, f"holds version {version.number} of '{version.corpus}'", RESTORE)
    return version


def append(corpus: CorpusStore, version: Version) -> Version:
    """Write a version, linked to its parent: the commit; return it as it was written.

    Raises:
        Conflict: another writer has written a version of this number; rebuild on the last one.
        BadInput: it is inconsistent, does not follow from its parent, or could not be read back.
        Damaged: its parent's file is.
    """
    if version.corpus != corpus.corpus:
        raise BadInput(
            f"a version of corpus '{version.corpus}' does not belong to '{corpus.corpus}'; append it to its own ledger"
        )
    if version.parent is not None:
        before = _read(corpus, version.parent)
        version = replace(version, parent_sha256=hashlib.sha256(before).hexdigest())
    check(version)
    content = version.encode()
    Version.decode(content, where=f"version {version.number} of corpus '{version.corpus}'")
    if version.parent is not None:
        check_follows(version, _decode(corpus, version.parent, before))
    try:
        corpus.put_new(version_path(version.number), content)
    except Conflict:
        raise Conflict(
            f"corpus '{corpus.corpus}' has a version {version.number} already; rebuild on the last version"
        ) from None
    return version


def finish_erasure(corpus: CorpusStore) -> str | None:
    """Finish an erasure that was begun, if there is one; return why it could not be."""
    try:
        finish(corpus, newest(corpus))
    except (OSError, OutcrossError) as error:
        return str(error)
    return None


def extend(
    corpus: CorpusStore, build: Callable[[Version | None], Version | None], *, tries: int = 1000
) -> Version | None:
    """Build a version on the last one and append it; where another writer was first, rebuild it on theirs.

    An erasure that was begun is finished first.

    Args:
        corpus: the corpus's folder.
        build: last version, if any → next version; None where there is nothing to do, such as a batch already recorded.
        tries: number of lost races after which to give up. Every race has a winner, so the ledger always progresses.

    Returns the version that was written, or None where ``build`` returned None.

    Raises:
        Conflict: every race was lost.
    """
    for _ in range(tries):
        last = newest(corpus)
        finish(corpus, last)
        version = build(last)
        if version is None:
            return None
        try:
            return append(corpus, version)
        except Conflict:
            continue
    raise Conflict(f"corpus '{corpus.corpus}' lost {tries} commits in a row to other writers; retry later")
