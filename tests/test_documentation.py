"""The documentation has what there is: every key has a meaning, every page a place, every link an end."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.site import pictures, reference, walk
from outcross.jobs.cli.offered import commands
from tests.jobs.cli.parser import command_of

TOP = Path(__file__).parents[1]
PAGES = sorted(each for each in (TOP / "docs").rglob("*.md"))
_LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)")


def test_every_key_of_a_file_has_a_meaning_in_the_reference() -> None:
    for page in (reference.study_file(), reference.corpus_file()):
        rows = [line for line in page.splitlines() if line.startswith("| `")]
        assert len(rows) > 50
        assert not [row for row in rows if row.endswith("|  |")]


def test_every_command_is_in_the_reference_with_an_example() -> None:
    page = reference.command_pages()
    for name in commands():
        section = page.split(f"## outcross {name}\n")[1].split("\n## ")[0]
        assert f"```console\noutcross {name}" in section, name


def test_every_page_has_a_place_in_the_site() -> None:
    settings = yaml.safe_load((TOP / "mkdocs.yml").read_text(encoding="utf-8"))
    placed = set(_pages(settings["nav"]))
    here = {str(each.relative_to(TOP / "docs")) for each in PAGES} - {
        f"decisions/{each.name}" for each in PAGES if each.name[0] == "0"
    }
    assert here <= placed


@pytest.mark.parametrize(
    "page", [TOP / "README.md", TOP / "CONTRIBUTING.md", TOP / "SECURITY.md", *PAGES], ids=lambda page: page.stem
)
def test_every_link_leads_to_a_file_and_to_a_heading_of_it(page: Path) -> None:
    for path, heading in _LINK.findall(page.read_text(encoding="utf-8")):
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), path
        if heading and there.suffix == ".md":
            assert heading in _headings(there), f"{path}#{heading}"


@pytest.mark.parametrize("study", pictures.recorded())
def test_a_picture_is_of_the_study_that_there_is(study: str) -> None:
    remedy = "a study or its generator has changed: run 'make pictures'"
    assert pictures.recorded()[study] == pictures.fingerprints(study), remedy


def test_the_reference_of_endpoints_has_those_of_packages() -> None:
    own = reference.endpoints().split("## Metrics of packages")[1]
    assert "| `median_shift` | `median_shift` |" in own and "table, if named" in own


def test_the_tutorial_shows_commands_that_there_are() -> None:
    shown = [
        each.command
        for page in walk.PAGES
        for each in walk.steps(page.read_text(encoding="utf-8"))
        if isinstance(each, walk.Step)
    ]
    assert len(shown) > 10
    for words in map(shlex.split, shown):
        assert words[0] == "python" or command_of(words[1:]), words


def test_a_page_is_walked_in_its_order_with_files_outputs_and_exit_codes() -> None:
    page = "```yaml\n# a.yaml\nx: 1\n```\n```console\n$ one 'a b'\nsaid\nexit 3\n$ two\n```\n"
    file, one, two = walk.steps(page)
    assert file == ("a.yaml", "# a.yaml\nx: 1\n")
    assert (one, two) == (walk.Step("one 'a b'", ["said"], 3), walk.Step("two"))


def _pages(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for each in nav.values() if isinstance(nav, dict) else nav:
            yield from _pages(each)


def _headings(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    return {re.sub(r"[\s]+", "-", re.sub(r"[^\w\s-]", "", title.lower()).strip()) for title in titles}
