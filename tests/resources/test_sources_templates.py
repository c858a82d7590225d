"""Conversations, exchanges and several texts: how a template renders them, and what each refusal offers."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from outcross.resources.errors import BadInput
from outcross.resources.sources import Files, RealData
from outcross.resources.sources.templates import render
from outcross.resources.tokens import tokenize

ROWS = 24
FORMATS = ("a.jsonl", "a.parquet")
Rows = list[dict[str, Any]]


def load(folder: Path, **options: object) -> RealData:
    data = Files.model_validate(options, context={"base": folder}).load()
    assert dict(data.rows.schema) == data.schema.polars
    return data


def write(folder: Path, rows: Rows) -> None:
    (folder / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    pl.DataFrame(rows, strict=False).write_parquet(folder / "a.parquet")


def asked(row: int) -> str:
    return f"question {row}"


def said(row: int) -> str:
    return f"this is the answer number {row} to what was asked there"


def turn(role: str, content: object, **others: object) -> dict[str, object]:
    return {"role": role, "content": content, **others}


def rows_of(**columns: Any) -> Rows:
    return [{name: make(row) for name, make in columns.items()} for row in range(ROWS)]


CHAT = rows_of(messages=lambda row: [turn("user", asked(row)), turn("assistant", said(row))])
CHATML = f"<|im_start|>user\n{asked(1)}<|im_end|>\n<|im_start|>assistant\n{said(1)}<|im_end|>"
PAIR = rows_of(prompt=asked, response=said)
PAIRED = f"### Prompt:\n{asked(1)}\n\n### Response:\n{said(1)}"
ALPACA = rows_of(
    instruction=asked, input=lambda row: "" if row % 2 else "more", output=said, text=lambda row: asked(row) + said(row)
)
PREFERENCE = rows_of(prompt=asked, chosen=said, rejected=lambda row: f"no, {said(row)}")
CHATS = rows_of(
    chosen=lambda row: CHAT[row]["messages"], rejected=lambda row: [turn("user", asked(row)), turn("assistant", "no")]
)


@dataclass(frozen=True)
class Rendered:
    """Rows, the settings that render them, and the text of the second row."""

    name: str
    rows: Rows
    settings: dict[str, Any]
    text: str
    notes: str = "rendered from"


RENDERED = [
    Rendered("a conversation", CHAT, {"template": "chatml"}, CHATML),
    Rendered(
        "ShareGPT",
        rows_of(
            conversations=lambda row: [{"from": "human", "value": asked(row)}, {"from": "gpt", "value": said(row)}]
        ),
        {"template": "chatml"},
        CHATML,
    ),
    Rendered(
        "a prompt and its completion as turns",
        rows_of(completion=lambda row: CHAT[row]["messages"][1:], prompt=lambda row: CHAT[row]["messages"][:1]),
        {"template": "chatml"},
        CHATML,
    ),
    Rendered(
        "turns in parts",
        rows_of(
            messages=lambda row: [
                turn(role, [{"type": "text", "text": text}])
                for role, text in (("user", asked(row)), ("assistant", said(row)))
            ]
        ),
        {"template": "chatml"},
        CHATML,
    ),
    Rendered(
        "a turn with a call of a tool",
        rows_of(messages=lambda row: [turn("user", asked(row)), turn("assistant", None, tool_calls=[{"name": "f"}])]),
        {"template": "chatml"},
        f"<|im_start|>user\n{asked(1)}<|im_end|>\n<|im_start|>assistant\n<|im_end|>",
        "24 turns have 'tool_calls', which the template does not render",
    ),
    Rendered(
        "a turn that holds the marks",
        rows_of(messages=lambda row: [turn("user", f"{row} <|im_end|>")]),
        {"template": "chatml"},
        "<|im_start|>user\n1 <|im_end|><|im_end|>",
        "24 turns hold the template's own marks",
    ),
    Rendered(
        "a system prompt and an exchange",
        [{"system": "be kind", **row} for row in PAIR],
        {"template": "chatml"},
        f"<|im_start|>system\nbe kind<|im_end|>\n{CHATML}",
    ),
    Rendered("an exchange", PAIR, {"template": "prompt-response"}, PAIRED),
    Rendered(
        "an instruction",
        ALPACA,
        {"template": "alpaca", "columns": {"text": "ignore"}},
        f"### Instruction:\n{asked(1)}\n\n### Response:\n{said(1)}",
    ),
    Rendered(
        "a preferred response", PREFERENCE, {"template": "prompt-response", "columns": {"rejected": "ignore"}}, PAIRED
    ),
    Rendered("a preferred conversation", CHATS, {"template": "chatml", "columns": {"rejected": "ignore"}}, CHATML),
    Rendered(
        "a template of one's own",
        rows_of(q=asked, n=float, a=said),
        {"template": "{{Q{n}}} {q} A: {a}"},
        f"{{Q1}} {asked(1)} A: {said(1)}",
    ),
    Rendered(
        "no token between",
        PAIR,
        {"template": "{prompt} {response}"},
        f"{asked(1)} {said(1)}",
        "no token between 'prompt' and 'response'",
    ),
    Rendered(
        "missing values",
        [{"prompt": None, "response": None}, {"prompt": None, "response": "x"}, *PAIR],
        {"template": "{prompt}: {response}"},
        f"{asked(0)}: {said(0)}",
        "2 rows have nothing in column 'prompt'",
    ),
    Rendered("a text alone", rows_of(text=said), {"template": "{text}"}, said(1)),
]


@pytest.mark.parametrize("path", FORMATS)
@pytest.mark.parametrize("rendered", RENDERED, ids=lambda rendered: rendered.name)
def test_a_template_renders_columns_to_one_text_and_tells_it(tmp_path: Path, rendered: Rendered, path: str) -> None:
    write(tmp_path, rendered.rows)
    data = load(tmp_path, path=path, **rendered.settings)
    assert [column.name for column in data.schema.columns] == ["text"]
    assert data.rows["text"][1] == rendered.text
    assert rendered.notes in "\n".join(data.notes)
    record = next(record for record in data.columns if record.name == "text")
    assert record.told and "rendered from" in record.why


@dataclass(frozen=True)
class Refused:
    """Rows that are refused, what the message says, and the settings that it offers, each of which works."""

    name: str
    rows: Rows
    says: str
    offers: list[dict[str, Any]]
    settings: dict[str, Any] = field(default_factory=dict)


def leave_out(*names: str) -> dict[str, Any]:
    return {"columns": dict.fromkeys(names, "ignore")}


REFUSED = [
    Refused("a conversation", CHAT, "set 'template: chatml' to render", [{"template": "chatml"}]),
    Refused("another template", CHAT, "set 'template: chatml'", [{"template": "chatml"}], {"template": "alpaca"}),
    Refused(
        "a conversation in braces", CHAT, "set 'template: chatml'", [{"template": "chatml"}], {"template": "{messages}"}
    ),
    Refused(
        "an exchange",
        PAIR,
        "set 'template: prompt-response' to render them as one text, or 'columns: {prompt: ignore}' to keep 'response'",
        [{"template": "prompt-response"}, leave_out("prompt")],
    ),
    Refused(
        "an instruction beside its text",
        ALPACA,
        "set 'template: alpaca' and 'columns: {text: ignore}' to render them as one text, or 'columns: {instruction: "
        "ignore, input: ignore, text: ignore}' to keep 'output'",
        [{"template": "alpaca", **leave_out("text")}, leave_out("instruction", "input", "text")],
    ),
    Refused(
        "a preference pair",
        PREFERENCE,
        "'template: prompt-response' and 'columns: {rejected: ignore}' to render them as one text, or 'columns: "
        "{prompt: ignore, rejected: ignore}' to keep 'chosen'",
        [{"template": "prompt-response", **leave_out("rejected")}, leave_out("prompt", "rejected")],
    ),
    Refused(
        "a preference pair with a template",
        PREFERENCE,
        "of which one can be modelled; set 'template: prompt-response' and 'columns: {rejected: ignore}'",
        [leave_out("rejected")],
        {"template": "prompt-response"},
    ),
    Refused(
        "a pair of conversations",
        CHATS,
        "set 'template: chatml' and 'columns: {rejected: ignore}'",
        [{"template": "chatml", **leave_out("rejected")}],
    ),
    Refused(
        "two other texts",
        rows_of(title=lambda row: f"a title of number {row}", body=said),
        "\"template: '### title: {title} ### body: {body}'\", or leave the others out: 'columns: {body: ignore}'",
        [{"template": "### title: {title} ### body: {body}"}, leave_out("body")],
    ),
    Refused(
        "an unknown column",
        PAIR,
        "names the column 'promt', and the columns are 'prompt', 'response'",
        [{"template": "{prompt}: {response}"}],
        {"template": "{promt} {response}"},
    ),
    Refused(
        "a text that is not used", ALPACA, "set 'columns: {text: ignore}'", [leave_out("text")], {"template": "alpaca"}
    ),
    Refused(
        "a role of what is rendered",
        PAIR,
        "remove it there",
        [{"columns": {}}],
        {"template": "prompt-response", "columns": {"prompt": "text"}},
    ),
    Refused(
        "a misspelt column",
        PAIR,
        "no column 'promt'",
        [{"columns": {}}],
        {"template": "prompt-response", **leave_out("promt")},
    ),
    Refused(
        "pictures in turns",
        rows_of(messages=lambda row: [turn("user", [{"type": "image", "url": str(row)}])]),
        "row 1: a turn holds more than text",
        [],
        {"template": "chatml"},
    ),
    Refused(
        "no exchange",
        rows_of(a=said),
        "write a 'template' with these columns in braces",
        [{"template": "{a}"}],
        {"template": "chatml"},
    ),
]


@pytest.mark.parametrize("path", FORMATS)
@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.name)
def test_what_needs_a_template_is_refused_with_remedies_that_work(tmp_path: Path, refused: Refused, path: str) -> None:
    write(tmp_path, refused.rows)
    with pytest.raises(BadInput) as raised:
        load(tmp_path, path=path, **refused.settings)
    assert refused.says in str(raised.value)
    for offer in refused.offers:
        assert load(tmp_path, **{"path": path, **refused.settings, **offer}).schema.text is not None


def test_the_row_that_is_no_conversation_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, [*CHAT[:3], {"messages": "oops"}])))
    with pytest.raises(BadInput, match=r"column 'messages', row 4: the conversation is not JSON .*drop that row"):
        load(tmp_path, path="a.jsonl", template="chatml")


def test_a_table_of_categories_named_like_an_exchange_is_a_table(tmp_path: Path) -> None:
    write(tmp_path, rows_of(question=lambda row: "xyz"[row % 3], answer=lambda row: "yn"[row % 2]))
    assert load(tmp_path, path="a.jsonl").schema.modality == "table"


def test_a_template_that_is_none_is_refused_before_anything_is_read() -> None:
    with pytest.raises(ValidationError, match="'chat' is none of chatml, alpaca, prompt-response"):
        Files(path="a.jsonl", template="chat")


def test_rows_that_are_rendered_already_are_returned_as_they_are() -> None:
    batch = pl.DataFrame({"text": ["x"], "other": [1]})
    for template in ("chatml", "alpaca", "{prompt}: {response}"):
        assert render(batch, template, leave_out=("text",), where="batch")[0].equals(batch)


@pytest.mark.parametrize(("rows", "template"), [(CHAT, "chatml"), (PAIR, "prompt-response"), (ALPACA, "alpaca")])
def test_turns_are_kept_apart_by_tokens(rows: Rows, template: str) -> None:
    rendered, _ = render(pl.DataFrame(rows), template, leave_out=("text",), where="source")
    tokens = tokenize(rendered["text"][1])
    between = " ".join(tokens[tokens.index("1") + 1 : tokens.index("this")])
    assert any(word in between for word in ("assistant", "Response"))


def test_keys_and_contents_of_turns_are_kept_where_the_first_lines_lack_them(tmp_path: Path) -> None:
    rows: Rows = [{"messages": []}, {"messages": [{"role": "user", "content": None}]}, *CHAT]
    rows.append({"messages": [turn("user", "last", name="Ada")]})
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    data = load(tmp_path, path="a.jsonl", template="chatml")
    assert data.rows["text"][0] == CHATML.replace("1", "0")
    assert data.rows["text"][-1] == "<|im_start|>user\nlast<|im_end|>"
    assert "1 turns have 'name'" in "\n".join(data.notes)
