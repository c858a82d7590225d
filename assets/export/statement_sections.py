"""The sections of a statement: what each template asks, answered by facts of the ledger or by "not recorded".

The templates are quoted by their names and the subject of their fields; nothing is said of what a law demands.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from outcross.assets.export.statement_facts import Entry, StatementFacts

NOT_RECORDED = "not recorded"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One field of a template.

    Attributes:
        field: its subject.
        value: a text, a number, or a list of objects of the same keys; None where nothing is recorded.
        entry: the version that it comes from; None where nothing is recorded.
    """

    field: str
    value: Any
    entry: Entry | None

    def to_json(self) -> dict[str, Any]:
        """Convert to values that JSON can hold."""
        if self.value is None:
            return {"field": self.field, "value": None, "from": NOT_RECORDED}
        return {"field": self.field, "value": self.value, "from": None if self.entry is None else self.entry.to_json()}


@dataclass(frozen=True, kw_only=True)
class Section:
    """A template, or a part of it, with its answers."""

    name: str
    source: str
    answers: tuple[Answer, ...]


def build_sections(facts: StatementFacts) -> tuple[Section, ...]:
    """Answer every template."""
    return (_european(facts), _nist(facts), _californian(facts), _iso(facts))


def _of(facts: StatementFacts, field: str, value: Any) -> Answer:
    """Answer from the version that is described; an empty list says that there is none."""
    return Answer(field=field, value=value, entry=facts.head)


def _unknown(field: str) -> Answer:
    return Answer(field=field, value=None, entry=None)


def _european(facts: StatementFacts) -> Section:
    kinds, share = list(facts.kinds), facts.share
    return Section(
        name="Synthetic data in the public summary of training content",
        source="EU AI Office, template for the public summary of training content (2025), section on synthetic data",
        answers=(
            _of(facts, "rows and stored bytes by kind of source", kinds),
            _of(facts, "rows declared synthetic", share["declared_synthetic"]),
            _of(facts, "modality of the rows: columns and their roles", list(facts.columns)),
            _of(facts, "models that generated rows, by name and version", list(facts.generators) or "none declared"),
            _of(facts, "own models: generators that were fitted to this corpus", list(facts.own) or "none declared"),
            _unknown("whether these models are available on the market"),
        ),
    )


def _nist(facts: StatementFacts) -> Section:
    share = facts.share
    estimated = {**share["estimated"], "how": share["how"]} if share["estimated"] else None
    return Section(
        name="Proportion of synthetic to non-synthetic data, and homogeneity",
        source="NIST AI 600-1 (2024), suggested action MS-2.11-005",
        answers=(
            _of(facts, "declared synthetic share", share["declared_share"]),
            _of(facts, "rows of mixed or unknown origin", share["mixed_or_unknown"]),
            _of(
                facts, "estimated synthetic share, undeclared rows included, with its 95 % interval", _listed(estimated)
            ),
            _of(facts, "estimated share of the rows declared real in the last batches", _listed(share["recent"])),
            _of(facts, "largest synthetic share that is allowed", _bound(share)),
            _diversity(facts),
            _verdicts(facts),
        ),
    )


def _listed(value: dict[str, Any] | None) -> list[dict[str, Any]] | None:
    return None if value is None else [value]


def _bound(share: dict[str, Any]) -> str | None:
    return None if share["bound"] is None else f"{share['bound']:.4f}: {share['bound_from']}"


def _diversity(facts: StatementFacts) -> Answer:
    field = "diversity of the last admitted batch against the anchor"
    if not facts.diversity:
        return _unknown(field)
    entry = Entry(**facts.diversity[0]["from"])
    rows = [{name: value for name, value in each.items() if name != "from"} for each in facts.diversity]
    return Answer(field=field, value=rows, entry=entry)


def _verdicts(facts: StatementFacts) -> Answer:
    field = "evidence on feedback loops: verdicts of the studies that the corpus names"
    return _of(facts, field, list(facts.verdicts)) if facts.verdicts else _unknown(field)


def _californian(facts: StatementFacts) -> Section:
    return Section(
        name="Training data transparency",
        source="California AB 2013 (Civil Code, title 15.2), documentation of datasets",
        answers=(
            _of(facts, "sources of the dataset", [*_sources(facts)]),
            _of(facts, "how the dataset serves its purpose", facts.description or None)
            if facts.description
            else _unknown("how the dataset serves its purpose"),
            _of(facts, "number of data points", facts.share["rows"]),
            _of(facts, "types of data points", list(facts.columns)),
            _of(facts, "licences, by rows", [*_licences(facts)]),
            _unknown("whether datasets were purchased or licensed"),
            _of(facts, "rows that state consent or terms of their source", facts.consent),
            _of(facts, "columns of protected groups", ", ".join(facts.groups) or "none"),
            _unknown("whether rows include personal or aggregate consumer information"),
            _of(facts, "cleaning and processing: actions of the ledger", [*_actions(facts)]),
            _of(facts, "time in which the rows were collected", " to ".join(facts.collected))
            if facts.collected
            else _unknown("time in which the rows were collected"),
            _unknown("when the dataset was first used"),
            _of(
                facts, "use of synthetic data generation: rows by generator", list(facts.generators) or "none declared"
            ),
        ),
    )


def _sources(facts: StatementFacts) -> Iterator[dict[str, Any]]:
    for each in facts.kinds:
        yield {"source": each["place"], "origin": each["origin"], "rows": each["rows"]}


def _licences(facts: StatementFacts) -> Iterator[dict[str, Any]]:
    for licence, rows in facts.licences.items():
        yield {"licence": licence or NOT_RECORDED, "rows": rows}


def _actions(facts: StatementFacts) -> Iterator[dict[str, Any]]:
    for each in facts.actions:
        entry = each["from"]
        yield {**{name: value for name, value in each.items() if name != "from"}, "version": entry["version"]}


def _iso(facts: StatementFacts) -> Section:
    return Section(
        name="Provenance of data",
        source="ISO/IEC 42001:2023, annex B.7.5",
        answers=(
            Answer(field="creation: the anchor that the corpus started from", value="version 1", entry=facts.first),
            _of(facts, "updates: actions of the ledger, with their last version", [*_actions(facts)]),
            Answer(field="renewal of the anchor", value=f"version {facts.anchor.version}", entry=facts.anchor)
            if facts.anchor
            else _of(facts, "renewal of the anchor", "none"),
            _of(facts, "head of the ledger: the sha256 that stands for all of its versions", facts.head.sha256),
            _of(facts, "transformation: generators that made rows, what they were fitted to, their recipes",
                list(facts.generators) or "none declared"),
            _unknown("sharing with others"),
        ),
    )  # fmt: skip
