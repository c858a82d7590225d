"""A corpus's ledger: its versions, one JSON file each, written once and never changed.

``versions/00000012.json`` is version 12. Writing it is the commit of whatever led to it: parts are written before,
and count only once a version names them. Two writers cannot both make version 12; the later one gets a
:class:`~outcross.resources.corpus_store.Conflict`, and builds anew on what is there. :func:`extend` does just that.
"""

import re
from collections.abc import Callable

from outcross.assets.corpus.ledger.version import (
    Action,
    Count,
    Estimate,
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
    """Path of a version's file below the corpus's folder."""
    return f"{VERSIONS}/{number:08d}.json"


def numbers(corpus: CorpusStore) -> list[int]:
    """Numbers of the versions there are, ascending."""
    return sorted(int(found[1]) for path in corpus.list(VERSIONS) if (found := _FILE.fullmatch(path)))


def newest(corpus: CorpusStore) -> Version | None:
    """The last version; None where there is none yet."""
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
        Conflict: somebody else has made a version of this number; build anew on the last one.
        BadInput: it does not add up, does not follow its parent, or could not be read back.
    """
    if version.corpus != corpus.corpus:
        raise BadInput(f"a version of corpus '{version.corpus}' does not belong to '{corpus.corpus}'")
    check(version)
    content = version.encode()
    Version.decode(content, where=f"version {version.number} of corpus '{version.corpus}'")
    if version.parent is not None:
        check_follows(version, read_version(corpus, version.parent))
    try:
        corpus.put_new(version_path(version.number), content)
    except Conflict:
        raise Conflict(
            f"corpus '{corpus.corpus}' has a version {version.number} already; build anew on the last one"
        ) from None


def extend(
    corpus: CorpusStore, build: Callable[[Version | None], Version | None], *, tries: int = 1000
) -> Version | None:
    """Build a version on the last one and append it; where somebody else was first, build it anew on theirs.

    Args:
        corpus: whose ledger.
        build: the last version, if any → the next one; None where nothing is to be done (the batch is in already).
        tries: after how many lost races to give up. Somebody wins each, so the ledger always moves on.

    Returns the version that was written, or None where ``build`` returned None.

    Raises:
        Conflict: every try was lost.
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
    raise Conflict(f"corpus '{corpus.corpus}' was written by others {tries} times in a row; try again when it is quiet")
