"""The study file that ``outcross init`` writes: every choice with a comment that says why."""

from collections.abc import Mapping
from typing import Any

from outcross.jobs.files.written_study import below, flow, head, indented
from outcross.jobs.start.choices import Choices
from outcross.jobs.start.request import InitRequest

OF_THE_SOURCE = ("columns",)


def write_text(request: InitRequest, name: str, columns: Mapping[str, Any], choices: Choices) -> str:
    """Return the text of the study file.

    Args:
        request: what was asked.
        name: of the study.
        columns: column → role, where the file has to state it.
        choices: the rest.
    """
    reading = {key: value for key, value in request.reading.items() if key != "columns"}
    stated = {**request.reading.get("columns", {}), **columns}
    if stated:
        reading["columns"] = stated
    rows = (
        "" if choices.rows is None else f"\nrows: {choices.rows:<22}# of a generation; the answer holds for this number"
    )
    metrics = "" if choices.metrics is None else f"\nmetrics: {flow(list(choices.metrics))}"
    unequal = "" if choices.unequal is None else f"\n    unequal_budget: {choices.unequal}"
    own = "each replicate has its own real rows: the answer holds for rows like these"
    shared = "each replicate has all real rows: the answer holds for these very rows"
    return f"""{head(request.command)}
study: {name}
source:                     # real rows; a fifth of them is held out, and judges
  kind: files
  path: {flow(request.real)}{below(reading)}
generator:                  # is fitted to each generation; {choices.others}; external runs your own
{indented(choices.generator)}
generations: {request.generations:<15}# models of a lineage, the first fitted to real rows alone
replicates: {choices.replicates:<16}# independent repeats; more of them show smaller damage{rows}
real_rows: {choices.real_rows:<17}# {own if choices.real_rows == "own" else shared}{metrics}
ladders:                    # mixes that are tried; real rows alone is always the first
  substitution:
    policy: fixed           # synthetic rows take the place of real ones
    shares: [0.25, 0.5, 1]
    refine: 2               # at most two more shares, where they decide{unequal}
  augmentation:
    policy: augment         # synthetic rows are added to all real ones
    ratios: [1, 4]          # synthetic rows ÷ real rows: shares 50 and 80 %
    unequal_budget: rows are added
endpoints:                  # damage that is still accepted, against real rows alone; the first one bounds a corpus
{_endpoints(choices)}
"""


def _endpoints(choices: Choices) -> str:
    lines = []
    for each in choices.endpoints:
        line = f"  {each.name}: {flow(dict(each.tolerance))}"
        lines.append(f"{line:<44}# {each.why}")
    return "\n".join(lines)
