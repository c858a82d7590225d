"""A Chromium of this machine prints a page to PDF: without a window, without a network, in a user folder of its own.

Whatever the browser starts ends with it, also where this process is killed.
"""

import os
import shutil
import sys
from pathlib import Path

from outcross.resources.commands.command import UnusableRun, run_command
from outcross.resources.errors import BadInput, OutcrossError
from outcross.resources.staging import staging_folder

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "chrome-headless-shell",
)
"""Programs that can print a page, looked for on PATH in this order."""
SECONDS = 180.0
"""Longest time that printing may take."""
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_OF_PLAYWRIGHT = (
    "chromium*/chrome-linux*/chrome",
    "chromium*/chrome-linux*/headless_shell",
    "chromium*/chrome-headless-shell-linux*/chrome-headless-shell",
    "chromium*/chrome-mac*/Chromium.app/Contents/MacOS/Chromium",
)
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-extensions",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no name leads anywhere
    "--no-pdf-header-footer",
)


class PrintingFailed(OutcrossError):
    """The browser wrote no PDF; the message has what it said last."""


def find_browser() -> str:
    """Return the path of a Chromium: that of PATH, of this machine's applications, or one that playwright installed.

    Raises:
        BadInput: there is none; the message says how to get one.
    """
    for name in NAMES:
        if found := shutil.which(name):
            return found
    if sys.platform == "darwin" and _MAC.exists():
        return str(_MAC)
    for folder in _playwright_folders():
        for pattern in _OF_PLAYWRIGHT:
            for found in sorted(map(str, folder.glob(pattern)), reverse=True):
                if os.access(found, os.X_OK):
                    return found
    raise BadInput(
        "a PDF takes a Chromium, and there is none: not on PATH, nor of playwright; install one (apt install chromium, "
        "brew install --cask chromium, or: pip install playwright && playwright install chromium), or open the report "
        "in any browser and print it"
    )


def _playwright_folders() -> list[Path]:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    cache = Path("Library/Caches") if sys.platform == "darwin" else Path(".cache")
    return [Path(named)] if named and named != "0" else [Path.home() / cache / "ms-playwright"]


def print_to_pdf(html: bytes) -> bytes:
    """Print a page and return the PDF.

    Args:
        html: a page that loads nothing.

    Raises:
        BadInput: there is no browser.
        PrintingFailed: it did not print.
    """
    browser = find_browser()
    with staging_folder() as folder:
        page, pdf = folder / "page.html", folder / "page.pdf"
        page.write_bytes(html)
        # Root has no sandbox to enter; the page has a policy that loads nothing, and it is our own.
        rights = ["--no-sandbox"] if os.geteuid() == 0 else []
        words = [
            browser,
            *_FLAGS,
            *rights,
            f"--user-data-dir={folder / 'user'}",
            f"--print-to-pdf={pdf}",
            page.as_uri(),
        ]
        try:
            ended = run_command(words, folder=folder, time_limit=SECONDS)
        except UnusableRun as error:
            raise PrintingFailed(f"{browser} {error.reason}; install another Chromium") from None
        if ended.code != 0 or not pdf.is_file():
            how = f"took more than {SECONDS:g} seconds" if ended.code is None else f"ended with {ended.code}"
            said = ended.stderr.decode(errors="replace").strip().splitlines()[-1:]
            raise PrintingFailed(
                f"{browser} {how} and wrote no PDF{': ' + said[0][:300] if said else ''}; open the report in a browser "
                "and print it there"
            )
        return pdf.read_bytes()
