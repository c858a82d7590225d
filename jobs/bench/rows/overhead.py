"""Row ``overhead``: what Dagster adds to a study."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

STUDY, ARM = "digits", "replace"
MOST = 1.25
"""Beyond a quarter more, a study would be better off without it."""


def measure(bench: Bench) -> Finding:
    """Run one lineage both ways, in turn, in one process that has loaded everything."""
    ran = bench.with_threads(1).run(bench.ours("overhead", "both", study=STUDY, arm=ARM, repeats=bench.repeats))
    found = ran.values
    sides = [
        Side(name=name, seconds=found[key], wall=ran.wall, cpu=ran.cpu, peak_mb=ran.peak_mb)
        for key, name in (("dagster", "Dagster, in process"), ("plain", "plain loop"))
    ]
    notes = ["Both ways run in one process, whose whole time and memory stand beside either."]
    return Finding([Criterion.at_most("Dagster's time ÷ the plain loop's", found["ratio"], MOST)], sides, notes)


ROW = Row(
    name="overhead",
    work=f"one lineage of the study `{STUDY}` as a run of Dagster",
    peer="the same functions in a plain loop",
    about="Steps, checks and pictures of one arm; what Dagster does besides (events, metadata of assets, its database) "
    "is the difference. One thread, as studies have. `outcross bench overhead STUDY --arm ARM` measures another.",
    measure=measure,
    peers=False,
)
