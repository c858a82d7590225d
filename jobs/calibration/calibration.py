"""A calibration: studies whose truth is known are simulated, and what the product says of them is counted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from outcross.jobs.calibration.families import Named


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is simulated.

    Attributes:
        studies: of each cell.
        compared: how many of them the limit of versions before 0.2 judges too, which is slow.
        seed: of the simulation.
    """

    studies: int
    compared: int
    seed: int


class Cell(Protocol):
    """One setting that is simulated."""

    @property
    def family(self) -> Named:
        """What is simulated."""

    @property
    def name(self) -> str:
        """What the cell is called in a message."""


class Found(Protocol):
    """What was counted in a cell."""

    @property
    def cell(self) -> Cell:
        """The setting."""

    @property
    def holds(self) -> bool:
        """Whether what the product says is as sure as it claims."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as JSON can hold them."""


C = TypeVar("C", bound=Cell)
F = TypeVar("F", bound=Found)


@dataclass(frozen=True, kw_only=True)
class Calibration(Generic[C, F]):
    """One table of ``outcross calibrate``.

    Attributes:
        key: its name in JSON.
        doing: what the progress bar says.
        fault: what is said of cells that fail, after "3 of 20 ".
        columns: of the table.
        marks: the lines of a page between which the table is written.
        cells: lists the settings.
        run: simulates one of them.
        rows: the lines of the table.
        times: how many times as many studies a cell has: some cost less.
    """

    key: str
    doing: str
    fault: str
    columns: tuple[str, ...]
    marks: tuple[str, str]
    cells: Callable[[], Sequence[C]]
    run: Callable[[C, Size], F]
    rows: Callable[[list[F]], Iterator[tuple[str, ...]]]
    times: int = 1

    def find(self, cell: C, size: Size) -> F:
        """Simulate a cell."""
        return self.run(cell, replace(size, studies=self.times * size.studies))

    def of_family(self, part: str | None) -> list[C]:
        """Return the cells of the families whose name has this part; all where it is None."""
        return [cell for cell in self.cells() if part is None or part.lower() in cell.family.name.lower()]
