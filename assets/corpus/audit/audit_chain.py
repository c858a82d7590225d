"""Audit of the chain: each version names its parent's digest, and the files that it rests on, with theirs.

Versions of a ledger of an earlier layout name neither. A *takeover* is a version that names what they rest on as it
was found on that day; before it, nothing shows whether they are what was written.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from outcross.assets.corpus.audit.findings import Finding
from outcross.assets.corpus.files import ABOUT, DERIVED, HEADS, HOLDOUT, PROFILE
from outcross.assets.corpus.ledger.custody import Erasures
from outcross.assets.corpus.ledger.ledger import numbers, version_path
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.ledger.version_checks import list_parts
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.quarantine.rows import find_refusals
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.store import MissingArtefact

_DERIVED = tuple(f"{folder}/" for folder in DERIVED)
_OF_ANCHOR = (HOLDOUT, PROFILE, ABOUT)


@dataclass
class ChainAudit:
    """The audit of the chain.

    Attributes:
        digests: number of a version → sha256 of its file as it lies there.
        earlier: versions of the earlier layout.
        not_taken_over: files that these rest on and that no version names.
        taken_over: number and time of the last takeover, if there is one.
        unnamed: files that no version names and that are no refusal, no signed head, and not derived from the rows.
        derived: number of files that are derived from the rows, and made again where they are missing.
        problems: one sentence each.
    """

    digests: dict[int, str] = field(default_factory=dict)
    earlier: list[int] = field(default_factory=list)
    not_taken_over: list[str] = field(default_factory=list)
    taken_over: tuple[int, str] | None = None
    unnamed: list[str] = field(default_factory=list)
    derived: int = 0
    problems: list[str] = field(default_factory=list)


def audit_chain(corpus: OpenCorpus, versions: Sequence[Version]) -> ChainAudit:
    """Audit the links between versions, and the files that they name beside their parts.

    Args:
        corpus: the open corpus.
        versions: those that could be read, in their order.
    """
    files = corpus.files
    erasures = Erasures(versions[-1].erased if versions else ())
    found = ChainAudit(digests={number: files.digest(version_path(number)) for number in numbers(files)})
    found.earlier = [version.number for version in versions if not version.files]
    found.problems += _link_problems(versions, found, erasures)
    found.problems += _file_problems(files, versions, erasures)
    named = {each.path for version in versions for each in version.files}
    found.problems += _unnamed_sources(versions, named)
    found.not_taken_over = _not_taken_over(files, versions, named)
    takeovers = [(version.number, version.at) for version in versions if version.action == "takeover"]
    found.taken_over = takeovers[-1] if takeovers else None
    _sort_others(corpus, versions, named, found)
    return found


def _link_problems(versions: Sequence[Version], found: ChainAudit, erasures: Erasures) -> Iterator[str]:
    """Compare the digest that each version names with its parent's file."""
    by_number = {version.number: version for version in versions}
    for version in versions:
        parent = by_number.get(version.number - 1)
        if version.parent_sha256 is None:
            if parent is not None and (parent.files or version.files):
                yield Finding.UNLINKED.say(version=version_path(version.number))
            continue
        expected = erasures.expect(version_path(version.number - 1), version.parent_sha256)
        if (lies := found.digests.get(version.number - 1)) not in (None, expected):
            yield Finding.OTHER_PARENT.say(
                parent=version_path(version.number - 1),
                version=version.number,
                found=lies,
                written=version.parent_sha256,
            )


def _file_problems(files: CorpusStore, versions: Sequence[Version], erasures: Erasures) -> Iterator[str]:
    """Compare each file that a version names beside its parts with its bytes."""
    lies: dict[str, str | None] = {}
    for version in versions:
        for each in version.files:
            if each.path not in lies:
                lies[each.path] = _digest(files, each.path)
            expected, sha256 = erasures.expect(each.path, each.sha256), lies[each.path]
            if expected is None:
                if sha256 is not None:
                    yield Finding.NOT_ERASED.say(path=each.path)
            elif sha256 is None:
                yield Finding.MISSING_FILE.say(path=each.path, number=version.number)
            elif sha256 != expected:
                yield Finding.OTHER_FILE.say(path=each.path, number=version.number, found=sha256, written=each.sha256)


def _digest(files: CorpusStore, path: str) -> str | None:
    try:
        return files.digest(path)
    except (MissingArtefact, OSError, ValueError):
        return None


def _unnamed_sources(versions: Sequence[Version], named: set[str]) -> Iterator[str]:
    """Yield the files that a version of this layout has to name, and does not."""
    for version in versions:
        if not version.files:
            continue
        own = [each.path for each in version.files]
        if version.action == "anchor":
            for path in _OF_ANCHOR:
                if path not in own:
                    yield Finding.UNNAMED_SOURCE.say(version=version_path(version.number), path=path)
        if version.action == "ingest":
            original = f"batches/{version.batch}/original"
            if not any(path.startswith(original) for path in own):
                yield Finding.UNNAMED_SOURCE.say(version=version_path(version.number), path=original)


def _not_taken_over(files: CorpusStore, versions: Sequence[Version], named: set[str]) -> list[str]:
    """List the files that versions of the earlier layout rest on, and that no version names."""
    linked = {version_path(version.number - 1) for version in versions if version.parent_sha256 is not None}
    wanted = []
    for version in versions:
        if version.files:
            continue
        wanted.append(version_path(version.number))
        if version.action == "anchor":
            wanted += _OF_ANCHOR
        if version.action == "ingest" and version.batch is not None:
            wanted += [path for path in files.list(f"batches/{version.batch}") if _is_source(path)]
    return [path for path in dict.fromkeys(wanted) if path not in named | linked]


def _is_source(path: str) -> bool:
    """Whether a file of a batch is its original, or what was claimed of it."""
    return path.rsplit("/", 1)[-1].startswith(("original", "provenance-"))


def _sort_others(corpus: OpenCorpus, versions: Sequence[Version], named: set[str], found: ChainAudit) -> None:
    """Sort the files that no version names into those derived from the rows, refusals and heads, and the rest."""
    parts = {part.path for version in versions for part in list_parts(version)}
    known = named | parts | {version_path(number) for number in found.digests} | set(found.not_taken_over)
    refusals = dict(find_refusals(corpus))
    ingested = {version.batch for version in versions if version.action == "ingest"}
    refused = {f"batches/{batch}" for batch in refusals.values() if batch and batch not in ingested}
    for path in corpus.files.list(hidden=True):
        if path in known or path in refusals or path.startswith(f"{HEADS}/"):
            continue
        if path.startswith(_DERIVED):
            found.derived += 1
        elif not (path.rpartition("/")[0] in refused and _is_source(path)):
            found.unnamed.append(path)
