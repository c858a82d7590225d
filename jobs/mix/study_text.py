"""The study file that a mix writes: every choice with a comment that says why, and what to write for another."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from outcross.assets.study.sizes import LONGEST_NAME
from outcross.jobs.mix.learned import Taught
from outcross.jobs.mix.real_rows import RealRows
from outcross.jobs.mix.request import MixRequest
from outcross.jobs.mix.shares import Rung
from outcross.resources.errors import BadInput

HEAD = "# Written by: "
"""How the file begins; the command that wrote it follows."""
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
    told = f"\ntests:                      # real rows that nothing learns from\n{_indent(tests)}" if tests else ""
    ratios = ", ".join(f"{rung.ratio:g}" for rung in rungs)
    shares = ", ".join(f"{100 * rung.share:.3g} %" for rung in rungs)
    return f"""{HEAD}{request.command}
# Run it with 'outcross study', and change it as you like: docs/studies.md has every key.
study: {name_of(request)}
source:                     # real rows; a fifth of them is held out, and judges
  kind: files
  path: {_flow(request.real)}{_below({**own, **reading})}
generator:                  # rows made elsewhere: nothing is fitted to them or refitted
  kind: pool
  path: {_flow(request.synthetic)}{_below(reading)}
  repeats: keep             # equal rows of the pool are kept and counted; 'refuse' makes them an error{told}
learner:                    # trained on each mix, judged on real rows
{_indent(taught.learner)}
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
    """Return the name of the study: the one asked for, or ``mix-`` and the name of the file of real rows.

    Raises:
        BadInput: the name that was asked for cannot be one of a study.
    """
    if request.name is None:
        stem = request.real.rstrip("/").rsplit("/", 1)[-1].split(".")[0].lower()
        clean = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in stem).strip("_")
        return f"mix-{clean or 'rows'}"[:LONGEST_NAME].rstrip("_-")
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789_-")
    if not set(request.name) <= allowed or request.name[:1] in ("_", "-", "") or len(request.name) > LONGEST_NAME:
        raise BadInput(
            f"--name: '{request.name}' is no name of a study; use lower-case letters, digits, '_' and '-', at most "
            f"{LONGEST_NAME}, and begin with a letter or digit"
        )
    return request.name


def is_of(text: str, request: MixRequest) -> bool:
    """Return whether a study file was written by this very command."""
    return text.partition("\n")[0] == f"{HEAD}{request.command}"


def refuse_other(path: Path) -> BadInput:
    """Return the refusal of a file that something else wrote."""
    return BadInput(
        f"{path.name} exists, and this command did not write it; choose another --name, run it as it is with "
        f"'outcross study {path.name}', or remove it"
    )


def _below(settings: Mapping[str, Any]) -> str:
    return f"\n{_indent(settings)}" if settings else ""


def _indent(settings: Mapping[str, Any]) -> str:
    return "\n".join(f"  {name}: {_flow(value)}" for name, value in settings.items())


def _flow(value: Any) -> str:
    """Write a value in one line of YAML."""
    text = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return text.strip()[1:-1]
