"""Reports to look into: a small study's, and the parts of a page as a browser would take it apart."""

import hashlib
import io
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser

import polars as pl

from outcross.assets.verdict.arm_comparison import ArmComparison, compare_arms
from outcross.assets.verdict.comparison_sentence import comparison_sentence
from outcross.assets.verdict.details import details
from outcross.assets.verdict.exhibits import Exhibit, image_exhibit
from outcross.assets.verdict.report import render_report
from outcross.assets.verdict.report_data import GalleryItem, ReportData
from outcross.assets.verdict.rows_of_arms import RowCounts, with_rows
from outcross.assets.verdict.sentence import sentence
from outcross.assets.verdict.verdict import Verdict, verdict
from outcross.resources.schema import Column, Role, Schema
from tests.assets.verdict.studies import arm, evaluations, ladder, noisy

SHARES = (0.2, 0.5, 0.8)
PAIRS = [(arm(0.2), arm(0.8)), (arm(0.2), arm(0.5))]
ROWS = {arm(0.2): RowCounts(80, 20)}
PLAIN = Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=15)
CHECKS = {
    "generation": pl.Int32,
    "lineage": pl.String,
    "check": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "lower": pl.Float64,
    "upper": pl.Float64,
    "severity": pl.String,
}


def report_data(**changes: object) -> ReportData:
    """The report of a study with a decided verdict, one that never crosses, and one that is not defined."""
    decided = noisy({0.2: 0.0, 0.5: 0.15, 0.8: 0.9}, noise=0.02)
    zero = evaluations([0.0] * 10, {arm(share): [0.5] * 10 for share in SHARES}, metric="recall")
    study = pl.concat([decided, zero, decided.with_columns(reference=pl.lit("previous"))])
    verdicts = [
        with_rows(_reach(study, 0.25, "frechet"), ROWS),
        _reach(study, 5.0, "frechet"),
        _reach(study, 0.25, "recall"),
    ]
    compared = [each for name in ("recall", "frechet") for each in _compare(study, name)]
    settings: dict[str, object] = {
        "study": "digits",
        "description": "Handwritten digits, a few generations",
        "verdicts": verdicts,
        "sentences": [sentence(each) for each in verdicts],
        "details": [details(each, study="digits", source="digits", generator="cvae") for each in verdicts],
        "evaluations": study,
        "gallery": [
            GalleryItem(arm="shared", generation=0, replicate=0, image=png(90)),
            GalleryItem(arm=arm(0.8), generation=2, replicate=0, image=png(200)),
            GalleryItem(arm=arm(0.2), generation=1, replicate=0, text="a seven\nand a one"),
        ],
        "real": GalleryItem(arm="real", generation=0, replicate=0, image=png(30)),
        "checks": pl.DataFrame(
            [(2, "fresh-0.8", "tails", "recall", 0.123456, 0.5, None, "warning")], schema=CHECKS, orient="row"
        ),
        "reproduce": {"command": "outcross study digits", "seed": "7", "study file": "study: digits\nseed: 7\n"},
        "comparisons": compared,
        "comparison_sentences": [comparison_sentence(each, whose="for these very rows") for each in compared],
        "notes": ["Ladder 'freshness' compares unequal budgets: tokens are dear"],
    }
    return ReportData(**{**settings, **changes})  # type: ignore[arg-type]


def _compare(study: pl.DataFrame, endpoint: str) -> list[ArmComparison]:
    held_out = study.filter(reference="holdout")
    return compare_arms(held_out, PAIRS, [endpoint], primary="frechet", generations=3, rows=ROWS)


def _reach(study: pl.DataFrame, tolerance: float, endpoint: str) -> Verdict:
    return verdict(study, ladder(*SHARES), endpoint=endpoint, tolerance=tolerance, seed=3)


def exhibits(arms: tuple[str, ...] = (arm(0.2), arm(0.8)), *, generations: int = 3) -> list[Exhibit]:
    """Of each arm two replicates with two places; the grey tells arm, replicate, generation and place apart."""
    shown = []
    for number, name in enumerate(arms):
        for replicate in range(2):
            inks = [[number * 6 + replicate * 3 + g, 15 - g] for g in range(generations)]
            frames = {g: pl.DataFrame({"row": [0, 1], "image": _plain(ink)}) for g, ink in enumerate(inks)}
            shown.append(image_exhibit(frames, Schema((PLAIN,)), arm=name, replicate=replicate))
    return shown


def _plain(inks: list[int]) -> pl.Series:
    return pl.Series([[ink] * 64 for ink in inks], dtype=PLAIN.dtype)


def png(grey: int) -> bytes:
    """A picture of one grey."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("L", (8, 8), grey).save(file, "PNG")
    return file.getvalue()


@dataclass
class Element:
    """One element of a page: its tag, its attributes, and the text inside it."""

    tag: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """The elements of a page, in order."""

    html: str
    elements: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[Element] = []
        self.feed(self.html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs)))
        if tag not in {"meta", "img", "input", "br"}:
            self._open.append(self.elements[-1])

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def all(self, tag: str, *, of_class: str | None = None) -> list[Element]:
        """The elements with a tag, and a class where one is asked for."""
        return [
            element
            for element in self.elements
            if element.tag == tag and (of_class is None or of_class in (element.attributes.get("class") or "").split())
        ]

    def rows(self) -> list[list[str]]:
        """The text of each cell of each row of every table."""
        rows: list[list[str]] = []
        for element in self.elements:
            if element.tag == "tr":
                rows.append([])
            elif element.tag in {"td", "th"}:
                rows[-1].append(element.text)
        return rows

    def by_id(self, name: str) -> Element:
        """The one element with an id."""
        (found,) = [element for element in self.elements if element.attributes.get("id") == name]
        return found


if __name__ == "__main__":
    sys.stdout.write(hashlib.sha256(render_report(report_data()).encode()).hexdigest())
