"""What was declared anew of a batch, in place of what its rows say of themselves."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from outcross.assets.corpus.ledger.custody import Declaration
from outcross.assets.corpus.provenance import COLUMNS

Kind = tuple[str, int | None, str | None, str | None]
"""Origin, depth, generator and licence."""
_KIND = ("origin", "depth", "generator", "licence")


def claims_by_batch(declarations: Iterable[Declaration]) -> dict[str, dict[str, str | int | None]]:
    """Merge the declarations of each batch; the later ones go before."""
    found: dict[str, dict[str, str | int | None]] = {}
    for each in declarations:
        found[each.batch] = found.get(each.batch, {}) | each.claims
    return found


def as_declared(declarations: Sequence[Declaration], names: Iterable[str], batch: pl.Expr) -> list[pl.Expr]:
    """Return expressions that put what was declared anew in the place of columns of provenance.

    Args:
        declarations: of a version.
        names: columns that are there; others than those of provenance are left alone.
        batch: the id of a row's batch.
    """
    found = []
    claims = claims_by_batch(declarations)
    for name in names:
        stated = {each: own[name] for each, own in claims.items() if name in own}
        if name not in COLUMNS or not stated:
            continue
        value = pl.col(name)
        for each, claim in stated.items():
            value = pl.when(batch == each).then(pl.lit(claim, COLUMNS[name])).otherwise(value)
        found.append(value.alias(name))
    return found


def kind_as_declared(declarations: Iterable[Declaration], batch: str, kind: Kind) -> Kind:
    """Return what rows of a batch are counted by, after what was declared anew."""
    claims: Mapping[str, str | int | None] = claims_by_batch(declarations).get(batch, {})
    origin, depth, generator, licence = (claims.get(name, own) for name, own in zip(_KIND, kind, strict=True))
    return (
        str(origin),
        None if depth is None else int(depth),
        None if generator is None else str(generator),
        None if licence is None else str(licence),
    )
