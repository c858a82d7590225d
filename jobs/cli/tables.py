"""Print verdicts as a table and as sentences, or convert them to JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table

from outcross.assets.artefacts import VERDICT, Artefacts

_KEYS = (
    "ladder",
    "endpoint",
    "primary",
    "definition",
    "tolerance",
    "tolerance_of",
    "outcome",
    "safe_share",
    "lower_95",
    "upper_95",
    "decided",
    "replicates",
    "generations",
)


def verdicts_json(artefacts: Artefacts) -> list[dict[str, Any]]:
    """Return the verdicts as objects that JSON can hold."""
    return artefacts.load(artefacts.address(VERDICT)).select(_KEYS).to_dicts()


def print_verdicts(artefacts: Artefacts) -> None:
    """Print a table of the verdicts, then a sentence for each."""
    console = Console()
    table = Table("ladder", "endpoint", "collapse means", "tolerance", "safe up to", "harmful from", "found")
    verdicts = artefacts.load(artefacts.address(VERDICT)).to_dicts()
    for verdict in verdicts:
        table.add_row(
            verdict["ladder"],
            verdict["endpoint"],
            verdict["definition"],
            _tolerance(verdict),
            _share(verdict["lower_95"] if verdict["decided"] else None),
            _share(verdict["upper_95"]),
            verdict["outcome"],
        )
    console.print(table)
    for verdict in verdicts:
        console.print(f"• {verdict['sentence']}", highlight=False)


def _tolerance(verdict: dict[str, Any]) -> str:
    size = verdict["tolerance"]
    if verdict["tolerance_of"] == "absolute":
        return f"{size:g}"
    return f"{100 * size:g} %" + (" of the gain" if verdict["tolerance_of"] == "gain" else "")


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
