"""What a ledger remembers of rows that were withdrawn, erased or declared anew. A version carries all of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import ConfigDict

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """Rows that were withdrawn from a corpus.

    Attributes:
        version: number of the version that withdrew them.
        what: which rows, in words, such as ``batch 0f…`` or ``generator 'vendor'``.
        reason: in words.
        rows: number of these rows that were in the corpus until then.
        quarantined: number of these rows that were in quarantine until then.
        batches: ids of the batches that they are of.
        whole: ids of those batches that have no other row.
        path: of the list of the rows, within the corpus's folder, with the digest of each; see
            :data:`outcross.assets.corpus.files.WITHDRAWN`.
        sha256: of that list.
        lines: number of its lines.
        erased: whether the bytes of the rows were erased as well.
        decided: number of the version in which somebody decided what becomes of what rests on them; None until then.
            Where rows that were withdrawn before are only erased, it is that version: the earlier one marks them.
    """

    __pydantic_config__ = _STRICT
    version: int
    what: str
    reason: str
    rows: int
    quarantined: int
    batches: tuple[str, ...]
    whole: tuple[str, ...]
    path: str
    sha256: str
    lines: int
    erased: bool
    decided: int | None = None


@dataclass(frozen=True, kw_only=True)
class ErasedFile:
    """A file whose bytes were erased, in whole or in part.

    Attributes:
        version: number of the version that erased them.
        path: within the corpus's folder.
        was: sha256 until then.
        now: sha256 of what took its place under the same path; None where nothing did.
        rows: number of rows that it lost; 0 where it holds none by themselves, as an original.
    """

    __pydantic_config__ = _STRICT
    version: int
    path: str
    was: str
    now: str | None
    rows: int


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What is declared anew of the rows of a batch: it stands in place of what each row says of itself.

    Attributes:
        version: number of the version that declared it.
        batch: id of the batch.
        reason: in words.
        claims: provenance by key; a key that is missing stays as it is.
    """

    __pydantic_config__ = _STRICT
    version: int
    batch: str
    reason: str
    claims: dict[str, str | int | None]


class Erasures:
    """The files of a corpus that were erased in whole or in part: which bytes each has now."""

    def __init__(self, erased: Iterable[ErasedFile]) -> None:
        self._of: dict[str, list[ErasedFile]] = {}
        for each in erased:
            self._of.setdefault(each.path, []).append(each)

    @property
    def last(self) -> list[ErasedFile]:
        """The latest erasure of each file."""
        return [each[-1] for each in self._of.values()]

    def expect(self, path: str, sha256: str | None) -> str | None:
        """Return the sha256 that a file has to have now, where a version names another one; None where it is gone."""
        entries = self._of.get(path, [])
        known = {each.was for each in entries} | {each.now for each in entries}
        return entries[-1].now if entries and sha256 in known else sha256

    def rows_lost(self, path: str) -> int:
        """Count the rows that a file has lost."""
        return sum(each.rows for each in self._of.get(path, []))


def undecided(withdrawals: Sequence[Withdrawal]) -> list[Withdrawal]:
    """List the withdrawals about which nobody has decided yet what becomes of what rests on them."""
    return [each for each in withdrawals if each.decided is None]
