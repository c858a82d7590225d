"""Totals of a version's rows: by origin, depth, generator and licence."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from outcross.assets.corpus.ledger.records import ORIGINS, Count


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Totals of a version's rows.

    Attributes:
        rows: number of rows.
        synthetic: rows declared synthetic.
        share: synthetic ÷ rows; 0 where there are no rows.
        undeclared: rows whose origin is mixed or unknown.
        by_origin: origin → rows.
        by_depth: depth → rows, in order of depth; None last.
        by_generator: generator → rows, for rows that name one.
        by_licence: licence → rows; None where none is stated.
        deepest: largest known depth, if any is known.
        mean_depth: over the rows whose depth is known, if any.
    """

    rows: int
    synthetic: int
    share: float
    undeclared: int
    by_origin: dict[str, int] = field(default_factory=dict)
    by_depth: dict[int | None, int] = field(default_factory=dict)
    by_generator: dict[str, int] = field(default_factory=dict)
    by_licence: dict[str | None, int] = field(default_factory=dict)
    deepest: int | None = None
    mean_depth: float | None = None


def totals(counts: Iterable[Count]) -> Totals:
    """Add up the rows of a version."""
    counted = list(counts)
    rows = sum(count.rows for count in counted)
    by_origin = {origin: sum(count.rows for count in counted if count.origin == origin) for origin in ORIGINS}
    by_depth = _sums((count.depth, count.rows) for count in counted)
    known = {depth: number for depth, number in by_depth.items() if depth is not None and number}
    return Totals(
        rows=rows,
        synthetic=by_origin["synthetic"],
        share=by_origin["synthetic"] / rows if rows else 0.0,
        undeclared=by_origin["mixed"] + by_origin["unknown"],
        by_origin={origin: number for origin, number in by_origin.items() if number},
        by_depth=dict(sorted(by_depth.items(), key=lambda item: math.inf if item[0] is None else item[0])),
        by_generator=dict(sorted(_sums((count.generator, count.rows) for count in counted if count.generator).items())),
        by_licence=dict(
            sorted(_sums((count.licence, count.rows) for count in counted).items(), key=lambda item: item[0] or "")
        ),
        deepest=max(known, default=None),
        mean_depth=sum(depth * number for depth, number in known.items()) / sum(known.values()) if known else None,
    )


def _sums(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    sums: dict[Any, int] = {}
    for key, number in pairs:
        sums[key] = sums.get(key, 0) + number
    return sums
