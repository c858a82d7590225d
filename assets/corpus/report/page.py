"""The report of a corpus: one HTML page without scripts, which opens without a network and can be mailed."""

import re
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from outcross.assets.corpus.quarantine.next_step import next_step
from outcross.assets.corpus.quarantine.quarantine import QuarantinedBatch
from outcross.assets.corpus.report.chart import describe, share_chart
from outcross.assets.corpus.report.summary import Summary
from outcross.assets.drawing.svg import marker_shapes
from outcross.resources.safe_text import one_line, shortened

LONGEST = 600
"""Characters of a text from data that the page shows."""
_STYLES = [Path(__file__).parents[2] / "verdict" / "page" / name for name in ("report.css", "print.css")]
"""The style of the report of a study, and what paper changes of it."""
_OWN_STYLE = """
.k-declared { width: 20px; border-top: 1.5px dashed var(--ink); }
#share .k-tolerance { border-top-style: solid; }
.told td { white-space: normal; overflow-wrap: anywhere; min-width: 9ch; } .told .wide { min-width: 34ch; }
@media print { details { display: none; } .scroll, .tall { overflow: visible; max-height: none; }
  tr { break-inside: avoid; } }
"""


def render(found: Summary) -> str:
    """Render the report of a corpus; the same summary gives the same bytes."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, finalize=_shown)
    page = environment.from_string((files(__package__) / "page.html.jinja").read_text(encoding="utf-8"))
    bound = None if found.bound is None else found.bound.share

    def step(batch: QuarantinedBatch) -> str:
        return next_step(next(iter(batch.reasons), ""), found.corpus, batch.batch)

    return page.render(
        found=found,
        shapes=Markup(marker_shapes()),  # noqa: S704 - our own
        css=Markup(_style()),  # noqa: S704 - our own files
        chart=Markup(share_chart(found.versions, bound)),  # noqa: S704 - it escapes its texts
        verdict=_verdict(found),
        step=step,
    )


def _verdict(found: Summary) -> str:
    """Say in a sentence where the corpus stands."""
    told = describe(found.versions, None if found.bound is None else found.bound.share)
    return f"{found.past} {told}." if found.past else f"{told}."


def _style() -> str:
    """Return the style of a study's report, dark where the reader prefers it, and light on paper."""
    style = "".join(each.read_text(encoding="utf-8") for each in _STYLES)
    dark = re.search(r":root\.dark \{(.*?)\}", style, re.DOTALL)
    assert dark is not None
    preferred = f"@media screen and (prefers-color-scheme: dark) {{ :root {{{dark[1]}}} }}"
    return f"{style.replace(dark[0], '')}\n{preferred}\n{_OWN_STYLE}"


def _shown(value: object) -> object:
    """Show a text from data on one line, without characters that hide or turn others."""
    return shortened(one_line(value), LONGEST) if type(value) is str else value
