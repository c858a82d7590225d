"""Conversations, and prompts with their responses, that no template renders: refused with the template that does."""

from collections.abc import Mapping

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
from outcross.resources.sources.column_record import to_setting
from outcross.resources.sources.column_setting import ColumnSetting
from outcross.resources.sources.roles import guess_role
from outcross.resources.sources.templates import TEXT, Exchange, preference
from outcross.resources.sources.turns import holds_turns

_LOST = (Role.TEXT, Role.IGNORE)
"""Roles of a text that one of several columns may have, and that which a guess drops."""


def refuse_untemplated(raw: pl.DataFrame, settings: Mapping[str, ColumnSetting], *, where: str) -> None:
    """Refuse columns that belong together as one text, where the settings give them no role.

    Args:
        raw: the columns as read.
        settings: column → its settings.
        where: the source, as messages name it.

    Raises:
        BadInput: there are conversations, or a prompt with a response; the message names the whole remedy.
    """
    names = [name for name in raw.columns if name not in settings and raw[name].null_count() < len(raw)]
    conversations = [name for name in names if holds_turns(raw[name])]
    if conversations:
        _refuse_conversations(names, conversations, where)
    exchange = Exchange.among(name for name in names if raw[name].dtype == pl.String)
    if exchange.prompt is None or exchange.response is None:
        return
    if not any(guess_role(raw[name], name=name).role in _LOST for name in (exchange.prompt, exchange.response)):
        return
    template = "alpaca" if exchange.prompt.lower() == "instruction" else "prompt-response"
    left_out = _left_out(names, exchange.columns)
    others = f" and {to_setting(dict.fromkeys(left_out, 'ignore'))!r}" if left_out else ""
    alone = [name for name in names if name in (*exchange.columns, *left_out) and name != exchange.response]
    raise BadInput(
        f"{where}: columns {', '.join(map(repr, exchange.columns))} are a prompt and its response; set "
        f"'template: {template}'{others} to render them as one text, or {to_setting(dict.fromkeys(alone, 'ignore'))!r} "
        f"to keep {exchange.response!r} alone"
    )


def _refuse_conversations(names: list[str], conversations: list[str], where: str) -> None:
    left_out = _left_out(names, conversations)
    others = f" and {to_setting(dict.fromkeys(left_out, 'ignore'))!r}" if left_out else ""
    what = "columns" if len(conversations) > 1 else "column"
    raise BadInput(
        f"{where}: {what} {', '.join(map(repr, conversations))} {'hold' if what == 'columns' else 'holds'} "
        f"conversations (lists of turns); set 'template: chatml'{others} to render each row as one text"
    )


def _left_out(names: list[str], used: list[str]) -> list[str]:
    """Return the columns that a template has to leave out: the rejected response, and another text."""
    pair = preference(names)
    left_out = [pair[1]] if pair is not None else []
    return [*left_out, TEXT] if TEXT in names and TEXT not in used else left_out
