"""The table of the simulated years, as Markdown."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from outcross.jobs.year.events import EVENTS, KNOWN
from outcross.jobs.year.simulation import CLEAN, Simulated
from outcross.jobs.year.whole import Whole
from outcross.jobs.year.years import LASTS, SEASONS, WEEKS, Table

MOST_FALSE, MOST_QUARANTINED = 0.05, 0.002
"""Share of clean years with an alarm, and of clean rows in quarantine, above which the simulation fails."""


def write_page(table: Table, years: Sequence[Simulated], whole: Whole | None) -> str:
    """Write the page of what was found."""
    judged, further = sum(each.judged for each in years), sum(len(each.events) == 1 for each in years)
    lines = [
        "# A year of batches",
        "",
        "`make year` writes this page. Each simulated year draws an anchor, and a batch a week, from the table "
        f"{table.name}. An event starts in week 27 and lasts to the end; {LASTS} batches from there on are looked at. "
        "*Before* are the guards of batches alone, *after* those that accumulate "
        "([corpora.md](corpora.md#guards-that-accumulate)). A delay of 0 is the first affected batch. "
        f"{len(years)} years, by the guards' own functions; {further} of them were clean, and lost rare rows, alone; "
        f"the guards of batches judged {judged}. "
        "The GAN and the seasons were used for no limit.",
        "",
        "| event | found before | found after | delay after: median (worst) | named by | asked |",
        "|---|---|---|---|---|---|",
        *_events(years),
        "",
        "| years without harm | batches held before | years with an alarm after | by |",
        "|---|---|---|---|",
        *_quiet(years),
    ]
    return "\n".join([*lines, *(_whole(whole) if whole is not None else ()), ""])


def find_misses(years: Sequence[Simulated], whole: Whole | None) -> list[str]:
    """List what was asked and does not hold; events that only the whole intake sees are not counted."""
    missed = []
    for name, event in EVENTS.items():
        found = [each.events[name].after for each in years if name in each.events]
        if event.within and found:
            share = sum(delay is not None and delay <= event.within[0] for delay in found) / len(found)
            if share < event.within[1]:
                missed.append(f"{name}: found within {event.within[0]} batches in {share:.0%} of the years")
    for kind in (CLEAN, *SEASONS):
        alarms = [bool(each.quiet[kind].alarms) for each in years if kind in each.quiet]
        if sum(alarms) > max(MOST_FALSE * len(alarms), 1):
            missed.append(f"{kind}: {sum(alarms)} of {len(alarms)} years have an alarm")
    if whole is not None and whole.quarantined > MOST_QUARANTINED * whole.rows:
        missed.append(f"{whole.quarantined:,} of {whole.rows:,} clean rows are in quarantine")
    return missed


def _events(years: Sequence[Simulated]) -> Iterator[str]:
    for name, event in EVENTS.items():
        every = [(year.judged, year.events[name]) for year in years if name in year.events]
        judged = [each for is_judged, each in every if is_judged]
        found = [each for _, each in every if each.after is not None]
        delays = [each.after for each in found if each.after is not None]
        guards = Counter(
            f"{guard.removeprefix('accumulated_')}{f' ({column})' if column else ''}"
            for each in found
            for guard, column in each.after_by.items()
        )
        yield _line(
            name,
            f"{sum(each.before is not None for each in judged)} of {len(judged)}",
            f"{len(found)} of {len(every)}",
            f"{median(delays):g} ({max(delays)})" if delays else "–",
            ", ".join(f"{guard} {count}" for guard, count in guards.most_common(3)) or "–",
            f"{event.within[1]:.0%} within {event.within[0]}" if event.within else "–",
        )


def _quiet(years: Sequence[Simulated]) -> Iterator[str]:
    for kind in (CLEAN, *SEASONS):
        every = [year.quiet[kind] for year in years if kind in year.quiet]
        if not every:
            continue
        held = [each.held for each in every if each.held is not None]
        guards = Counter(guard.removeprefix("accumulated_") for each in every for guard in each.alarms)
        yield _line(
            kind,
            f"{sum(held)} of {WEEKS * len(held):,}" if held else "–",
            f"{sum(bool(each.alarms) for each in every)} of {len(every)}",
            ", ".join(f"{guard} {count}" for guard, count in guards.most_common()) or "–",
        )


def _whole(whole: Whole) -> Iterator[str]:
    share, warned = whole.quarantined / max(whole.rows, 1), ", ".join(whole.warned) or "none"
    yield ""
    yield (
        f"One clean year through the whole intake: {whole.quarantined:,} of {whole.rows:,} rows of "
        f"{whole.batches} batches in quarantine ({share:.2%}); guards that held a batch or warned: {warned}. "
        f"The file of the last version has {whole.bytes[0]:,} bytes, that of the middle one {whole.bytes[1]:,}."
    )
    yield ""
    yield "One year through the whole intake, in which the generator is known by 600 declared rows:"
    yield ""
    yield "| event | delay | by | before the event | asked |"
    yield "|---|---|---|---|---|"
    for name, found in whole.events.items():
        asked = KNOWN[name].within
        yield _line(
            name,
            "not found" if found.delay is None else str(found.delay),
            ", ".join(found.guards) or "–",
            ", ".join(found.early) or "–",
            f"{asked[1]:.0%} within {asked[0]}" if asked else "–",
        )


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
