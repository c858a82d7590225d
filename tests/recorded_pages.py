"""A page as a table of numbers: each line of its text, and each chart by its elements, for a record.

A line is named by its words; the numbers in it are its row. A chart has a row for each kind of element, with their
number and the sum of the numbers in their attributes: a stroke, a colour or a place that moves changes one of them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from html.parser import HTMLParser

from tests.recorded_numbers import digits

_NUMBER = re.compile(r"(?<![\w.#])[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")
_SILENT = {"style", "script"}
_ONE_LINE = {"svg", "tr", "p", "li", "figcaption"}
"""Elements whose text is one line."""
_PLACES = re.compile(r"-?\d+(?:\.\d+)?")
Rows = dict[str, list[float | None]]


def of_text(lines: Iterable[str]) -> Rows:
    """Line without its numbers → the numbers; a line that comes again is numbered."""
    found: Rows = {}
    for line in lines:
        name = _NUMBER.sub("#", " ".join(line.split()))
        numbers = [float(each.replace(",", "").replace("−", "-")) for each in _NUMBER.findall(line)]
        if name:
            found[_unused(name, found)] = [digits(each) for each in numbers]
    return found


def of_page(html: str) -> Rows:
    """The text and the charts of a page; pictures count by their size."""
    page = _Page()
    page.feed(html)
    page.close()
    charts: Rows = {}
    for chart, elements in page.charts.items():
        for element, sums in elements.items():
            charts[_unused(f"chart {chart}: {element}", charts)] = [digits(each) for each in sums]
    return {**of_text(page.lines), **charts}


def _unused(name: str, taken: Rows) -> str:
    if name not in taken:
        return name
    return next(other for place in range(2, len(taken) + 3) if (other := f"{name} ({place})") not in taken)


class _Page(HTMLParser):
    """Text by line, and what stands in each drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.charts: dict[str, dict[str, list[float]]] = {}
        self._silent = self._drawing = 0
        self._chart: dict[str, list[float]] = {}
        self._joined: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        self._silent += tag in _SILENT
        if tag in _ONE_LINE:
            self._joined = []
        if tag == "svg":
            self._drawing += 1
            self._chart = self.charts.setdefault(f"{len(self.charts)}", defaultdict(lambda: [0.0, 0.0]))
        if self._drawing:
            kind = " ".join([tag, *(f"{name}={value}" for name, value in attrs if not _PLACES.search(value or ""))])
            sums = self._chart[kind]
            sums[0] += 1
            sums[1] += sum(float(each) for value in attributes.values() for each in _PLACES.findall(value))
        for name in ("alt", "title", "aria-label"):
            if attributes.get(name):
                self.lines.append(attributes[name])

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in _SILENT
        self._drawing -= tag == "svg"
        if tag in _ONE_LINE and self._joined is not None:
            self.lines.append(" | ".join(self._joined))
            self._joined = None

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            (self.lines if self._joined is None else self._joined).append(data.strip())
