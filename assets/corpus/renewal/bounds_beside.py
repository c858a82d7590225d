"""The bounds of the guards under an anchor, column by column, and those of two anchors side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.guards.bounds import GuardSetting, bounds
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.intake.row_guards import STRETCH

MOST_NAMED = 5
"""New levels of a column that are named."""
Ends = tuple[float | None, float | None]


@dataclass(frozen=True, kw_only=True)
class BoundBeside:
    """A bound of a guard under two anchors; None where a side is open, or an anchor has no such bound.

    Attributes:
        guard: its name.
        group: column, or level of a column.
        what: the number that is bounded.
        old, new: lower and upper bound before and after.
        more: what else the new anchor brings, such as levels; empty if nothing.
    """

    guard: str
    group: str
    what: str
    old: Ends
    new: Ends
    more: str = ""

    @property
    def changed(self) -> bool:
        """Whether the bound differs."""
        return self.old != self.new or bool(self.more)


def put_beside(
    old: tuple[Profile, pl.DataFrame], new: tuple[Profile, pl.DataFrame], settings: Mapping[str, GuardSetting]
) -> tuple[BoundBeside, ...]:
    """Put the bounds under two anchors side by side.

    A bound of a batch is widened by chance besides, by the number of its rows.

    Args:
        old: profile and rows of the anchor before.
        new: those of the one after.
        settings: the corpus's changes to the guards.
    """
    before, after = (dict(_bounds(*each, settings)) for each in (old, new))
    levels = _new_levels(old[0], new[0])
    nothing: Ends = (None, None)
    return tuple(
        BoundBeside(
            guard=guard,
            group=group,
            what=what,
            old=before.get((guard, group, what), nothing),
            new=after.get((guard, group, what), nothing),
            more=levels.get(group, "") if guard == "new_levels" else "",
        )
        for guard, group, what in dict.fromkeys([*before, *after])
    )


def _bounds(
    profile: Profile, rows: pl.DataFrame, settings: Mapping[str, GuardSetting]
) -> Iterator[tuple[tuple[str, str, str], Ends]]:
    """Yield guard, column or level, and number → its bounds."""
    schema = profile.schema
    for place, column in enumerate(schema.numeric):
        low, high = rows[column.name].min(), rows[column.name].max()
        if isinstance(low, int | float) and isinstance(high, int | float):
            slack = STRETCH * (high - low)
            yield ("range", column.source_name, "value of a row"), (float(low - slack), float(high + slack))
        yield ("tails", column.source_name, "1 % and 99 % of the anchor"), profile.tails[place]
    for place, column in enumerate(schema.discrete):
        known = float(len(profile.scales.levels[place]))
        yield ("new_levels", column.source_name, "levels of the anchor"), (None, known)
    low, high = bounds("entropy", settings)
    for column_name, nats in profile.entropies.items():
        yield ("entropy", column_name, "entropy, nats"), (_times(nats, low), _times(nats, high))
    low, high = bounds("nulls", settings)
    for place, column in enumerate(schema.columns):
        share = float(profile.counts.nulls[place]) / profile.rows
        yield ("nulls", column.source_name, "share without a value"), (_plus(share, low, 0), _plus(share, high, 1))
    for guard, places in (("representation", profile.scales.group_places), ("label_balance", _label(profile))):
        low, high = bounds(guard, settings)
        for place in places:
            for level, count in zip(profile.scales.levels[place], profile.counts.levels[place], strict=False):
                share = float(count) / profile.rows
                ends = (_times(share, low), _times(share, high))
                if guard == "label_balance":
                    ends = (_plus(share, low, 0), _plus(share, high, 1))
                yield (guard, f"{schema.discrete[place].source_name}={level}", "share of rows"), ends


def _label(profile: Profile) -> list[int]:
    return [] if profile.scales.label_place is None else [profile.scales.label_place]


def _times(value: float, factor: float | None) -> float | None:
    return None if factor is None else value * factor


def _plus(share: float, change: float | None, end: float) -> float | None:
    """Add a change to a share, no further than 0 or 1."""
    if change is None:
        return None
    return max(share + change, end) if end == 0 else min(share + change, end)


def _new_levels(old: Profile, new: Profile) -> dict[str, str]:
    """Column → the levels that only the new anchor has."""
    found = {}
    for column, before, after in zip(new.schema.discrete, old.scales.levels, new.scales.levels, strict=True):
        if fresh := [level for level in after if level not in set(before)]:
            more = f", and {len(fresh) - MOST_NAMED:,} more" if len(fresh) > MOST_NAMED else ""
            found[column.source_name] = f"new: {', '.join(fresh[:MOST_NAMED])}{more}"
    return found
