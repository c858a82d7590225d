"""A statement of what a version of a corpus is made of, for those who have to publish or hand over one.

It answers the fields of public templates by the ledger, and says of each which entry it comes from, or that nothing is
recorded. It asserts nothing about law.
"""

import json
from typing import Any

from outcross.assets.export.description import Description
from outcross.assets.export.format import Format
from outcross.resources.errors import BadInput

NOTE = (
    "Each answer names the version of the corpus's ledger that it comes from, with the sha256 of its file, or says "
    "that nothing is recorded. Origins, generators and licences are as declared by whoever sent the rows; the estimate "
    "is of what can be told. Whether an answer satisfies a law is not said."
)


def write(dataset: Description) -> str:
    """Write the statement as Markdown.

    Raises:
        BadInput: the dataset is of a study, which has no ledger.
    """
    from outcross.assets.export.statement_sections import NOT_RECORDED, build_sections

    facts = _facts(dataset)
    lines = [f"# Statement of corpus {_cell(facts.corpus)}, version {facts.head.version}", ""]
    lines += [f"Of {facts.at}. Head of the ledger: `{facts.head.sha256}`.", "", NOTE, ""]
    for section in build_sections(facts):
        lines += [f"## {section.name}", "", f"{section.source}.", ""]
        for answer in section.answers:
            if answer.value is None:
                lines += [f"**{_title(answer.field)}**: {NOT_RECORDED}.", ""]
                continue
            where = "" if answer.entry is None else f" *(version {answer.entry.version}, `{answer.entry.sha256[:12]}`)*"
            if isinstance(answer.value, list):
                lines += [f"**{_title(answer.field)}**{where}:", "", *_table(answer.value), ""]
            else:
                lines += [f"**{_title(answer.field)}**: {_cell(answer.value)}{where}", ""]
    return "\n".join(lines).rstrip() + "\n"


def write_json(dataset: Description) -> str:
    """Write the statement as JSON: sections, each with its fields; raises as :func:`write`."""
    from outcross.assets.export.statement_sections import build_sections

    facts = _facts(dataset)
    sections = [
        {"name": each.name, "source": each.source, "fields": [answer.to_json() for answer in each.answers]}
        for each in build_sections(facts)
    ]
    about = {"corpus": facts.corpus, **facts.head.to_json(), "at": facts.at, "note": NOTE}
    return json.dumps({**about, "sections": sections}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _facts(dataset: Description) -> Any:
    if dataset.statement is None:
        raise BadInput(
            f"{dataset.entity.name} is no version of a corpus, so it has no ledger to state; choose another format"
        )
    return dataset.statement


def _title(field: str) -> str:
    return field[:1].upper() + field[1:]


def _table(rows: list[dict[str, Any]]) -> list[str]:
    names = list(rows[0]) if rows else []
    if not names:
        return ["none"]
    lines = [f"| {' | '.join(name.replace('_', ' ') for name in names)} |", f"|{' --- |' * len(names)}"]
    return [*lines, *(f"| {' | '.join(_cell(row[name]) for name in names)} |" for row in rows)]


def _cell(value: Any) -> str:
    """Write a value: text of others on one line, without anything that Markdown reads."""
    from outcross.resources.safe_text import one_line

    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    text = one_line(str(value)).replace("\\", "\\\\")
    for sign in "|*_`<>[]#":
        text = text.replace(sign, f"\\{sign}")
    return text


FORMAT = Format(
    name="statement",
    file_name="statement.md",
    about="statement for those who ask by law, in Markdown (of a corpus)",
    write=write,
)
