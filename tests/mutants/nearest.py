"""Which test files are nearest to a place in the product: by what they import, by the names that they mention, by what
they quote of its messages, and by what they call as it does: sensors, jobs, keys."""

import ast
import math
import re
from collections import Counter, deque
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from tests.mutants.reached_by import names_that_reach

PRODUCT, TESTS = "outcross", "tests"
STARTS_COMMANDS = "tests.jobs.workplace"
"""The module by which tests start commands, and does not import them."""
COMMANDS = "outcross.jobs.cli.app"
SERVER = "tests.jobs.command_server"
"""The module that starts their processes."""
RECORDS = {
    "tests.test_constants": re.compile(r"^[A-Z_][A-Z_, ]+(: .+)? = .*\d", re.MULTILINE),
    "tests.jobs.test_settings_snapshot": re.compile(r"\b(Field|Option|Guard)\(|\bClassVar\[|\b(needs_\w+|absolute)="),
    "tests.jobs.test_fingerprints": re.compile(r"\bexclude=|\brecorded\(|\bfirst_keys\("),
    "tests.assets.metrics.test_recorded": re.compile(r"^# assets/(metrics|instruments)/"),
    "tests.assets.verdict.test_recorded": re.compile(r"^# assets/(verdict|drawing)/"),
    "tests.assets.corpus.test_recorded": re.compile(r"^# assets/corpus/(guards|undeclared|accumulated)/"),
}
"""Test that holds what many files state or compute against a record → what such a file has in its path or text."""


_IMPORT = re.compile(r"^[ \t]*(?:from ([\w.]+) )?import (\([^)]*\)|[^\n(]+)", re.MULTILINE)
_IMPORTED = re.compile(r"([\w.]+)(?: as \w+)?")
_COMMENT = re.compile(r"#.*")
_TEXT = re.compile(r"[\"']([\w.:]+)[\"']")
_WORD = re.compile(r"[A-Za-z_]+")
_NAME = re.compile(r"\w+")
_LABEL = re.compile(r"[\w./-]{6,40}")
SHORTEST = 4
"""Letters of a word in the name of a file by which a test is near to it."""
PHRASE, COMMON = 3, 6
"""Words in a row of a message, by which a test quotes it; what more test files have in common is no quotation."""
NAMED = 3.0
"""How much nearer a test is that names the mutated function, or one that leads to it, where few tests do."""


def _names(text: str, package: str) -> Iterator[str]:
    """Yield what a file imports; a text in it may be what a registry of the package imports.

    The file is searched, not parsed: to parse all of them takes seconds. A word that a message quotes counts as a text.
    """
    for start, names in _IMPORT.findall(text):
        for name in _IMPORTED.findall(_COMMENT.sub("", names)):
            yield f"{start}.{name}" if start else name
    yield from (f"{package}.{each.replace(':', '.')}" for each in _TEXT.findall(text))


class Nearest:
    """The imports of product and tests, read from the text of every file."""

    def __init__(self, top: Path):
        rooms = [(PRODUCT, top / "src" / PRODUCT), (TESTS, top / TESTS)]
        self._files = {_name(root, folder, path): path for root, folder in rooms for path in _python(folder)}
        self._of = {path.resolve(): name for name, path in self._files.items()}
        self._top = top

    @cached_property
    def _imports(self) -> dict[str, set[str]]:
        found = {name: set(self._imported(path)) for name, path in self._files.items()}
        found[STARTS_COMMANDS].add(COMMANDS)
        return found

    def _imported(self, path: Path) -> Iterator[str]:
        package = self._of[path.resolve()]
        package = package if path.name == "__init__.py" else package.rpartition(".")[0]
        for name in _names(path.read_text(encoding="utf-8"), package):
            module = name if name in self._files else name.rpartition(".")[0]
            if module in self._files and module != package:
                yield module

    @cached_property
    def _distances(self) -> dict[str, dict[str, int]]:
        """Return test module → module of the product → the imports between them."""
        tests = [name for name in self._files if name.rpartition(".")[2].startswith("test_")]
        return {test: self._reached(test) for test in tests}

    def _reached(self, start: str) -> dict[str, int]:
        distances, queue = {start: 0}, deque([start])
        while queue:
            name = queue.popleft()
            for each in self._imports[name]:
                if each not in distances:
                    distances[each] = distances[name] + 1
                    queue.append(each)
        return distances

    @cached_property
    def _texts(self) -> dict[str, str]:
        return {test: self._files[test].read_text(encoding="utf-8") for test in self._distances}

    @cached_property
    def _phrases(self) -> dict[str, set[str]]:
        """Return test module → the phrases in it that few others have."""
        found = {test: _phrases_in(text) for test, text in self._texts.items()}
        often = Counter(phrase for phrases in found.values() for phrase in phrases)
        return {test: {each for each in phrases if often[each] <= COMMON} for test, phrases in found.items()}

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        return {test: set(_NAME.findall(text)) for test, text in self._texts.items()}

    def to(self, file: str, definition: str = "module") -> list[str]:
        """Return the test files that reach a place in the product, from the top of the checkout.

        A record of what the file states or computes comes first, then the nearest.

        Args:
            file: of the product, from the top of the checkout.
            definition: the names of the functions and classes around the place, joined by dots.
        """
        path = (self._top / file).resolve()
        text = f"# {file}\n{path.read_text(encoding='utf-8')}"
        reaching, names, said = self.reaching(file), _mentioned_by(path), _said_by(text)
        labels = [label for label in _labels_in(text) if 0 < self._tests_with(label) <= COMMON]
        leading = [name for name in names_that_reach(text, definition) if 0 < self._tests_that_name(name) <= COMMON]
        declared = {test for test, declaration in RECORDS.items() if declaration.search(text)}
        ranked = sorted(
            reaching.keys() | declared,
            key=lambda test: (
                test not in declared,
                reaching.get(test, 0)
                - self._mentions(test, names, path)
                - self._quotes(test, said)
                - self._calls(test, labels)
                - NAMED * math.log2(1 + sum(name in self._words[test] for name in leading))
                - self._is_of_its_room(test, file),
                test,
            ),
        )
        return [str(self._files[test].relative_to(self._top)) for test in ranked]

    def starts_commands(self, test: str) -> bool:
        """Whether a test file imports, at whatever remove, what starts commands."""
        return SERVER in self._distances[self._of[(self._top / test).resolve()]]

    def reaching(self, file: str) -> dict[str, int]:
        """Return test module → the imports between it and a file of the product, for those that reach it."""
        module = self._of[(self._top / file).resolve()]
        return {test: found[module] for test, found in self._distances.items() if module in found}

    def _mentions(self, test: str, names: re.Pattern[str], path: Path) -> float:
        """Return how much a test speaks of a file: its names in the text, its own name, and its folder's."""
        folder, stem = path.parent.name, path.stem
        own, other = (set(_name_words(each)) for each in (f"{folder}_{stem}", test.rpartition(".")[2]))
        return math.log2(1 + len(names.findall(self._texts[test]))) + 2.0 * (stem in test) + len(own & other)

    def _quotes(self, test: str, said: set[str]) -> float:
        """Return how much a test quotes of what a file says."""
        return math.log2(1 + len(said & self._phrases[test]))

    def _calls(self, test: str, labels: list[str]) -> float:
        """Return how many of the labels a test has that few others have."""
        return math.log2(1 + sum(label in self._texts[test] for label in labels))

    def _tests_that_name(self, name: str) -> int:
        return sum(name in words for words in self._words.values())

    def _tests_with(self, label: str) -> int:
        return sum(label in text for text in self._texts.values())

    def _is_of_its_room(self, test: str, file: str) -> bool:
        return self._files[test].parent == self._top / TESTS / Path(file).parent


def _phrases_in(text: str) -> set[str]:
    words = _WORD.findall(text)
    return {" ".join(words[start : start + PHRASE]) for start in range(len(words) - PHRASE + 1)}


def _said_by(text: str) -> set[str]:
    """Return the phrases of the messages in a file: of its texts, without the docstrings."""
    tree = ast.parse(text)
    described = [each for each in ast.walk(tree) if isinstance(each, ast.Module | ast.ClassDef | ast.FunctionDef)]
    docstrings = {id(each.body[0].value) for each in described if isinstance(each.body[0], ast.Expr)}
    texts = [each for each in ast.walk(tree) if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return {phrase for each in texts if id(each) not in docstrings for phrase in _phrases_in(str(each.value))}


def _labels_in(text: str) -> set[str]:
    """Return the texts in a file that are one word, such as the name of a sensor or its end."""
    found = [each.value for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Constant)]
    return {each for each in found if isinstance(each, str) and _LABEL.fullmatch(each)}


def _name_words(name: str) -> list[str]:
    """Return the words of a name, without the ends of plurals."""
    return [word.rstrip("s") for word in name.split("_") if len(word) >= SHORTEST]


def _mentioned_by(path: Path) -> re.Pattern[str]:
    """Return what finds a file's own name, and what it defines for others, in the text of a test."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    defined = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"]
    return re.compile("|".join(rf"\b{re.escape(name)}\b" for name in (path.stem, *defined)))


def _python(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name != "__pycache__":
            yield from _python(path)
        elif path.suffix == ".py":
            yield path


def _name(root: str, folder: Path, path: Path) -> str:
    parts = path.relative_to(folder).with_suffix("").parts
    return ".".join((root, *(parts[:-1] if parts[-1] == "__init__" else parts)))
