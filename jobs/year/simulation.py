"""One simulated year: a clean one, seasonal ones, and the events from its middle on, each by itself."""

from dataclasses import dataclass
from functools import partial

import polars as pl

from outcross.assets.corpus.ledger.evidence import Evidence
from outcross.jobs.year.events import EVENTS, RARE, Event
from outcross.jobs.year.gan import made_by_gan
from outcross.jobs.year.watch import Watch
from outcross.jobs.year.years import LASTS, SEASONS, START, Table, Year, draw_year
from outcross.resources.seeds import derive_seed, generator

CLEAN = "clean"
MADE_ROWS, TRAINED_ON, YEARS_OF_A_GAN = 3_000, 4_000, 5


@dataclass(frozen=True)
class Quiet:
    """A year without harm.

    Attributes:
        held: batches that a guard of batches held; None where they were not asked.
        alarms: guard that accumulates → week of its first alarm.
    """

    held: int | None
    alarms: dict[str, int]


@dataclass(frozen=True)
class Delays:
    """When an event was found.

    Attributes:
        before: batches from the first affected one until a guard of batches held one; None where none did, or none was
            asked.
        before_by: the guard.
        after: batches until a guard that accumulates alarmed; None where none did.
        after_by: guards that alarmed then, each with its column.
    """

    before: int | None
    before_by: str
    after: int | None
    after_by: dict[str, str]


@dataclass(frozen=True)
class Simulated:
    """What was found in a year.

    Attributes:
        seed: of the year.
        judged: whether the guards of batches judged it too.
        quiet: ``clean``, or a season → what was found without harm.
        events: event → when it was found.
    """

    seed: int
    judged: bool
    quiet: dict[str, Quiet]
    events: dict[str, Delays]


def simulate_year(
    table: Table, seed: int, *, before: bool, weeks: int | None = None, events: tuple[str, ...] | None = None
) -> Simulated:
    """Simulate a year.

    Args:
        table: that it is drawn from.
        seed: of the year.
        before: whether the guards of batches judge it too, which takes ten times as long.
        weeks: number of weeks of the clean year, more than half of it; all of them, and seasonal years, if None.
        events: names of those that are simulated; all if None.
    """
    year = draw_year(table, seed)
    watch, quiet = Watch(year), {}
    batches = year.batches()
    quiet[CLEAN], middle = _pass(watch, batches[:weeks], before=before)
    for name, season in SEASONS.items() if weeks is None else ():
        watch.resume(None, 0)
        quiet[name], _ = _pass(watch, year.batches(partial(season, table=table)), before=False)
    found = {}
    for name, event in EVENTS.items():
        if events is None or name in events:
            watch.resume(middle, START)
            found[name] = _find(watch, year, batches[START : START + LASTS], event, judged=before)
    return Simulated(seed, before, quiet, found)


def simulate_clean(table: Table, seed: int) -> Simulated:
    """Simulate a clean year, and one in which rare rows are dropped: many of them say how rare a false alarm is."""
    year = draw_year(table, seed)
    watch, batches = Watch(year), year.batches()
    quiet, middle = _pass(watch, batches, before=False)
    watch.resume(middle, START)
    found = _find(watch, year, batches[START : START + LASTS], EVENTS[RARE], judged=False)
    return Simulated(seed, False, {CLEAN: quiet}, {RARE: found})


def _pass(watch: Watch, batches: list[pl.DataFrame], *, before: bool) -> tuple[Quiet, Evidence | None]:
    """Pass batches through the guards; return what was found, and the evidence in the middle of the year."""
    held, alarms = 0, dict[str, int]()
    middle: Evidence | None = None
    for week, batch in enumerate(batches):
        if week == START:
            middle = watch.evidence
        held += before and bool(watch.held_by(batch))
        for guard in watch.add(batch):
            alarms.setdefault(guard, week)
    return Quiet(held if before else None, alarms), watch.evidence if middle is None else middle


def _find(watch: Watch, year: Year, batches: list[pl.DataFrame], event: Event, *, judged: bool) -> Delays:
    random = generator(derive_seed("event", event.guard, year.seed))
    made = unknown_rows(year.table, year.seed // YEARS_OF_A_GAN) if event.made else batches[0]
    before: tuple[int, str] | None = None
    after: tuple[int, dict[str, str]] | None = None
    for delay, batch in enumerate(batches):
        changed = event.change(batch, year.table, made, random)
        if judged and before is None and (held := watch.held_by(changed)):
            before = delay, held[0]
        if after is None and (past := watch.add(changed)):
            after = delay, past
        if after is not None and not (judged and before is None):
            break
    return Delays(*(before or (None, "")), *(after or (None, {})))


_MADE: dict[tuple[str, int], pl.DataFrame] = {}


def unknown_rows(table: Table, group: int) -> pl.DataFrame:
    """Make rows by a GAN that is trained on other rows of the table; a few years share one."""
    if (table.name, group) not in _MADE:
        seed = derive_seed("gan of the years", group) % 2**31
        rows = table.rows.sample(min(TRAINED_ON, table.rows.height), seed=seed)
        _MADE[table.name, group] = made_by_gan(rows, table.schema, count=MADE_ROWS, seed=seed)
    return _MADE[table.name, group]
