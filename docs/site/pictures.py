"""Pictures of the documentation, taken from the reports of real runs.

``python -m docs.site.pictures`` runs the two studies, or takes up finished ones, photographs their reports, and records
of which settings the pictures are; names of files after it choose among them. A test holds the recorded settings
against the studies of now, so that no picture that was taken goes stale.
"""

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

DOCS = Path(__file__).parents[1]
RECORD = Path(__file__).with_name("pictures.json")
PICTURES = {"report.png": "digits", "gallery.png": "digits-diffusion"}
"""File below ``docs`` → the study whose report it shows."""
WIDTH, BAR = 1164, 64
"""Pixels of a picture across, and those of the report's bar above its title."""
COLOURS = 48


def fingerprints(name: str) -> dict[str, str]:
    """Return the fingerprints of a study: of its settings and of the version of its generator, for each lineage."""
    from outcross.jobs.files.study_files import SHIPPED, load_study

    study = load_study(SHIPPED / f"{name}.yaml")
    return {lineage: study.fingerprint(lineage, judged=True) for lineage in ("shared", *study.lineages)}


def recorded() -> dict[str, dict[str, str]]:
    """Return study → the fingerprints of which its picture is."""
    found: dict[str, dict[str, str]] = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    return found


def run(chosen: list[str]) -> None:
    """Run the studies of pictures, take these, and record of which settings they are."""
    with TemporaryDirectory() as place:
        for file in chosen:
            study, page = PICTURES[file], Path(place) / f"{file}.html"
            _outcross("study", study)
            _outcross("report", study, "-o", str(page))
            take(file, page)


def take(file: str, report: Path) -> None:
    """Take a picture of the report of its study, and record the settings that this has now."""
    from playwright.sync_api import sync_playwright

    from outcross.resources.atomic_file import replace_file
    from outcross.resources.browser import find_browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 1_000})
        page.goto(report.as_uri())
        _save(_gallery(page) if file == "gallery.png" else _first_screen(page), DOCS / file)
        browser.close()
    study = PICTURES[file]
    record = {**recorded(), study: fingerprints(study)}
    replace_file(RECORD, f"{json.dumps(record, indent=1)}\n".encode())


def _first_screen(page: "Page") -> bytes:
    """Photograph the title and the summary."""
    box = page.locator("#summary").bounding_box()
    assert box is not None
    clip = {"x": 0, "y": BAR, "width": WIDTH, "height": box["y"] + box["height"] - BAR + 16}
    return page.screenshot(full_page=True, clip=clip)  # type: ignore[arg-type] # a FloatRect is such a mapping


def _gallery(page: "Page") -> bytes:
    """Photograph the samples of the first replicate."""
    return page.locator("#samples").screenshot()


def _save(picture: bytes, path: Path) -> None:
    from PIL import Image

    from outcross.resources.atomic_file import replace_file

    drawn, written = Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS), BytesIO()
    drawn.save(written, "PNG", optimize=True)
    replace_file(path, written.getvalue())


def _outcross(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "outcross.jobs.cli", *words], check=True)  # noqa: S603 - our own command


if __name__ == "__main__":
    run(sys.argv[1:] or list(PICTURES))
