"""Counts of the provenance that rows state: origin, generator, licence, consent, depth."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ORIGINS = ("real", "synthetic", "mixed", "unknown")
SYNTHETIC = ORIGINS.index("synthetic")
PROVENANCE = ("origin", "generator", "licence", "consent", "depth")


@dataclass(frozen=True)
class Part:
    """A chunk of consecutive rows of a batch: the number of the first row, and the columns that were read."""

    start: int
    columns: dict[str, pa.Array]
    rows: int


@dataclass(frozen=True)
class Provenance:
    """Counts of stated provenance. The counts of two chunks can be added; ``depth`` is a maximum.

    Attributes:
        origins: (real, synthetic, mixed, unknown) rows; no origin, or any other, counts as unknown.
        complete: rows with complete provenance: real rows, and synthetic or mixed rows that name their generator.
        licensed: rows with a licence; if allowed licences are given, with one of these.
        consenting: rows that are not synthetic and state consent or terms.
        copies: synthetic rows that equal a row of the anchor.
        depth: the largest; −1 where no row states one.
    """

    origins: np.ndarray = field(default_factory=lambda: np.zeros(len(ORIGINS), dtype=np.int64))
    complete: int = 0
    licensed: int = 0
    consenting: int = 0
    copies: int = 0
    depth: int = -1

    def __add__(self, other: "Provenance") -> "Provenance":
        """Add two counts."""
        return Provenance(
            self.origins + other.origins,
            self.complete + other.complete,
            self.licensed + other.licensed,
            self.consenting + other.consenting,
            self.copies + other.copies,
            max(self.depth, other.depth),
        )


def count_provenance(
    part: Part, hashes: np.ndarray, anchor_hashes: np.ndarray | None, licences: Collection[str] | None
) -> tuple[np.ndarray, Provenance]:
    """Return (rows,) indices into ``ORIGINS``, and the counts."""
    origins = _text_places(part, "origin", ORIGINS, otherwise=ORIGINS.index("unknown"))
    named, consents = (_stated(part, name) for name in ("generator", "consent"))
    allowed = None if licences is None else sorted(licences)
    licensed = (
        _stated(part, "licence") if allowed is None else _text_places(part, "licence", allowed, otherwise=-1) >= 0
    )
    synthetic = origins == SYNTHETIC
    copies = 0
    if anchor_hashes is not None and len(anchor_hashes) and synthetic.any():
        own = hashes[synthetic]
        found = np.minimum(np.searchsorted(anchor_hashes, own), len(anchor_hashes) - 1)
        copies = int((anchor_hashes[found] == own).sum())
    complete = (origins == ORIGINS.index("real")) | (named & (origins != ORIGINS.index("unknown")))
    depth = pc.max(part.columns["depth"]).as_py() if "depth" in part.columns else None
    return origins, Provenance(
        np.bincount(origins, minlength=len(ORIGINS)),
        int(complete.sum()),
        int(licensed.sum()),
        int((consents & ~synthetic).sum()),
        copies,
        -1 if depth is None else int(depth),
    )


def _text_places(part: Part, name: str, known: Sequence[str], *, otherwise: int) -> np.ndarray:
    """Find the (rows,) index of each text in ``known``; ``otherwise`` where it is not there."""
    if name not in part.columns:
        return np.full(part.rows, otherwise)
    at, texts = _dictionary(part.columns[name])
    places = pc.fill_null(pc.index_in(texts, value_set=pa.array(known, type=pa.large_string())), otherwise)
    result: np.ndarray = np.append(places.to_numpy(zero_copy_only=False), otherwise).astype(np.int64)[at]
    return result


def _stated(part: Part, name: str) -> np.ndarray:
    """Check, as (rows,), whether there is a text that is not blank."""
    if name not in part.columns:
        return np.zeros(part.rows, dtype=bool)
    encoded, texts = _dictionary(part.columns[name])
    stated = pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(texts), ""), False).to_numpy(zero_copy_only=False)
    result: np.ndarray = np.append(stated, False)[encoded]
    return result


def _dictionary(values: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Encode texts as (rows,) indices into the different texts, with null after the last, and return these texts."""
    encoded = values.dictionary_encode()  # as it is, if it is encoded
    texts = encoded.dictionary.cast(pa.large_string())
    return pc.fill_null(encoded.indices, len(texts)).to_numpy(zero_copy_only=False), texts
