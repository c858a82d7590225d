"""YAML of settings, read strictly: what two readers of YAML understand differently is an error with its line.

Keys are text as they stand: a column may be called ``2019``, ``yes`` or ``null``. Values are null, true and false,
decimal numbers, dates and text. Read are a mapping or list of one document, anchors, aliases and merge keys; tags are
not. A key that occurs twice, ``010``, ``1:30``, ``1_000``, ``.inf`` and an unquoted ``no`` are refused, since the
versions of YAML read them in different ways.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

import yaml

from outcross.jobs.files.yaml_scalars import Ambiguous, plain_value
from outcross.resources.errors import BadInput

MOST_CHARACTERS = 2**19
"""Characters of a document."""
MOST_VALUES = 100_000
"""Values of a document, those included that an alias repeats."""
DEEPEST = 32
"""Mappings and lists within one another."""
_MERGE = "<<"


class NotStrict(BadInput):
    """YAML that is refused; the message has the line and the column, from 1, the fault and what to do."""

    def __init__(self, fault: str, line: int, column: int, *, what: str = "not strict YAML") -> None:
        super().__init__(f"{what} at line {line}, column {column}: {fault}")


def load_yaml(text: str) -> Any:
    """Read one document.

    Raises:
        NotStrict: it is not YAML, or is YAML that is not read.
    """
    return deepcopy(_load(text))


@lru_cache(maxsize=32)
def _load(text: str) -> Any:
    """Read one document; a command looks at the same files several times, and this is slow."""
    _refuse_characters(text)
    try:
        return _Document().read(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context or "cannot be read"
        advice = "indent with spaces, not with tabs; fix that line" if "'\\t'" in problem else "fix that line"
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise NotStrict(f"{problem}; {advice}", line, column, what="not valid YAML") from None


def _refuse_characters(text: str) -> None:
    if text.startswith("\ufeff"):
        raise NotStrict("the file begins with a byte order mark; save it as UTF-8 without one", 1, 1)
    if len(text) > MOST_CHARACTERS:
        raise NotStrict(
            f"the file has {len(text):,} characters, and settings may have {MOST_CHARACTERS:,}; keep data in files of "
            "their own, and name them",
            1,
            1,
        )
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    place = found.start() if found else text.find("\ufeff")
    if place >= 0:
        before = text[:place]
        line, column = before.count("\n") + 1, place - before.rfind("\n")
        raise NotStrict(f"the character {text[place]!r} cannot be seen; remove it", line, column)


@dataclass(frozen=True)
class _Value:
    """A value, how many values it has in all, and where it stands."""

    content: Any
    count: int
    mark: Any


@dataclass(frozen=True)
class _Key:
    """A key, where it stands, and whether it merges what follows."""

    name: str
    mark: Any
    merges: bool


@dataclass
class _Open:
    """A mapping or list that is being read."""

    event: Any
    anchor: str | None
    content: dict[str, _Value] | list[_Value]
    key: _Key | None = None
    merged: list[_Value] = field(default_factory=list)
    count: int = 1


class _Document:
    """Builds the values of a document from the events of its parser, without recursion."""

    def __init__(self) -> None:
        self._anchors: dict[str, _Value | None] = {}
        self._open: list[_Open] = []
        self._top: _Value | None = None
        self._documents = 0

    def read(self, events: Iterator[Any]) -> Any:
        for event in events:
            match event:
                case yaml.DocumentStartEvent():
                    self._documents += 1
                    if self._documents > 1:
                        _refuse("a second document begins; keep one document a file", event)
                case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                    self._begin(event)
                case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                    self._end(self._open.pop())
                case yaml.AliasEvent():
                    self._place(self._aliased(event), event, None)
                case yaml.ScalarEvent():
                    self._read_scalar(event)
        return None if self._top is None else self._top.content

    def _begin(self, event: Any) -> None:
        _refuse_tag(event)
        if self._awaits_key():
            _refuse("a key is a mapping or a list; a key is one word", event)
        if len(self._open) == DEEPEST:
            _refuse(f"more than {DEEPEST} mappings and lists lie within one another; write it flat", event)
        if event.anchor:
            self._anchors[event.anchor] = None
        content: dict[str, _Value] | list[_Value] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Open(event, event.anchor, content))

    def _end(self, closed: _Open) -> None:
        if isinstance(closed.content, list):
            content: Any = [each.content for each in closed.content]
        else:
            content = {}
            for each in reversed(closed.merged):
                content |= each.content
            content |= {key: each.content for key, each in closed.content.items()}
        self._place(_Value(content, closed.count, closed.event.start_mark), closed.event, closed.anchor)

    def _aliased(self, event: Any) -> _Value:
        if self._awaits_key():
            _refuse("a key is an alias; write it out", event)
        if event.anchor not in self._anchors:
            _refuse(f"the alias *{event.anchor} is of nothing above it; add the anchor &{event.anchor}", event)
        found = self._anchors[event.anchor]
        if found is None:
            _refuse(f"the alias *{event.anchor} is within the value that it repeats; write the value out", event)
        return found

    def _read_scalar(self, event: Any) -> None:
        _refuse_tag(event)
        plain = event.style is None
        if self._awaits_key():
            self._take_key(event, plain)
            return
        try:
            content = plain_value(event.value) if plain else event.value
        except Ambiguous as error:
            _refuse(str(error), event)
        if isinstance(content, str) and not content.isascii():
            _refuse_half_characters(content, event)
        self._place(_Value(content, 1, event.start_mark), event, event.anchor)

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].content, dict) and self._open[-1].key is None

    def _take_key(self, event: Any, plain: bool) -> None:
        opened, key = self._open[-1], event.value
        assert isinstance(opened.content, dict)
        if event.anchor:
            _refuse("a key has an anchor; anchor its value", event)
        _refuse_half_characters(key, event)
        merges = plain and key == _MERGE
        if not merges and key in opened.content:
            first = opened.content[key].mark.line + 1
            _refuse(f"the key {key!r} is there twice, first at line {first}; keep one", event)
        opened.key = _Key(key, event.start_mark, merges)

    def _place(self, value: _Value, event: Any, anchor: str | None) -> None:
        """Put a finished value where it belongs: into the mapping or list around it, or at the top."""
        if anchor:
            self._anchors[anchor] = value
        if not self._open:
            self._top = value
            return
        around = self._open[-1]
        around.count += value.count
        if around.count > MOST_VALUES:
            _refuse(f"aliases repeat more than {MOST_VALUES:,} values; write fewer", event)
        if isinstance(around.content, list):
            around.content.append(value)
            return
        assert around.key is not None
        key, around.key = around.key, None
        if key.merges:
            each = value.content if isinstance(value.content, list) else [value.content]
            if not all(isinstance(one, dict) for one in each):
                _refuse("'<<' merges mappings; give it the alias of one", event)
            around.merged += [_Value(one, 0, value.mark) for one in each]
        else:
            around.content[key.name] = _Value(value.content, value.count, key.mark)


def _refuse(fault: str, event: Any) -> NoReturn:
    raise NotStrict(fault, event.start_mark.line + 1, event.start_mark.column + 1)


def _refuse_tag(event: Any) -> None:
    if event.tag is not None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        _refuse(f"the tag {tag!r} is not read; remove it, and quote what is text", event)


def _refuse_half_characters(text: str, event: Any) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        _refuse("half a surrogate pair is not a character; write the character itself", event)
