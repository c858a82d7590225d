"""The renewed anchor that a version's batches are compared with, as the ledger names it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from pydantic import ConfigDict

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True, kw_only=True)
class AnchorRef:
    """An anchor that a renewal made; a version without one is compared with the anchor that the corpus started from.

    Attributes:
        version: number of the version that made it.
        sha256: of its rows' file.
        holdout_sha256, profile_sha256: of the files of its holdout and its profile.
        rows: of it, that batches are compared with.
        of_batches: number of these that came in batches.
        holdout: rows that are set aside for evaluation, all together.
        taken: rows of batches that this renewal or one before took, compared with or not.
        alone: whether the rows before them are no longer compared with.
        expected: how many of the rows taken are expected to be synthetic, and the 95 % limits of that number.
    """

    __pydantic_config__ = _STRICT
    version: int
    sha256: str
    holdout_sha256: str
    profile_sha256: str
    rows: int
    of_batches: int
    holdout: int
    taken: int
    alone: bool
    expected: tuple[float, float, float]

    @property
    def folder(self) -> str:
        """Folder of its files in the corpus's: named by what they hold, so that no other renewal writes there."""
        return anchor_folder(self.version, (self.sha256, self.holdout_sha256, self.profile_sha256))

    def expected_of(self, rows: int) -> tuple[float, float, float]:
        """How many of the rows taken that are left are expected to be synthetic; any may be among those that left.

        Args:
            rows: number of rows that are left, no more than were taken.
        """
        share, lower, upper = self.expected
        least, most = max(0.0, lower - (self.taken - rows)), min(upper, float(rows))
        left = share * (rows / self.taken) if self.taken else 0.0
        return min(max(left, least), most), least, most


def anchor_folder(version: int, digests: Sequence[str]) -> str:
    """Return the folder of an anchor that a version makes of files of these digests."""
    return f"anchor/{version:08d}-{sha256(''.join(digests).encode()).hexdigest()[:12]}"
