"""What a statement says of a version of a corpus: numbers, each with the entry of the ledger that it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.files import ANCHOR
from outcross.assets.corpus.ledger.ledger import numbers, read_version, version_path
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.renewal.old_anchor import describe_old_anchor
from outcross.assets.stored_verdicts import read_verdicts
from outcross.resources.store import MissingArtefact

DIVERSITY = ("repeats", "entropy", "diversity", "picture_diversity", "rare_survival")
"""Guards that compare the diversity of a batch with the anchor's."""
SEVERAL = "several"
_MADE = ("generator", "generator_version", "parent", "recipe")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An entry of the ledger: the number of a version, and the sha256 of its file."""

    version: int
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """Convert to values that JSON can hold."""
        return {"version": self.version, "sha256": self.sha256}


@dataclass(frozen=True, kw_only=True)
class StatementFacts:
    """The facts of a statement.

    Attributes:
        corpus: its name.
        head: the version that is described.
        at: when it was made, ISO 8601.
        kinds: for each kind of source (origin, anchor or batches), its rows and stored bytes. Bytes of a file with rows
            of several kinds are of the kind ``several``.
        generators: generator, version, parent and recipe of the rows declared synthetic, with their number.
        own: the same of generators that were fitted to this corpus, as the rows declare.
        share: declared, and estimated with its interval; and of the last batches.
        diversity: results of guards that compare a batch with the anchor, with the entry of each.
        verdicts: of the studies that the corpus names.
        licences: licence → rows; None where none is stated.
        consent: rows that state consent or terms.
        collected: first and last date that rows state; None where none does.
        columns: name and role of each column.
        groups: columns of protected groups.
        actions: action → number of versions up to this one, with the first and the last of them.
        anchor: the entry of the renewed anchor, if there is one.
        first: version 1.
    """

    corpus: str
    description: str
    head: Entry
    at: str
    kinds: tuple[dict[str, Any], ...]
    generators: tuple[dict[str, Any], ...]
    own: tuple[dict[str, Any], ...]
    share: dict[str, Any]
    diversity: tuple[dict[str, Any], ...]
    verdicts: tuple[dict[str, Any], ...]
    licences: dict[str | None, int]
    consent: int
    collected: tuple[str, str] | None
    columns: tuple[dict[str, str], ...]
    groups: tuple[str, ...]
    actions: tuple[dict[str, Any], ...]
    anchor: Entry | None
    first: Entry


def gather_facts(corpus: OpenCorpus, version: Version) -> StatementFacts:
    """Gather the facts of a version.

    Args:
        corpus: the open corpus; it is only read.
        version: any of its ledger.
    """
    history = [read_version(corpus.files, number) for number in numbers(corpus.files) if number <= version.number]
    rows = scan_rows(corpus, version)
    made = rows.filter(pl.col("origin") == "synthetic").group_by(_MADE).len("rows").sort(_MADE, nulls_last=True)
    generators = made.collect(engine="streaming").to_dicts()
    stated = rows.select(
        consent=pl.col("consent").is_not_null().sum(),
        first=pl.col("collected_at").min(),
        last=pl.col("collected_at").max(),
    ).collect(engine="streaming")
    consent, first, last = stated.row(0)
    return StatementFacts(
        corpus=corpus.name,
        description=corpus.settings.description,
        head=_entry(corpus, version.number),
        at=version.at,
        kinds=tuple(_kinds(corpus, version)),
        generators=tuple(generators),
        own=tuple(each for each in generators if each["parent"] == corpus.name),
        share=_share(version),
        diversity=tuple(_diversity(corpus, history)),
        verdicts=tuple(_verdicts(corpus, version)),
        licences=totals(version.counts).by_licence,
        consent=int(consent),
        collected=None if first is None else (first, last),
        columns=tuple({"column": each.source_name, "role": str(each.role)} for each in corpus.schema.columns),
        groups=tuple(each.source_name for each in corpus.schema.groups),
        actions=tuple(_actions(corpus, history)),
        anchor=None if version.anchor is None else _entry(corpus, version.anchor.version),
        first=_entry(corpus, 1),
    )


def _entry(corpus: OpenCorpus, number: int) -> Entry:
    return Entry(version=number, sha256=corpus.files.digest(version_path(number)))


def _kinds(corpus: OpenCorpus, version: Version) -> Iterator[dict[str, Any]]:
    """Count rows and bytes by the origin that rows declare, of the anchor and of batches."""
    place = pl.when(pl.col("batch_id") == ANCHOR).then(pl.lit(ANCHOR)).otherwise(pl.lit("batches"))
    counted = scan_rows(corpus, version, ["batch_id", "origin"]).group_by("origin", place.alias("place")).len("rows")
    rows = {(origin, where): count for origin, where, count in counted.collect(engine="streaming").iter_rows()}
    sizes: dict[tuple[str, str], int] = {}
    for part in version.parts:
        scanned = pl.scan_parquet(corpus.files.location(part.path), glob=False).select(pl.col("origin").unique())
        origins = scanned.collect()["origin"].to_list()
        kind = (origins[0] if len(origins) == 1 else SEVERAL, ANCHOR if part.batch == ANCHOR else "batches")
        sizes[kind] = sizes.get(kind, 0) + corpus.files.size(part.path)
    for origin, where in sorted({*rows, *sizes}):
        yield {
            "origin": origin,
            "place": where,
            "rows": rows.get((origin, where), 0),
            "bytes": sizes.get((origin, where), 0),
        }


def _share(version: Version) -> dict[str, Any]:
    counted, found, recent = totals(version.counts), version.estimated, version.recent
    return {
        "rows": counted.rows,
        "declared_synthetic": counted.synthetic,
        "declared_share": version.declared_share,
        "mixed_or_unknown": counted.undeclared,
        "estimated": None if found is None else _interval(found.share, found.lower, found.upper, decided=found.decided),
        "how": None if found is None else found.how,
        "recent": None
        if recent is None
        else _interval(recent.share, recent.lower, recent.upper, decided=recent.decided),
        "bound": version.bound,
        "bound_from": version.bound_from,
    }


def _interval(share: float, lower: float, upper: float, *, decided: bool) -> dict[str, Any]:
    return {"share": share, "lower": lower, "upper": upper, "decided": decided}


def _diversity(corpus: OpenCorpus, history: list[Version]) -> Iterator[dict[str, Any]]:
    """Yield what guards of diversity measured of the last batch that was admitted."""
    for version in reversed(history):
        if version.action == "ingest" and version.rows_admitted:
            for each in version.guards:
                if each.guard in DIVERSITY and not each.abstained and each.value is not None:
                    yield {
                        "guard": each.guard,
                        "metric": each.metric,
                        "group": each.group,
                        "value": each.value,
                        "lower": each.lower,
                        "upper": each.upper,
                        "passed": each.passed,
                        "from": _entry(corpus, version.number).to_json(),
                    }
            return


def _verdicts(corpus: OpenCorpus, version: Version) -> Iterator[dict[str, Any]]:
    """Yield the verdicts of the studies that the corpus names, and whether they rest on an anchor before."""
    settings = corpus.settings
    for study in dict.fromkeys(filter(None, (settings.bound.study, *settings.known))):
        try:
            verdicts = read_verdicts(corpus.store, study).filter(pl.col("reference") == "holdout")
        except MissingArtefact:
            continue
        old = describe_old_anchor(corpus.store, study, corpus.files, version)
        for row in verdicts.sort("ladder", "endpoint", "rows").iter_rows(named=True):
            names = ("ladder", "endpoint", "primary", "outcome", "safe_share", "lower_95", "decided", "generations")
            yield {
                "study": study,
                **{name: row[name] for name in names},
                "anchor_renewed_since": old,
            }


def _actions(corpus: OpenCorpus, history: list[Version]) -> Iterator[dict[str, Any]]:
    for action in dict.fromkeys(version.action for version in history):
        own = [version for version in history if version.action == action]
        yield {
            "action": action,
            "versions": len(own),
            "first": own[0].at,
            "last": own[-1].at,
            "rows_admitted": sum(version.rows_admitted for version in own),
            "from": _entry(corpus, own[-1].number).to_json(),
        }
