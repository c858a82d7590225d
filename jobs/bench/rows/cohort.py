"""Row ``cohort``: replicates fitted together, compared with one after the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

GENERATORS = ("autoregressive", "copula")
FASTER, APART = 2, 0.02
ROWS, REPLICATES, STEPS = 10_000, 8, 200


def measure(
    bench: Bench,
    *,
    rows: int = ROWS,
    replicates: int = REPLICATES,
    steps: int = STEPS,
    generators: Sequence[str] = GENERATORS,
) -> Finding:
    """Fit the replicates together and one by one, with the network and with the copula."""
    job = {**bench.tables(), "rows": rows, "replicates": replicates}
    criteria, sides = [], []
    for generator in generators:
        settings = {"steps": steps} if generator == "autoregressive" else {}
        own: dict[str, Any] = {**job, "generator": generator, "settings": settings}
        programs = [
            bench.ours("cohort", f"{generator}, {way}", together=together, **own)
            for together, way in ((True, "together"), (False, "one by one"))
        ]
        turns = bench.alternate(*programs)
        losses = [np.array(run.values["losses"]) for run in turns[-1]]
        ratio = median_ratio(turns, over=1, under=0)
        apart = float(np.abs(losses[0] - losses[1]).max())
        if generator == "autoregressive":
            criteria.append(Criterion.at_least("times faster", ratio, FASTER))
            criteria.append(Criterion.at_most("largest difference of a replicate's loss, nats", apart, APART))
        else:
            criteria.append(Criterion("times faster, copula", "", ratio, None))
        sides += [
            Side.of(turns, place, program.side, {"mean training loss, nats": float(losses[place].mean())})
            for place, program in enumerate(programs)
        ]
    notes = ["The copula's fit is in closed form, and a cohort fits its replicates one by one: no gain is expected."]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="cohort",
    work=f"{REPLICATES} replicates fitted as one cohort",
    peer=f"{REPLICATES} fits, one after another",
    about=f"The `autoregressive` generator on {ROWS:,} rows per replicate, {STEPS} of its 600 default steps. A "
    "replicate has the same seed both ways, so that its model is the same up to rounding.",
    measure=measure,
    peers=False,
)
