"""Print verdicts as a table and as sentences, or convert them to JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table

from outcross.assets.artefacts import VERDICT, Artefacts

_KEYS = (
    "ladder",
    "endpoint",
    "definition",
    "tolerance",
    "safe_share",
    "lower_95",
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
    table = Table("ladder", "endpoint", "collapse means", "tolerance", "safe share", "lower 95 %", "decided")
    verdicts = artefacts.load(artefacts.address(VERDICT)).to_dicts()
    for verdict in verdicts:
        table.add_row(
            verdict["ladder"],
            verdict["endpoint"],
            verdict["definition"],
            f"{verdict['tolerance']:.0%}",
            _share(verdict["safe_share"]),
            _share(verdict["lower_95"]),
            "yes" if verdict["decided"] else "no",
        )
    console.print(table)
    for verdict in verdicts:
        console.print(f"• {verdict['sentence']}", highlight=False)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
