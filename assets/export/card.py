"""A dataset as a Hugging Face dataset card: metadata in YAML for the Hub, then a page in Markdown for people.

Every name and category that comes from data is escaped: it shows as it is spelled, and does nothing.

Specification: https://huggingface.co/docs/hub/datasets-cards.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from outcross.assets.export import statements
from outcross.assets.export.description import Description, Step, Table
from outcross.assets.export.format import Format
from outcross.assets.export.licences import hub_licence, licence_url, spdx
from outcross.resources.safe_text import markdown, one_line, shortened

if TYPE_CHECKING:
    from huggingface_hub import DatasetCardData

    from outcross.assets.corpus.ledger.guard_result import GuardResult

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
    (10**11, "10B<n<100B"),
    (10**12, "100B<n<1T"),
)
_TASKS = {
    ("table", True): "tabular-classification",
    ("image", True): "image-classification",
    ("image", False): "unconditional-image-generation",
    ("text", True): "text-classification",
    ("text", False): "text-generation",
}
_MODALITIES = {"table": "tabular", "image": "image", "text": "text"}
_ORDER = (
    "pretty_name",
    "license",
    "license_name",
    "license_link",
    "tags",
    "size_categories",
    "task_categories",
    "configs",
)
"""Keys of the metadata as they are written; those of ``DatasetCardData`` that a card lacks are left out."""
_MOST = 40
_SENTENCE = 600


def write(dataset: Description) -> str:
    """Write a dataset card.

    The Hub's own client writes the block of metadata, and reads it back from the whole card as the Hub does.
    """
    from huggingface_hub import DatasetCard

    front = metadata(dataset).to_yaml(original_order=list(_ORDER))
    return str(DatasetCard(f"---\n{front}\n---\n\n{_body(dataset)}"))


def metadata(dataset: Description) -> "DatasetCardData":
    """What the Hub reads of a card."""
    from huggingface_hub import DatasetCardData

    rows, task = dataset.totals.rows, _TASKS.get((dataset.modality, dataset.is_labelled))
    return DatasetCardData(
        pretty_name=_plain(dataset.title),
        size_categories=[next((name for limit, name in _SIZES if rows < limit), "n>1T")],
        task_categories=[task] if task else None,
        tags=[
            *(["synthetic"] if dataset.has_synthetic else []),
            _MODALITIES[dataset.modality],
            "outcross",
        ],
        configs=[_config(dataset.tables[0])] if len(dataset.tables) == 1 else None,
        **_licence(dataset),
    )


def _config(table: Table) -> dict[str, Any]:
    paths = [file.path for file in table.files]
    return {"config_name": "default", "data_files": [{"split": "train", "path": paths}]}


def _licence(dataset: Description) -> dict[str, Any]:
    if not dataset.licences:
        return {"license": "unknown"}
    known = list(dict.fromkeys(hub_licence(each) for each in dataset.licences))
    if known != ["other"]:
        return {"license": known[0] if len(known) == 1 else known}
    name = re.sub(r"[^a-z0-9.]+", "-", one_line(dataset.licences[0]).lower()).strip("-.")[:60]
    link = licence_url(dataset.licences[0])
    return {"license": "other", "license_name": name or "other"} | ({"license_link": link} if link else {})


def _body(dataset: Description) -> str:
    sections = [
        f"# {markdown(dataset.title)}",
        _sentence(dataset.about),
        _summary(dataset),
        "## What it is made of",
        _sentence(f"{statements.share(dataset)} {statements.depth(dataset)}"),
        _counts(dataset),
        "## Generators",
        _generators(dataset),
        *(["## Marks of others", _list(list(dataset.marks))] if dataset.marks else []),
        "## Guards",
        _sentence(f"{statements.guards(dataset)} {statements.bound(dataset)}"),
        _guards(dataset.guards),
        "## How it was made",
        "\n".join(_step(step) for step in dataset.steps),
        "## Columns",
        *(_columns(table) for table in dataset.tables),
        "## Files",
        *(_files(table) for table in dataset.tables),
        "## Limits",
        _list([*statements.limits(dataset), *statements.biases(dataset), statements.social_impact(dataset)]),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(dataset: Description) -> str:
    sums = dataset.totals
    synthetic = {True: "yes", False: "no", None: "not known"}[dataset.has_synthetic]
    rows = [
        ("Version", markdown(dataset.entity.version or "")),
        ("Made", f"{markdown(dataset.at)}, by {markdown(dataset.by)}"),
        ("Licence", ", ".join(markdown(spdx(each) or each) for each in dataset.licences) or "not stated"),
        ("Rows", f"{sums.rows:,}"),
        ("Synthetic rows", synthetic),
        ("Synthetic share, declared", f"{dataset.declared_share:.4f}"),
        ("Synthetic share, estimated", markdown(statements.estimate(dataset), _SENTENCE)),
        ("Bound on the share", "none" if dataset.bound is None else f"{dataset.bound:.4f}"),
        ("Deepest row", "not known" if sums.deepest is None else f"{sums.deepest}"),
        ("Columns that name groups", ", ".join(markdown(name) for name in dataset.sensitive) or "none"),
    ]
    return _table(("", ""), rows)


def _counts(dataset: Description) -> str:
    rows = [
        (
            count.origin,
            "not known" if count.depth is None else str(count.depth),
            markdown(count.generator or ""),
            markdown(count.licence or ""),
            f"{count.rows:,}",
        )
        for count in dataset.counts[:_MOST]
    ]
    return _table(("origin", "depth", "generator", "licence", "rows"), rows) + _more(dataset.counts)


def _generators(dataset: Description) -> str:
    if not dataset.generators:
        return "None is named."
    table = _table(("generator", "rows"), [(markdown(name), f"{rows:,}") for name, rows in dataset.generators.items()])
    named = [each for each in dataset.terms if each.generator in dataset.generators]
    if not any(each.text for each in named):
        return table
    terms = [(markdown(each.called), markdown(each.text or "none on record", _SENTENCE)) for each in named]
    return f"{table}\n\n{_table(('generator', 'terms of what it writes'), terms)}"


def _guards(guards: "tuple[GuardResult, ...]") -> str:
    """The numbers outside their bounds first: those are what a reader looks for."""
    if not guards:
        return ""
    ordered = sorted(guards, key=lambda guard: guard.passed)
    rows = [
        (
            markdown(guard.guard),
            markdown(guard.metric),
            markdown(guard.group),
            _number(guard.value, "not computed"),
            _number(guard.lower, ""),
            _number(guard.upper, ""),
            _outcome(guard),
        )
        for guard in ordered[:_MOST]
    ]
    return _table(("guard", "metric", "of", "value", "lower", "upper", ""), rows) + _more(guards)


def _outcome(guard: "GuardResult") -> str:
    if guard.abstained:
        return "not looked into"
    return "passed" if guard.passed else ("failed" if guard.blocking else "warned")


def _number(number: float | None, otherwise: str) -> str:
    return otherwise if number is None else f"{number:.4g}"


def _step(step: Step) -> str:
    lines = [
        f"- **{markdown(step.name)}**: {markdown(step.about, _SENTENCE)} ({markdown(step.at)}, by {markdown(step.by)})"
    ]
    lines += [f"  - from {markdown(each.name)}{_digest(each.sha256)}" for each in step.used[:_MOST]]
    if step.made is not None:
        lines.append(f"  - made {markdown(step.made.name)}{_digest(step.made.sha256)}")
    lines += [f"  - {markdown(name)}: {markdown(value, _SENTENCE)}" for name, value in step.facts]
    return "\n".join(lines)


def _digest(sha256: str | None) -> str:
    return f" (sha256 {markdown(sha256)})" if sha256 else ""


def _columns(table: Table) -> str:
    rows = [
        (markdown(field.name), field.kind, "yes" if field.nullable else "no", markdown(field.about))
        for field in table.fields
    ]
    return f"{markdown(table.name)}: {markdown(table.about)}\n\n" + _table(
        ("column", "type", "may be missing", ""), rows
    )


def _files(table: Table) -> str:
    rows = [
        (markdown(file.path), f"{file.rows:,}", "" if file.size is None else f"{file.size:,}", markdown(file.sha256))
        for file in table.files[:_MOST]
    ]
    return _table(("file", "rows", "bytes", "sha256"), rows) + _more(table.files)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _more(items: tuple[Any, ...]) -> str:
    return f"\n\nand {len(items) - _MOST:,} more" if len(items) > _MOST else ""


def _list(sentences: list[str]) -> str:
    return "\n".join(f"- {_sentence(each)}" for each in sentences)


def _sentence(text: str) -> str:
    return markdown(text, _SENTENCE)


def _plain(text: str) -> str:
    return shortened(one_line(text))


FORMAT = Format(
    name="card",
    file_name="README.md",
    about="Hugging Face dataset card",
    write=write,
)
