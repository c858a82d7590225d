"""The choice of a file's format: by its extension, by the name of a zip's member, or by its first bytes."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TypeVar

from outcross.resources.errors import BadInput
from outcross.resources.sources.containers import is_container, packing_of
from outcross.resources.sources.foreign import foreign_by_content, foreign_by_name, looks_like_text
from outcross.resources.sources.formats import BY_SUFFIX, FORMATS, AnyFormat, suffix_of
from outcross.resources.sources.formats.contract import RowFormat
from outcross.resources.sources.locate import SourceFile

AnyFormatT = TypeVar("AnyFormatT")
_BY_CONTENT = {b"PAR1": ".parquet", b"ARROW1": ".arrow"}
_PROSE = frozenset({".md", ".rst", ".tex", ".org", ".adoc"})


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


def choose_one_format(files: Sequence[SourceFile]) -> AnyFormat:
    """Return the format that the files of a source have.

    Raises:
        BadInput: they have several, or one that is not read; the message has the remedy.
    """
    formats: dict[AnyFormat, list[str]] = {}
    faults: dict[str, BadInput] = {}
    for file in files:
        try:
            formats.setdefault(choose_format(file, BY_SUFFIX, stated=True), []).append(file.name)
        except BadInput as error:
            faults[file.name] = error
    if not formats:
        raise next(iter(faults.values()))
    if len(formats) == 1 and not faults:
        return next(iter(formats))
    tables = [names for each, names in formats.items() if isinstance(each, RowFormat)]
    if tables and (images := formats.get(FORMATS["image"])):
        folder, _, _ = images[0].rpartition("/")
        raise BadInput(
            f"images ({images[0]!r}) and a table ({tables[0][0]!r}) are named together; name the table alone if a "
            f"column of it names the images, or the images alone, such as '{folder or '.'}/*{suffix_of(images[0])}'"
        )
    most = max(formats.values(), key=len)
    first = ", ".join(repr(names[0]) for names in [*formats.values(), list(faults)] if names)
    raise BadInput(
        f"files of one source have different formats ({_count_suffixes(files)}: {first}); name files of one format, "
        f"such as {_pattern(most)!r}"
    )


def _count_suffixes(files: Sequence[SourceFile]) -> str:
    counts = Counter(suffix_of(file.name) or "without extension" for file in files)
    return ", ".join(f"{count} {suffix}" for suffix, count in counts.most_common())


def _pattern(names: list[str]) -> str:
    """Return a glob that matches these files, or their name where there is but one."""
    if len(names) == 1 or "://" in names[0]:
        return names[0]
    folder = os.path.commonpath([os.path.dirname(name) for name in names])  # noqa: PTH120 the names as users write them
    ending = suffix_of(names[0]) + packing_of(names[0])
    below = any(os.path.dirname(name) != folder for name in names)  # noqa: PTH120
    return "/".join(filter(None, (folder, "**" if below else "", f"*{ending}")))


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
    kind = "text" if suffix in _PROSE else "csv"
    kind = "jsonl" if head and head.lstrip()[:1] in (b"{", b"[") else kind
    if stated:
        documents = ", or 'rows: files' to make a row of each file" if kind == "text" else ""
        return (
            f"file {name!r}: the extension {suffix!r} is not one of {known}; set 'format', such as 'format: {kind}'"
            f"{documents}"
        )
    return f"file {name!r}: the extension is none of {known}; rename it, such as to end in .{kind}, or convert it"
