"""What there is to say of a dataset, whatever format says it: its files, fields, rows, makers and guards."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

if TYPE_CHECKING:
    from outcross.assets.corpus.generator_terms import Terms
    from outcross.assets.corpus.ledger.guard_result import GuardResult
    from outcross.assets.corpus.ledger.records import Count, Estimate
    from outcross.assets.corpus.ledger.totals import Totals
    from outcross.assets.export.statement_facts import StatementFacts
    from outcross.resources.gx_suite import Suite
    from outcross.resources.schema import Modality, Schema

Kind = Literal["integer", "float", "decimal", "boolean", "date", "datetime", "time", "duration", "text", "pixels"]
_URN = "urn:outcross:"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A column of a table. ``shape`` is set for images: their pixels, row by row, as one array a row."""

    name: str
    kind: Kind
    nullable: bool
    about: str = ""
    is_label: bool = False
    shape: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class File:
    """A Parquet file: its path below the folder of its corpus or study, and its size in bytes where it is known."""

    path: str
    sha256: str
    rows: int
    size: int | None = None
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Table:
    """Files of the same columns. ``key`` names the columns that tell rows apart."""

    name: str
    about: str
    files: tuple[File, ...]
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows of all its files."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True, kw_only=True)
class Entity:
    """Something a dataset was made from, or with: another dataset, a batch, a model.

    ``name`` tells it apart from all others (``corpora/adult``, ``digits/gen_02/fixed-0.5/model``), together with
    ``version`` where it has several.
    """

    name: str
    about: str
    version: str | None = None
    sha256: str | None = None
    made_by: str | None = None
    """The generator, for models and what they wrote."""

    @property
    def urn(self) -> str:
        """A URI of it, whatever its name is made of."""
        version = f":{quote(self.version, safe='')}" if self.version is not None else ""
        return f"{_URN}{quote(self.name.encode('utf-8', 'replace'), safe='/')}{version}"


@dataclass(frozen=True, kw_only=True)
class Step:
    """Something that was done: what, out of what, and what came of it (None: the dataset itself).

    ``facts`` are pairs of name and value, such as the generator's version, the seeds and the weights' sha256.
    """

    name: str
    about: str
    by: str
    at: str
    used: tuple[Entity, ...] = ()
    made: Entity | None = None
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Description:
    """A dataset: a version of a corpus, or what a generation of a study was trained on.

    Attributes:
        entity: the dataset itself.
        title: its name for people.
        about: what it is, in a sentence or two.
        by: who or what answers for it.
        at: when it was made, in ISO 8601.
        schema: its columns, without those that say where a row is from.
        tables: its rows, and what qualifies them.
        counts: its rows by origin, depth, generator and licence.
        declared_share: synthetic ÷ rows.
        rows_written: rows that the last step brought.
        steps: how it came to be, in order; the last one made the dataset.
        guards: their results, of the last batch that rows of the dataset came from, and ``guarded`` that batch, if any.
        licences: as stated, sorted; none where nobody said.
        url: a page about it, if there is one.
        estimated: the share as estimated, if it was.
        bound: what the share must stay below, and ``bound_from`` where that comes from.
        notes: what a reader should know.
        suite: of Great Expectations, derived from the anchor of a corpus.
        statement: facts of the ledger of a corpus.
        terms: of the generators that rows name, as a corpus file states them.
        marks: what others have marked of its rows, a sentence each.
    """

    entity: Entity
    title: str
    about: str
    by: str
    at: str
    schema: "Schema"
    tables: tuple[Table, ...]
    counts: "tuple[Count, ...]"
    declared_share: float
    rows_written: int
    steps: tuple[Step, ...]
    guards: "tuple[GuardResult, ...]" = ()
    guarded: Entity | None = None
    licences: tuple[str, ...] = ()
    url: str | None = None
    estimated: "Estimate | None" = None
    bound: float | None = None
    bound_from: str = ""
    notes: tuple[str, ...] = ()
    suite: "Suite | None" = None
    statement: "StatementFacts | None" = None
    terms: "tuple[Terms, ...]" = ()
    marks: tuple[str, ...] = ()

    @property
    def modality(self) -> "Modality":
        """Image, table or text."""
        return self.schema.modality

    @property
    def is_labelled(self) -> bool:
        """Whether a column is the label."""
        return self.schema.label is not None

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Columns that hold groups of people."""
        return tuple(column.name for column in self.schema.groups)

    @property
    def totals(self) -> "Totals":
        """Its rows, added up."""
        from outcross.assets.corpus.ledger.totals import totals

        return totals(self.counts)

    @property
    def sources(self) -> tuple[Entity, ...]:
        """What it was made from directly."""
        return self.steps[-1].used if self.steps else ()

    @property
    def has_synthetic(self) -> bool | None:
        """Whether any row is synthetic; None where that is neither declared nor decided."""
        sums = self.totals
        if sums.synthetic or sums.by_origin.get("mixed") or self.declared_share > 0:
            return True
        if self.estimated is not None and self.estimated.lower > 0:
            return True
        return None if sums.undeclared else False

    @property
    def generators(self) -> dict[str, int]:
        """Generator → rows that name it."""
        return self.totals.by_generator

    @property
    def within_bound(self) -> bool | None:
        """Whether the share, the higher of declared and estimated, is within the bound; None where there is none.

        Of an estimate that is not decided, the lower limit counts.
        """
        if self.bound is None:
            return None
        estimate, known = self.estimated, self.declared_share
        if estimate is not None:
            known = max(known, estimate.share if estimate.decided else estimate.lower)
        return known <= self.bound
