"""The weights of the files of a mix, as mixers of trainers want them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Self

import polars as pl

from outcross.assets.take.taken import WEIGHT

MIXTURE: Final = "mixture.json"
CARD: Final = "README.md"
_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file of rows.

    Attributes:
        path: within the folder.
        rows: their number.
        origin: of all of them, or ``mixed``.
        generator: that made them; None where none did, or several.
        weight: of a row in the loss, on average; 1 where all rows count the same.
    """

    path: str
    rows: int
    origin: str
    generator: str | None
    weight: float

    @classmethod
    def of(cls, path: str, claims: pl.DataFrame) -> Self:
        """Describe a file by the claims about its rows."""
        origins, generators = claims["origin"].unique().to_list(), claims["generator"].unique().to_list()
        return cls(
            path=path,
            rows=claims.height,
            origin=origins[0] if len(origins) == 1 else "mixed",
            generator=generators[0] if len(generators) == 1 else None,
            weight=round(float(claims[WEIGHT].sum()) / max(claims.height, 1), _DIGITS),
        )


def describe_mixture(about: Mapping[str, Any], sources: Sequence[Source]) -> bytes:
    """Write how files are mixed: what was taken, and each file's share of the loss.

    ``probabilities`` are those of ``datasets.interleave_datasets``, in the order of ``files``; ``megatron`` is a
    ``--data-path`` of Megatron-LM, with the prefixes that its ``preprocess_data.py --output-prefix NAME`` gives.

    Args:
        about: what was taken.
        sources: the files.
    """
    whole = sum(source.rows * source.weight for source in sources)
    shares = [round(source.rows * source.weight / whole, _DIGITS) for source in sources]
    prefixes = [f"{PurePosixPath(source.path).name.split('.')[0]}_text_document" for source in sources]
    described = {
        **about,
        "files": [{**asdict(source), "probability": share} for source, share in zip(sources, shares, strict=True)],
        "probabilities": shares,
        "megatron": " ".join(f"{share:g} {prefix}" for share, prefix in zip(shares, prefixes, strict=True)),
    }
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode()
