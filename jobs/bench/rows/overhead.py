"""Row ``overhead``: the time that Dagster adds to a study."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

STUDY, ARM = "digits", "replace"
MOST = 1.25
"""Largest acceptable ratio: beyond a quarter more time, a study would be better off without Dagster."""


def measure(bench: Bench) -> Finding:
    """Run one lineage both ways, alternating, in one process that has imported all libraries."""
    run = bench.with_threads(1).run(bench.ours("overhead", "both", study=STUDY, arm=ARM, repeats=bench.repeats))
    values = run.values
    sides = [
        Side(name=name, seconds=values[key], wall=run.wall, cpu=run.cpu, peak_mb=run.peak_mb)
        for key, name in (("dagster", "Dagster, in process"), ("plain", "plain loop"))
    ]
    notes = ["Both ways run in one process, each once before it is timed; its total is printed for both."]
    return Finding([Criterion.at_most("Dagster's time ÷ the plain loop's", values["ratio"], MOST)], sides, notes)


ROW = Row(
    name="overhead",
    work=f"one lineage of the study `{STUDY}` as a Dagster run",
    peer="the same functions in a plain loop",
    about="Steps, checks and pictures of one arm. The difference is the time of Dagster's own work: events, asset "
    "metadata, its database. One thread, as in studies. `outcross bench overhead STUDY --arm ARM` measures another.",
    measure=measure,
    peers=False,
)
