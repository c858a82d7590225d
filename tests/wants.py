"""Tests that need a file, a package or a browser that is not here: skipped, and counted at the end of the run.

``OUTCROSS_NO_SKIPS=1`` makes each of them a failure, for a machine that is meant to have everything.
"""

import os
import re
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import NoReturn

import pytest

_REASON = re.compile(r"Skipped: needs (?P<what>.+?): |Skipped: could not import '(?P<module>[^']+)'")
_CHROMIUM = Path("/usr/bin/chromium")


def skip_for_want_of(what: str, remedy: str) -> NoReturn:
    """Skip the test that asks; the reason says what would help."""
    pytest.skip(f"needs {what}: {remedy}")


def need_chromium() -> str:
    """Return the path of the browser, or skip the test where there is none."""
    if not _CHROMIUM.exists():
        skip_for_want_of("chromium", f"install Debian's, which is at {_CHROMIUM}")
    return str(_CHROMIUM)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip for want of something into a failure where ``OUTCROSS_NO_SKIPS`` is 1."""
    report = yield
    if os.environ.get("OUTCROSS_NO_SKIPS") == "1" and _wanted_by(report):
        report.outcome = "failed"
        report.longrepr = f"{_reason(report)} (OUTCROSS_NO_SKIPS is 1, so it may not be skipped)"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests were skipped for want of what."""
    wants: Counter[str] = Counter()
    for report in terminalreporter.stats.get("skipped", []):
        if what := _wanted_by(report):
            wants[what] += 1
    if wants:
        listing = ", ".join(f"{what} ({count})" for what, count in wants.most_common())
        terminalreporter.section("skipped")
        terminalreporter.line(f"{wants.total()} skipped for want of: {listing}")
        terminalreporter.line("pytest -rs says what would help; OUTCROSS_NO_SKIPS=1 makes such a skip a failure")


def _wanted_by(report: pytest.TestReport) -> str | None:
    """What a skipped test wanted; None where it was skipped for another reason, or ran."""
    found = _REASON.match(_reason(report)) if report.skipped else None
    return (found["what"] or found["module"]) if found else None


def _reason(report: pytest.TestReport) -> str:
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
