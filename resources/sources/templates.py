"""Templates: how conversations, or several columns of text, become one text."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.turns import Turn, holds_turns, read_turns
from outcross.resources.tokens import tokenize

TEXT = "text"
"""Name of the column that a template makes."""
SYSTEM = ("system", "system_prompt")
PROMPT = ("prompt", "instruction", "question", "query", "user")
INPUT = ("input", "context")
RESPONSE = ("response", "output", "completion", "answer", "assistant", "chosen")
"""Names of columns, in lower case, by what they are in an exchange."""
START, END = "<|im_start|>", "<|im_end|>"
"""The marks of a turn in ChatML."""
_PLACE = re.compile(r"\{\{|\}\}|\{([^{}]+)\}")
_SECTIONS = {
    "alpaca": ("### System:\n", "### Instruction:\n", "### Input:\n", "### Response:\n"),
    "prompt-response": ("### System:\n", "### Prompt:\n", "### Input:\n", "### Response:\n"),
}
NAMED = ("chatml", *_SECTIONS)
"""Templates known by a name; any other is a text with columns in braces."""


@dataclass(frozen=True)
class Exchange:
    """The columns of a frame that make up an exchange of a prompt and a response; None where there is none."""

    system: str | None
    prompt: str | None
    more: str | None
    response: str | None

    @classmethod
    def among(cls, names: Iterable[str]) -> "Exchange":
        """Find the columns by their names, in upper or lower case."""
        known = {name.lower(): name for name in names}
        first = [
            next((known[name] for name in part if name in known), None) for part in (SYSTEM, PROMPT, INPUT, RESPONSE)
        ]
        system, prompt, more, response = first
        if prompt is None:
            prompt, more = more, None
        return cls(system, prompt, more, response)

    @property
    def columns(self) -> list[str]:
        """The columns that there are, in order."""
        return [name for name in (self.system, self.prompt, self.more, self.response) if name is not None]


def render(
    raw: pl.DataFrame, template: str, *, leave_out: Collection[str] = (), where: str, lenient: bool = False
) -> tuple[pl.DataFrame, list[str]]:
    """Replace the columns that a template names by one column ``text``, in the place of the first of them.

    A frame that has ``text`` and none of these columns is returned as it is: its rows are rendered already.

    Args:
        raw: the columns as read.
        template: ``chatml``, ``alpaca``, ``prompt-response``, or a text with columns in braces.
        leave_out: columns that the settings ignore.
        where: the file or source, as messages name it.
        lenient: whether a conversation that cannot be read gives null.

    Returns the columns, and what is told of ``text``: what was rendered, and what was not.

    Raises:
        BadInput: the template fits no columns, or a value cannot be rendered; the message says which do.
    """
    names = [name for name in raw.columns if name not in leave_out]
    if template == "chatml":
        used, make = _chatml(raw, names, where, lenient=lenient)
    elif template in _SECTIONS:
        used, make = _sections(raw, names, template, where)
    else:
        used, make = _own(raw, names, template, where)
    if not used:
        return raw, []
    if TEXT in names and TEXT not in used:
        raise BadInput(
            f"{where}: the template makes a column 'text', and there is one that it does not use; set "
            "'columns: {text: ignore}', or write a template with {text} in it"
        )
    text, notes = make()
    place = raw.columns.index(used[0])
    rest = raw.drop([*used, TEXT], strict=False)
    before = sum(raw.columns.index(name) < place for name in rest.columns)
    told = f"rendered from {', '.join(map(repr, used))} by the template {template!r}"
    return rest.insert_column(before, text.alias(TEXT)), [told, *notes]


def with_rendered(
    raw: pl.DataFrame, template: str, *, leave_out: Collection[str], where: str
) -> tuple[pl.DataFrame, list[str]]:
    """Add the column ``text`` to some rows of a batch, and keep the columns that it is rendered from.

    Returns the columns, and what of the rows is not rendered.

    ``text`` is null where a conversation cannot be read. Arguments as of :func:`render`, which raises the same of whole
    columns.
    """
    rendered, told = render(raw, template, leave_out=leave_out, where=where, lenient=True)
    return raw.with_columns(rendered[TEXT]), told[1:]


def check_template(template: str) -> None:
    """Raise ``BadInput`` if a template is none of the known ones and names no column."""
    if template not in NAMED and not _places(template):
        raise BadInput(
            f"'template' {template!r} is none of {', '.join(NAMED)} and names no column; write each column in braces, "
            "such as '### Question: {question} ### Answer: {answer}'"
        )


Plan = tuple[list[str], Callable[[], tuple[pl.Series, list[str]]]]
"""The columns that are used, and what renders them, with notes."""
_RENDERED: Plan = ([], lambda: (pl.Series(TEXT, [], dtype=pl.String), []))


def preference(names: Iterable[str]) -> tuple[str, str] | None:
    """Return the columns of a preference pair, the chosen response and the rejected one; None where there is none."""
    known = {name.lower(): name for name in names}
    return (known["chosen"], known["rejected"]) if {"chosen", "rejected"} <= known.keys() else None


def _chatml(raw: pl.DataFrame, names: list[str], where: str, *, lenient: bool) -> Plan:
    conversations = [name for name in names if holds_turns(raw[name])]
    _refuse_preference(names, "chatml", where)
    exchange = Exchange.among(names)
    if conversations:
        if len(conversations) > 1 and not set(conversations) <= set(exchange.columns):
            raise BadInput(
                f"{where}: columns {', '.join(map(repr, conversations))} all hold conversations, and one is rendered; "
                f"leave the others out with 'columns: {{{conversations[1]}: ignore}}'"
            )
        system = [exchange.system] if exchange.system is not None and raw[exchange.system].dtype == pl.String else []
        spoken = [name for name in exchange.columns if name in conversations]
        used = list(dict.fromkeys([*system, *spoken, *conversations]))
    elif exchange.prompt is not None and exchange.response is not None:
        used = exchange.columns
    elif TEXT in raw.columns:
        return _RENDERED
    else:
        raise BadInput(
            f"{where}: no column holds conversations (lists of turns with 'role' and 'content'), and none is a prompt "
            f"with a response ({', '.join(map(repr, names[:8]))}); write a 'template' with these columns in braces"
        )
    return used, lambda: _render_turns(raw, used, exchange, where, lenient=lenient)


def _refuse_preference(names: list[str], template: str, where: str) -> None:
    if (pair := preference(names)) is not None:
        raise BadInput(
            f"{where}: columns {pair[0]!r} and {pair[1]!r} are a preference pair, of which one can be modelled; set "
            f"'template: {template}' and 'columns: {{{pair[1]}: ignore}}'"
        )


def _render_turns(
    raw: pl.DataFrame, used: list[str], exchange: Exchange, where: str, *, lenient: bool
) -> tuple[pl.Series, list[str]]:
    """Render the turns of columns one after the other; a column of text is one turn."""
    roles = {exchange.system: "system", exchange.response: "assistant"}
    parts = [
        read_turns(raw[name], where=f"{where}, column {name!r}", lenient=lenient)
        if holds_turns(raw[name])
        else _speak(raw[name], roles.get(name, "user"))
        for name in used
    ]
    texts: list[str | None] = []
    lost: dict[str, int] = {}
    marked = 0
    for row in zip(*parts, strict=True):
        if None in row:
            texts.append(None)
            continue
        turns = [turn for part in row for turn in part or ()]
        for turn in turns:
            marked += START in turn.content or END in turn.content
            for key in turn.others:
                lost[key] = lost.get(key, 0) + 1
        said = any(turn.content.strip() for turn in turns)
        texts.append("\n".join(f"{START}{turn.role}\n{turn.content}{END}" for turn in turns) if said else None)
    notes = [f"{count:,} turns have {key!r}, which the template does not render" for key, count in lost.items()]
    if marked:
        notes.append(f"{marked:,} turns hold the template's own marks, so that their ends cannot be told")
    return pl.Series(TEXT, texts, dtype=pl.String), notes


def _speak(values: pl.Series, role: str) -> Iterator[list[Turn]]:
    """Yield each value of a column of text as one turn; none where there is no text."""
    for value in values.cast(pl.String):
        yield [Turn(role, value)] if value else []


def _sections(raw: pl.DataFrame, names: list[str], template: str, where: str) -> Plan:
    _refuse_preference(names, template, where)
    exchange = Exchange.among(names)
    if (spoken := [name for name in names if holds_turns(raw[name])]) and not set(exchange.columns) - set(spoken):
        raise BadInput(f"{where}: column {spoken[0]!r} holds conversations; set 'template: chatml'")
    if exchange.prompt is None or exchange.response is None:
        if TEXT in raw.columns:
            return _RENDERED
        raise BadInput(
            f"{where}: 'template: {template}' needs a column of prompts ({', '.join(PROMPT)}) and one of responses "
            f"({', '.join(RESPONSE)}), and the columns are {', '.join(map(repr, names[:8]))}; write a 'template' with "
            "these columns in braces"
        )
    heads = dict(
        zip((exchange.system, exchange.prompt, exchange.more, exchange.response), _SECTIONS[template], strict=True)
    )
    return exchange.columns, lambda: _render_sections(raw, exchange, heads, where)


def _render_sections(
    raw: pl.DataFrame, exchange: Exchange, heads: dict[str | None, str], where: str
) -> tuple[pl.Series, list[str]]:
    """Render columns below their headings; a section that may be left out is, where it is empty."""
    texts = {name: _as_text(raw[name], f"{where}, column {name!r}") for name in exchange.columns}
    needed = (exchange.prompt, exchange.response)
    sections = []
    for name, text in texts.items():
        section = pl.concat_str(pl.lit(heads[name]), pl.lit(text))
        sections.append(section if name in needed else pl.when(pl.lit(text).str.contains(r"\S")).then(section))
    said = pl.any_horizontal(*(pl.lit(text).str.contains(r"\S") for text in texts.values()))
    joined = pl.concat_str(*sections, separator="\n\n", ignore_nulls=True)
    return pl.select(pl.when(said).then(joined).alias(TEXT)).to_series(), _note_empty(texts, needed)


def _own(raw: pl.DataFrame, names: list[str], template: str, where: str) -> Plan:
    check_template(template)
    places = _places(template)
    if unknown := [name for name in places if name not in names]:
        if TEXT in raw.columns and len(unknown) == len(places):
            return _RENDERED
        raise BadInput(
            f"{where}: 'template' names the column {unknown[0]!r}, and the columns are "
            f"{', '.join(map(repr, names[:8]))}; correct it"
        )
    if spoken := [name for name in places if holds_turns(raw[name])]:
        raise BadInput(f"{where}: column {spoken[0]!r} holds conversations; set 'template: chatml'")
    return places, lambda: _render_own(raw, template, places, where)


def _render_own(raw: pl.DataFrame, template: str, places: list[str], where: str) -> tuple[pl.Series, list[str]]:
    texts = {name: _as_text(raw[name], f"{where}, column {name!r}") for name in places}
    pieces = [pl.lit(texts[piece]) if place else pl.lit(piece) for piece, place in _pieces(template)]
    said = pl.any_horizontal(*(pl.lit(text).str.contains(r"\S") for text in texts.values()))
    rendered = pl.select(pl.when(said).then(pl.concat_str(*pieces)).alias(TEXT)).to_series()
    return rendered, [*_note_run_on(template), *_note_empty(texts, places)]


def _note_run_on(template: str) -> list[str]:
    """Note the columns between which no token stands, so that a model cannot tell where one ends."""
    pieces = _pieces(template)
    notes = []
    for place, (name, is_place) in enumerate(pieces[:-1]):
        following = next(((piece, at) for at, (piece, other) in enumerate(pieces) if other and at > place), None)
        if is_place and following is not None:
            between = "".join(piece for piece, _ in pieces[place + 1 : following[1]])
            if not tokenize(between):
                notes.append(
                    f"the template has no token between {name!r} and {following[0]!r}, so that the end of the one "
                    "cannot be told; put a word or a mark there"
                )
    return notes


def _note_empty(texts: dict[str, pl.Series], needed: Collection[str | None]) -> list[str]:
    counts = {name: int((~text.str.contains(r"\S")).sum()) for name, text in texts.items() if name in needed}
    return [f"{count:,} rows have nothing in column {name!r}" for name, count in counts.items() if count]


def _as_text(values: pl.Series, where: str) -> pl.Series:
    if values.dtype.is_nested() or values.dtype == pl.Binary:
        raise BadInput(f"{where}: {values.dtype} values cannot be put into a template; leave the column out of it")
    if values.dtype.is_float() and (values % 1 == 0).all() and (values.abs() < 2**53).all():
        values = values.cast(pl.Int64)
    return values.cast(pl.String).fill_null("")


def _pieces(template: str) -> list[tuple[str, bool]]:
    """Split a template into its texts and its places (the name of a column, and true)."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for match in _PLACE.finditer(template):
        pieces.append((template[at : match.start()], False))
        pieces.append((match[1], True) if match[1] else (match[0][0], False))
        at = match.end()
    pieces.append((template[at:], False))
    return [(piece, place) for piece, place in pieces if piece]


def _places(template: str) -> list[str]:
    """Return the columns that a template names, each once."""
    return list(dict.fromkeys(name for name, place in _pieces(template) if place))
