"""The second table of ``outcross calibrate``: how often the interval of two compared arms holds the true difference."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from outcross.jobs.calibration.arms import CalibratedArms

COLUMNS = ("family", "shares", "R", "true", "Student covers", "covers", "equal told apart", "told apart", "width", "")
MARKS = ("<!-- compared arms: written by outcross calibrate -->", "<!-- end of compared arms -->")


def run_arms(*, family: str | None, studies: int, seed: int, console: "Console", quiet: bool) -> "list[CalibratedArms]":
    """Calibrate every cell, or those of one family, with a progress bar.

    Args:
        family: a part of its name.
        studies: simulated for each cell.
        seed: of the simulation.
        console: of the progress bar.
        quiet: shows none.
    """
    from rich.progress import track

    from outcross.jobs.calibration.arms import arm_cells, calibrate_arms

    chosen = [cell for cell in arm_cells() if family is None or family.lower() in cell.family.name.lower()]
    steps = track(chosen, "comparing arms", console=console, disable=quiet)
    return [calibrate_arms(cell, studies=studies, seed=seed) for cell in steps]


def arms_as_objects(found: "Sequence[CalibratedArms]") -> list[dict[str, Any]]:
    """Return the cells as objects that JSON can hold."""
    return [
        {
            "family": each.cell.family.name,
            "shares": list(each.cell.pair),
            "replicates": each.cell.replicates,
            **{name: value for name, value in asdict(each).items() if name != "cell"},
            "covers": each.covers,
        }
        for each in found
    ]
