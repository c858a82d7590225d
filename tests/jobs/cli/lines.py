"""The lines that a function prints: of a table its cells, without the frame."""

from collections.abc import Callable
from typing import Any

import pytest

Show = Callable[..., list[str]]
_FRAME = "┏━┳┓┡╇┩└─┴┘├┼┤ "


def shown_by(capsys: pytest.CaptureFixture[str]) -> Show:
    """Return what calls a function and returns the lines that it printed."""

    def show(function: Callable[..., None], *values: Any, **settings: Any) -> list[str]:
        function(*values, **settings)
        lines = capsys.readouterr().out.splitlines()
        return [_cells(line) for line in lines if line.strip(_FRAME)]

    return show


def _cells(line: str) -> str:
    cells = [cell.strip() for cell in line.replace("┃", "│").split("│")]
    return " | ".join(cells[1:-1]) if len(cells) > 1 else line
