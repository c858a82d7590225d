"""A corpus's ledger: its versions, each in a JSON file that is written once and never changed.

``versions/00000012.json`` is version 12. Writing this file is the commit: parts are written before it, and belong to
the corpus only once a version names them. Two writers cannot both write version 12: the later one gets a
:class:`~outcross.resources.corpus_store.Conflict` and rebuilds its version on the new last one, see :func:`extend`.
"""

import re
from collections.abc import Callable

from outcross.assets.corpus.ledger.version import (
    Action,
    Count,
    Estimate,
    Expected,
    GuardResult,
    Origin,
    PartRef,
    Totals,
    Version,
    totals,
)
from outcross.assets.corpus.ledger.version_checks import check, check_follows
from outcross.resources.corpus_store import Conflict, CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.store import MissingArtefact

__all__ = [
    "Action",
    "Conflict",
    "Count",
    "Estimate",
    "Expected",
    "GuardResult",
    "Origin",
    "PartRef",
    "Totals",
    "Version",
    "append",
    "check",
    "check_follows",
    "extend",
    "newest",
    "numbers",
    "read_version",
    "totals",
    "version_path",
]

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
        BadInput: its file is damaged.
    """
    if number is None:
        if (last := newest(corpus)) is None:
            raise MissingArtefact(f"corpus '{corpus.corpus}' has no version yet; ingest its anchor first")
        return last
    path = version_path(number)
    try:
        content = corpus.get(path)
    except MissingArtefact:
        known = ", ".join(str(each) for each in numbers(corpus)[-5:]) or "none"
        raise MissingArtefact(f"corpus '{corpus.corpus}' has no version {number}; the last are {known}") from None
    version = Version.decode(content, where=corpus.location(path))
    if (version.corpus, version.number) != (corpus.corpus, number):
        raise BadInput(
            f"{corpus.location(path)} holds version {version.number} of '{version.corpus}'; restore it from a copy"
        )
    check(version)
    return version


def append(corpus: CorpusStore, version: Version) -> None:
    """Write a version: the commit.

    Raises:
        Conflict: another writer has written a version of this number; rebuild on the last one.
        BadInput: it is inconsistent, does not follow from its parent, or could not be read back.
    """
    if version.corpus != corpus.corpus:
        raise BadInput(
            f"a version of corpus '{version.corpus}' does not belong to '{corpus.corpus}'; append it to its own ledger"
        )
    check(version)
    content = version.encode()
    Version.decode(content, where=f"version {version.number} of corpus '{version.corpus}'")
    if version.parent is not None:
        check_follows(version, read_version(corpus, version.parent))
    try:
        corpus.put_new(version_path(version.number), content)
    except Conflict:
        raise Conflict(
            f"corpus '{corpus.corpus}' has a version {version.number} already; rebuild on the last version"
        ) from None


def extend(
    corpus: CorpusStore, build: Callable[[Version | None], Version | None], *, tries: int = 1000
) -> Version | None:
    """Build a version on the last one and append it; where another writer was first, rebuild it on theirs.

    Args:
        corpus: the corpus's folder.
        build: last version, if any → next version; None where there is nothing to do, such as a batch already recorded.
        tries: number of lost races after which to give up. Every race has a winner, so the ledger always progresses.

    Returns the version that was written, or None where ``build`` returned None.

    Raises:
        Conflict: every race was lost.
    """
    for _ in range(tries):
        version = build(newest(corpus))
        if version is None:
            return None
        try:
            append(corpus, version)
        except Conflict:
            continue
        return version
    raise Conflict(f"corpus '{corpus.corpus}' lost {tries} commits in a row to other writers; retry later")
