"""The choice of a file's format: by its extension, by the name of a zip's member, or by its first bytes."""

from collections.abc import Mapping
from typing import TypeVar

from outcross.resources.errors import BadInput
from outcross.resources.sources.containers import is_container, packing_of
from outcross.resources.sources.foreign import foreign_by_content, foreign_by_name, looks_like_text
from outcross.resources.sources.formats import suffix_of
from outcross.resources.sources.locate import SourceFile

AnyFormatT = TypeVar("AnyFormatT")
_BY_CONTENT = {b"PAR1": ".parquet", b"ARROW1": ".arrow"}
_TEXT_SUFFIX = ".csv"


def choose_format(file: SourceFile, by_suffix: Mapping[str, AnyFormatT], *, stated: bool) -> AnyFormatT:
    """Return the format of a file.

    Args:
        file: the file; it is opened only where its extension is not known.
        by_suffix: extension → format.
        stated: whether the reader of a message can set ``format``; else the file has to be renamed.

    Raises:
        BadInput: the format is not known, or is one that is not read; the message has the remedy.
    """
    suffix = suffix_of(file.name)
    if suffix in by_suffix:
        return by_suffix[suffix]
    head = file.head()
    if (found := foreign_by_name(suffix, head)) is not None:
        raise BadInput(f"file {file.name!r} is {found.what}, which is not read; {found.remedy(file.name)}")
    if packing_of(file.name) == ".zip" or (head or b"").startswith(b"PK\x03\x04"):
        inner = suffix_of(file.member())
        if inner in by_suffix:
            return by_suffix[inner]
        suffix = inner or suffix
    for magic, known in _BY_CONTENT.items():
        if (head or b"").startswith(magic) and known in by_suffix:
            return by_suffix[known]
    raise BadInput(_explain(file.name, suffix, head, by_suffix, stated))


def _explain(name: str, suffix: str, head: bytes | None, by_suffix: Mapping[str, object], stated: bool) -> str:
    known = ", ".join(by_suffix)
    if head and not is_container(head):
        if (found := foreign_by_content(head)) is not None:
            return f"file {name!r} is {found.what}, which is not read; {found.remedy(name)}"
        if not looks_like_text(head):
            return (
                f"file {name!r}: neither the extension {suffix!r} nor its content is known; convert it to Parquet or "
                f"CSV (known extensions: {known})"
            )
    kind = "jsonl" if head and head.lstrip()[:1] in (b"{", b"[") else "csv"
    if stated:
        return f"file {name!r}: the extension {suffix!r} is not one of {known}; set 'format', such as 'format: {kind}'"
    return f"file {name!r}: the extension is none of {known}; rename it, such as to end in .{kind}, or convert it"
