"""The study file that a mix writes: every choice with a comment that says why, and what to write for another."""

from collections.abc import Sequence

from outcross.jobs.files.written_study import below, flow, head, indented
from outcross.jobs.files.written_study import name_of as study_name
from outcross.jobs.mix.learned import Taught
from outcross.jobs.mix.real_rows import RealRows
from outcross.jobs.mix.request import MixRequest
from outcross.jobs.mix.shares import Rung

OF_THE_SOURCE = ("columns", "decimal", "date")
"""Keys of reading that are stated of the real rows alone: all others are read by their columns."""
CHEAP = {"table": "shapes", "text": "words", "image": "spectrum"}
"""Modality → a metric of the pool's rows that costs little."""


def write_text(request: MixRequest, real: RealRows, taught: Taught, rungs: Sequence[Rung]) -> str:
    """Return the text of the study file.

    Args:
        request: what was asked.
        real: what the real rows are.
        taught: the learner and its endpoints.
        rungs: the mixes.
    """
    reading = {key: value for key, value in request.reading.items() if key not in OF_THE_SOURCE}
    own = {key: value for key, value in request.reading.items() if key in OF_THE_SOURCE}
    if columns := {**own.pop("columns", {}), **real.columns}:
        own["columns"] = columns
    tests = {name: {"path": path, **reading} if reading else path for name, path in request.tests.items()}
    told = f"\ntests:                      # real rows that nothing learns from\n{indented(tests)}" if tests else ""
    ratios = ", ".join(f"{rung.ratio:g}" for rung in rungs)
    shares = ", ".join(f"{100 * rung.share:.3g} %" for rung in rungs)
    return f"""{head(request.command)}
study: {name_of(request)}
source:                     # real rows; a fifth of them is held out, and judges
  kind: files
  path: {flow(request.real)}{below({**own, **reading})}
generator:                  # rows made elsewhere: nothing is fitted to them or refitted
  kind: pool
  path: {flow(request.synthetic)}{below(reading)}
  repeats: keep             # equal rows of the pool are kept and counted; 'refuse' makes them an error{told}
learner:                    # trained on each mix, judged on real rows
{indented(taught.learner)}
generations: 2              # real rows alone, then one round of mixing
replicates: {request.replicates:<16}# more of them find smaller gains
real_rows: shared           # each replicate has all real rows; 'own' divides them, and the answers hold for others too
metrics: [{CHEAP[real.modality]}]           # of the pool's rows; the endpoints below are the learner's
ladders:
  added:
    policy: augment         # rows of the pool are added to all real rows
    ratios: [{ratios}]      # rows of the pool ÷ real rows: shares {shares}
    unequal_budget: rows are added
endpoints:                  # what is accepted as no harm, against real rows alone
{taught.endpoint_lines}
benefit: true
"""


def name_of(request: MixRequest) -> str:
    """Return the name of the study; raises ``BadInput`` if the one asked for cannot be one."""
    return study_name(request.name, request.real, prefix="mix-")
