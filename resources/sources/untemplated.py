"""Conversations, and prompts with their responses, that no template renders: refused with the template that does."""

from collections.abc import Mapping

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
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
        _refuse_conversations(raw, names, conversations, where)
    exchange = Exchange.among(name for name in names if raw[name].dtype == pl.String)
    if exchange.prompt is None or exchange.response is None:
        return
    if not any(guess_role(raw[name], name=name).role in _LOST for name in (exchange.prompt, exchange.response)):
        return
    template = "alpaca" if exchange.prompt.lower() == "instruction" else "prompt-response"
    others = _ignored(names, template_uses=exchange.columns)
    alone = ", ".join(f"{name}: ignore" for name in names if name in exchange.columns and name != exchange.response)
    raise BadInput(
        f"{where}: columns {', '.join(map(repr, exchange.columns))} are a prompt and its response; set "
        f"'template: {template}'{others} to render them as one text, or 'columns: {{{alone}}}' to keep "
        f"{exchange.response!r} alone"
    )


def _refuse_conversations(raw: pl.DataFrame, names: list[str], conversations: list[str], where: str) -> None:
    others = _ignored(names, template_uses=conversations)
    ignored = ", ".join(f"{name}: ignore" for name in conversations)
    what = "columns" if len(conversations) > 1 else "column"
    raise BadInput(
        f"{where}: {what} {', '.join(map(repr, conversations))} {'hold' if what == 'columns' else 'holds'} "
        f"conversations (lists of turns); set 'template: chatml'{others} to render each row as one text, or leave them "
        f"out with 'columns: {{{ignored}}}'"
    )


def _ignored(names: list[str], *, template_uses: list[str]) -> str:
    """Return the further setting that a template needs: which columns it leaves out."""
    pair = preference(names)
    left_out = [pair[1]] if pair is not None else []
    if TEXT in names and TEXT not in template_uses:
        left_out.append(TEXT)
    return f" and 'columns: {{{', '.join(f'{name}: ignore' for name in left_out)}}}'" if left_out else ""
