"""A dataset as a Hugging Face dataset card: metadata in YAML for the Hub, then a page in Markdown for people.

Every name and category that comes from data is escaped: it shows as it is spelled, and does nothing.

Specification: https://huggingface.co/docs/hub/datasets-cards.
"""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from outcross.assets.corpus.ledger.version import GuardResult
from outcross.assets.export import statements
from outcross.assets.export.description import Described, Step, Table
from outcross.assets.export.licences import hub_licence, licence_url, spdx
from outcross.resources.safe_text import markdown, one_line, shortened

_SIZES = (
    (10**3, "n<1K"),
    (10**4, "1K<n<10K"),
    (10**5, "10K<n<100K"),
    (10**6, "100K<n<1M"),
    (10**7, "1M<n<10M"),
    (10**8, "10M<n<100M"),
    (10**9, "100M<n<1B"),
    (10**10, "1B<n<10B"),
)
_TASKS = {
    ("table", True): "tabular-classification",
    ("image", True): "image-classification",
    ("image", False): "unconditional-image-generation",
    ("text", True): "text-classification",
    ("text", False): "text-generation",
}
_MODALITIES = {"table": "tabular", "image": "image", "text": "text"}
_MOST = 40
_SENTENCE = 600


def write(described: Described) -> str:
    """Write a dataset card."""
    front = yaml.safe_dump(
        metadata(described), sort_keys=False, allow_unicode=True, default_flow_style=False, width=2**20
    )
    return f"---\n{front}---\n\n{_body(described)}"


def metadata(described: Described) -> dict[str, Any]:
    """What the Hub reads of a card."""
    content: dict[str, Any] = {
        "pretty_name": _plain(described.title),
        **_licence(described),
        "tags": [
            *(["synthetic"] if described.has_synthetic else []),
            _MODALITIES[described.modality],
            "outcross",
        ],
        "size_categories": [next((name for limit, name in _SIZES if described.totals.rows < limit), "n>10B")],
    }
    if (task := _TASKS.get((described.modality, described.labelled))) is not None:
        content["task_categories"] = [task]
    if len(described.tables) == 1:
        content["configs"] = [_config(described.tables[0])]
    return content


def _config(table: Table) -> dict[str, Any]:
    paths = [file.path for file in table.files]
    return {"config_name": "default", "data_files": [{"split": "train", "path": paths}]}


def _licence(described: Described) -> dict[str, Any]:
    if not described.licences:
        return {"license": "unknown"}
    known = list(dict.fromkeys(hub_licence(each) for each in described.licences))
    if known != ["other"]:
        return {"license": known[0] if len(known) == 1 else known}
    name = re.sub(r"[^a-z0-9.]+", "-", one_line(described.licences[0]).lower()).strip("-.")[:60]
    link = licence_url(described.licences[0])
    return {"license": "other", "license_name": name or "other"} | ({"license_link": link} if link else {})


def _body(described: Described) -> str:
    sections = [
        f"# {markdown(described.title)}",
        _sentence(described.about),
        _summary(described),
        "## What it is made of",
        _sentence(f"{statements.share(described)} {statements.depth(described)}"),
        _counts(described),
        "## Generators",
        _generators(described),
        "## Guards",
        _sentence(f"{statements.guards(described)} {statements.bound(described)}"),
        _guards(described.guards),
        "## How it was made",
        "\n".join(_step(step) for step in described.steps),
        "## Columns",
        *(_columns(table) for table in described.tables),
        "## Files",
        *(_files(table) for table in described.tables),
        "## Limits",
        _list([*statements.limits(described), *statements.biases(described), statements.social_impact(described)]),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _summary(described: Described) -> str:
    added = described.totals
    synthetic = {True: "yes", False: "no", None: "not known"}[described.has_synthetic]
    rows = [
        ("Version", markdown(described.entity.version or "")),
        ("Made", f"{markdown(described.at)}, by {markdown(described.by)}"),
        ("Licence", ", ".join(markdown(spdx(each) or each) for each in described.licences) or "not stated"),
        ("Rows", f"{added.rows:,}"),
        ("Synthetic rows", synthetic),
        ("Synthetic share, declared", f"{described.declared_share:.4f}"),
        ("Synthetic share, estimated", markdown(statements.estimate(described), _SENTENCE)),
        ("Bound on the share", "none" if described.bound is None else f"{described.bound:.4f}"),
        ("Deepest row", "not known" if added.deepest is None else f"{added.deepest}"),
        ("Columns that name groups", ", ".join(markdown(name) for name in described.sensitive) or "none"),
    ]
    return _table(("", ""), rows)


def _counts(described: Described) -> str:
    rows = [
        (
            count.origin,
            "not known" if count.depth is None else str(count.depth),
            markdown(count.generator or ""),
            markdown(count.licence or ""),
            f"{count.rows:,}",
        )
        for count in described.counts[:_MOST]
    ]
    return _table(("origin", "depth", "generator", "licence", "rows"), rows) + _more(described.counts)


def _generators(described: Described) -> str:
    if not described.generators:
        return "None is named."
    return _table(("generator", "rows"), [(markdown(name), f"{rows:,}") for name, rows in described.generators.items()])


def _guards(guards: tuple[GuardResult, ...]) -> str:
    """The numbers outside their bounds first: those are what a reader looks for."""
    if not guards:
        return ""
    ordered = sorted(guards, key=lambda guard: guard.passed)
    rows = [
        (
            markdown(guard.guard),
            markdown(guard.metric),
            markdown(guard.group),
            "not computed" if guard.value is None else f"{guard.value:.4g}",
            "" if guard.lower is None else f"{guard.lower:.4g}",
            "" if guard.upper is None else f"{guard.upper:.4g}",
            "passed" if guard.passed else ("failed" if guard.blocking else "warned"),
        )
        for guard in ordered[:_MOST]
    ]
    return _table(("guard", "metric", "of", "value", "lower", "upper", ""), rows) + _more(guards)


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


def _more(shown: tuple[Any, ...]) -> str:
    return f"\n\nand {len(shown) - _MOST:,} more" if len(shown) > _MOST else ""


def _list(sentences: list[str]) -> str:
    return "\n".join(f"- {_sentence(each)}" for each in sentences)


def _sentence(text: str) -> str:
    return markdown(text, _SENTENCE)


def _plain(text: str) -> str:
    return shortened(one_line(text))
