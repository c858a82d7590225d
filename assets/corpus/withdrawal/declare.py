"""Declare anew what was declared wrongly of a batch; its rows stay, and share, bound and estimates follow."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.ledger.counts import KIND, add_counts, subtract_counts
from outcross.assets.corpus.ledger.custody import Declaration
from outcross.assets.corpus.ledger.ledger import extend, read_version
from outcross.assets.corpus.ledger.next_version import next_version
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_rules
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import parse_claims
from outcross.assets.corpus.quarantine.rows import find_intake
from outcross.assets.corpus.withdrawal.recount import with_shares
from outcross.resources.errors import BadInput


@names_damage
def declare(
    corpus: OpenCorpus, batch: str, claims: Mapping[str, Any], *, reason: str, by: str, at: str, dry_run: bool = False
) -> Version:
    """Declare anew what the rows of a batch are, as a new version; earlier versions say what was declared then.

    No row leaves the corpus, also where the bound is passed then: the version's guards say so.

    Args:
        corpus: the open corpus.
        batch: its id.
        claims: provenance by key; others stay as they are. Rows that become synthetic have depth 1, and rows that
            become real depth 0 and no generator, unless it is stated otherwise.
        reason: for the ledger.
        by: who decided it.
        at: when, ISO 8601 with its offset.
        dry_run: only build the version, and do not write it.

    Raises:
        BadInput: there is no such batch, a claim is not valid, contradicts itself or changes nothing, or no reason is
            given.
    """
    if not reason.strip():
        raise BadInput(f"batch {batch!r:.60}: a declaration needs a reason, which the ledger records; state one")
    find_intake(corpus, batch)
    stated = _complete({name: value for name, value in claims.items() if value is not None})
    allowed = corpus.settings.licences
    if allowed and "licence" in stated and stated["licence"] not in allowed:
        raise BadInput(
            f"batch {batch}: licence {stated['licence']!r} is none of 'licences' of corpus '{corpus.name}'; withdraw "
            f"the batch: outcross withdraw {corpus.name} --batch {batch} --reason …, or add the licence to the "
            "corpus file"
        )

    def following(last: Version | None) -> Version:
        assert last is not None, "a corpus starts with its anchor"
        entry = Declaration(version=last.number + 1, batch=batch, reason=reason, claims=stated)
        declared = replace(last, declarations=(*last.declarations, entry))
        before, after = _count(corpus, last, batch), _count(corpus, declared, batch)
        if _is_known(last, batch, stated):
            raise BadInput(f"batch {batch}: this was declared of it already; state what is other")
        _check_possible(batch, after)
        changed = sum(each.rows for each in before)
        version = next_version(
            declared,
            "declare",
            by=by,
            at=at,
            reason=f"{reason} (batch {batch}, {changed:,} rows of the corpus: {_describe(stated)})",
            batch=batch,
            counts=add_counts(subtract_counts(last.counts, before), after),
            files=(name_rules(corpus.files, corpus.settings),),
        )
        return with_shares(replace(corpus, keeps=not dry_run).as_of(last), last, version, [batch])

    if dry_run:
        return following(read_version(corpus.files))
    version = extend(corpus.files, following)
    assert version is not None
    return version


def _complete(claims: dict[str, Any]) -> dict[str, str | int | None]:
    """Check claims, and add what follows from a new origin."""
    if not claims:
        raise BadInput("nothing is declared; state --origin, --generator, --licence or another claim")
    parse_claims(claims)
    stated: dict[str, str | int | None] = dict(claims)
    origin = stated.get("origin")
    if origin == "synthetic":
        stated.setdefault("depth", 1)
    elif origin == "real":
        stated = {"depth": 0, "generator": None, "generator_version": None, **stated}
    elif origin is not None:
        stated.setdefault("depth", None)
    return stated


def _is_known(last: Version, batch: str, stated: Mapping[str, str | int | None]) -> bool:
    known: dict[str, str | int | None] = {}
    for each in last.declarations:
        known |= each.claims if each.batch == batch else {}
    return all(name in known and known[name] == value for name, value in stated.items())


def _count(corpus: OpenCorpus, version: Version, batch: str) -> tuple[Count, ...]:
    """Count the rows of a batch in a version by what they are declared."""
    rows = scan_rows(corpus, version, ["batch_id", *KIND]).filter(pl.col("batch_id") == batch)
    found = rows.group_by(KIND).len("rows").sort(KIND).collect(engine="streaming")
    return tuple(Count(**row) for row in found.iter_rows(named=True))


def _check_possible(batch: str, counts: tuple[Count, ...]) -> None:
    for each in counts:
        lowest, highest = {"real": (0, 0), "synthetic": (1, each.depth)}.get(each.origin, (0, each.depth))
        if each.depth is not None and highest is not None and not lowest <= each.depth <= highest:
            raise BadInput(
                f"batch {batch}: rows of origin '{each.origin}' cannot have depth {each.depth}: real rows have 0, "
                "synthetic rows at least 1; state --depth as well"
            )


def _describe(claims: Mapping[str, str | int | None]) -> str:
    return ", ".join(f"{name} {'none' if value is None else value}" for name, value in sorted(claims.items()))
