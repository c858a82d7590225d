"""The objects in JSON text: one a line, the entries of an array, or one after the other over several lines."""

import io
import json
import re
from collections.abc import Iterator
from typing import Any

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.bounds import refuse_bad_lines
from outcross.resources.sources.formats.contract import BadLine

_SPACE = re.compile(r"[ \t\r\n]*")
_OBJECT_A_LINE = re.compile(r"[^\n]*\n\s*\{[^\n]*\}\s*(\n|$)")
"""A first line that is followed by a line of one object, without the comma of an array."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Entries:
    """The objects in JSON text; lines that are none are errors, or bad lines where those are taken.

    Args:
        text: of the file.
        name: of the file, for messages.
        most: objects that are wanted; None wants all.
        bad: takes the bad lines; if None, the first of them is an error.
        keeps_texts: whether ``texts`` takes the text of each object that is a row.
    """

    def __init__(
        self, text: str, name: str, most: int | None, bad: list[BadLine] | None, *, keeps_texts: bool = False
    ) -> None:
        self._text, self._name, self._most, self._bad = text, name, most, bad
        self.texts: list[str] = []
        self._keeps_texts = keeps_texts
        self._twice: list[str] = []
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object)
        self._surrogates = _SURROGATE.search(text) is not None
        self._good = 0

    def read(self) -> Iterator[dict[str, Any]]:
        """Yield the objects.

        Raises:
            BadInput: an entry is not a JSON object, has a key twice or half a character, or the text is no JSON.
        """
        entries = self._entries_of_array()
        yield from self._lines() if entries is None else entries

    def _lines(self) -> Iterator[dict[str, Any]]:
        # Not splitlines(): JSON allows the other line separators of Unicode inside strings.
        for number, line in enumerate(io.StringIO(self._text, newline="\n"), start=1):
            if not line.strip():
                continue
            try:
                value = self._decoder.decode(line)
            except (ValueError, RecursionError) as error:
                self._take_twice()
                if not self._good and not self._bad and (objects := self._objects_over_lines()):
                    yield from objects
                    return
                self._refuse(number, line, str(error), "; correct that line")
                continue
            yield from self._check(value, number, line)

    def _entries_of_array(self) -> list[dict[str, Any]] | None:
        """The entries of an array; None where the text is none, or is arrays one a line."""
        place = self._space(0)
        if not self._text.startswith("[", place):
            return None
        found: list[tuple[Any, int, int, list[str]]] = []
        place = self._space(place + 1)
        while not self._text.startswith("]", place):
            try:
                value, end = self._decoder.raw_decode(self._text, place)
                found.append((value, place, end, self._take_twice()))
                place = self._space(end)
                if self._text.startswith(",", place):
                    place = self._space(place + 1)
                elif not self._text.startswith("]", place):
                    raise json.JSONDecodeError("Expecting ',' or ']'", self._text, place)
            except (ValueError, RecursionError) as error:
                if _OBJECT_A_LINE.match(self._text) and not self._text.rstrip().endswith("]"):
                    self._take_twice()
                    return None
                at = error.pos if isinstance(error, json.JSONDecodeError) else place
                reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
                raise BadInput(
                    f"file {self._name!r}, line {self._line_at(at)}: {reason} in an array; correct that line"
                ) from error
            if self._most is not None and len(found) > self._most:
                return self._checked(found)
        return None if self._space(place + 1) < len(self._text) else self._checked(found)

    def _checked(self, found: list[tuple[Any, int, int, list[str]]]) -> list[dict[str, Any]]:
        objects: list[dict[str, Any]] = []
        for value, start, end, twice in found:
            self._twice = twice
            fits = isinstance(value, dict) and not twice and not self._surrogates
            text = "" if fits and not self._keeps_texts else self._text[start:end]
            objects += self._check(value, 0 if fits else self._line_at(start), text)
        return objects

    def _objects_over_lines(self) -> list[dict[str, Any]]:
        """The objects of a text that has one after the other, each over any number of lines; none if it has not."""
        found: list[dict[str, Any]] = []
        place = self._space(0)
        while place < len(self._text):
            try:
                value, end = self._decoder.raw_decode(self._text, place)
            except (ValueError, RecursionError):
                self._take_twice()
                return []
            if not isinstance(value, dict) or self._take_twice():
                return []
            found += self._check(value, self._line_at(place) if self._surrogates else 0, self._text[place:end])
            place = self._space(end)
        return found

    def _check(self, value: Any, line: int, text: str) -> Iterator[dict[str, Any]]:
        """Yield the value if it is a row; else it is an error, or a bad line."""
        twice = self._take_twice()
        if not isinstance(value, dict):
            self._refuse(line, text, "not an object", "; write one {...} per line")
        elif twice:
            self._refuse(line, text, f"the key {twice[0]!r} occurs twice in one object", "; correct that line")
        elif self._surrogates and (key := _half_a_character(value)) is not None:
            fault = f"column {key!r}: half a surrogate pair is not a character"
            self._refuse(line, text, fault, "; correct that value")
        else:
            self._good += 1
            if self._keeps_texts:
                self.texts.append(text)
            yield value

    def _refuse(self, line: int, text: str, fault: str, remedy: str) -> None:
        if self._bad is None:
            raise BadInput(f"file {self._name!r}, line {line}: {fault}{remedy}")
        place = self._good + len(self._bad)
        self._bad.append(BadLine(place=place, line=line, text=text.rstrip("\r\n"), fault=fault))
        refuse_bad_lines(len(self._bad), self._bad[0].line, self._name)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        entry = dict(pairs)
        if len(entry) < len(pairs):
            seen: set[str] = set()
            self._twice.append(next(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
        return entry

    def _take_twice(self) -> list[str]:
        twice, self._twice = self._twice, []
        return twice

    def _space(self, place: int) -> int:
        match = _SPACE.match(self._text, place)
        return match.end() if match else place

    def _line_at(self, place: int) -> int:
        return self._text.count("\n", 0, place) + 1


def _half_a_character(entry: dict[str, Any]) -> str | None:
    """Return the key whose value holds half a surrogate pair."""
    for key, value in entry.items():
        try:
            json.dumps([key, value], ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return key
    return None
