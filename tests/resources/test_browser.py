"""A page printed by the browser at hand; without one, a refusal with a remedy."""

import os
from pathlib import Path

import pytest

from outcross.resources import browser
from outcross.resources.browser import PrintingFailed, find_browser, print_to_pdf
from outcross.resources.errors import BadInput
from tests.wants import need_chromium


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any browser; the shell is there."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH", raising=False)
    monkeypatch.setattr(browser, "_MAC", tmp_path / "no such application")


def test_without_a_browser_it_is_said_how_to_get_one() -> None:
    with pytest.raises(BadInput, match=r"apt install chromium.*or open the report in any browser and print it"):
        print_to_pdf(b"<p>hello")


def test_it_is_looked_for_on_the_path_and_then_where_playwright_puts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = program(tmp_path / ".cache/ms-playwright/chromium-1200/chrome-linux", "chrome", "true")
    assert find_browser() == str(own)
    elsewhere = program(tmp_path / "pw/chromium_headless_shell-9/chrome-linux", "headless_shell", "true")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "pw"))
    assert find_browser() == str(elsewhere)
    on_path = program(tmp_path / "bin", "google-chrome", "true")
    assert find_browser() == str(on_path)


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("echo no display >&2; exit 3", "ended with 3 and wrote no PDF: no display; open the report in a browser"),
        ("true", "ended with 0 and wrote no PDF; open the report"),
        ("sleep 60", "took more than 0.3 seconds and wrote no PDF"),
    ],
)
def test_a_browser_that_prints_nothing_is_told_with_what_it_said_last(
    script: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.defpath}")
    program(tmp_path / "bin", "chromium", script)
    monkeypatch.setattr(browser, "SECONDS", 0.3 if "sleep" in script else 20.0)
    with pytest.raises(PrintingFailed, match=told):
        print_to_pdf(b"<p>hello")


@pytest.mark.browser
def test_the_browser_at_hand_prints_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    chromium = need_chromium()
    monkeypatch.setenv("PATH", f"{Path(chromium).parent}{os.pathsep}{os.defpath}")
    pdf = print_to_pdf(b"<!doctype html><title>t</title><p>hello")
    assert pdf.startswith(b"%PDF-") and b"%%EOF" in pdf[-64:]
