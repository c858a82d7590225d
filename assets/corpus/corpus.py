"""The settings of a corpus: a team's dataset that grows by batches, and the conditions for admission."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from outcross.assets.corpus.generator_rules import GeneratorRules
from outcross.assets.corpus.guards.bounds import GuardSetting
from outcross.assets.corpus.guards.guard import Mode
from outcross.assets.corpus.guards.guards import GUARDS, check_names
from outcross.resources.addressees import Owner, Webhook
from outcross.resources.settings import Settings
from outcross.resources.sources import AnySource
from outcross.resources.sources.named_files import NamedFiles

_NAME = r"^[a-z0-9][a-z0-9_-]*$"


class ShareBound(Settings):
    """The largest synthetic share that the corpus may reach: a number, or the lower limit of a study's verdict.

    Attributes:
        share: the bound itself, in place of a study's limit.
    """

    share: Annotated[float, Field(ge=0, le=1)] | None = None
    study: str | None = Field(
        default=None, pattern=_NAME, max_length=60, description="name of a study that has a verdict"
    )
    ladder: str | None = Field(default=None, description="one of its ladders; if unset, the smallest limit of all")
    endpoint: str | None = Field(default=None, description="one of its endpoints; if unset, the smallest limit of all")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.share is None) == (self.study is None):
            raise ValueError("'bound' takes either 'share', a number from 0 to 1, or 'study', the name of a study")
        if self.share is not None and (self.ladder or self.endpoint):
            raise ValueError("'ladder' and 'endpoint' need 'study'; remove them, or replace 'share' by 'study'")
        return self


class Limits(Settings):
    """Largest size of a batch. A larger file is refused before it is read, so that no file exhausts the machine.

    Attributes:
        rows: of the file.
    """

    bytes: int = Field(default=4 * 2**30, ge=1, description="of the file")
    text_bytes: int = Field(
        default=512 * 2**20, ge=1, description="of CSV, JSON and unpacked files, which are read into memory whole"
    )
    unpacked_bytes: int = Field(default=16 * 2**30, ge=1, description="of its values, unpacked, as they are counted")
    rows: int = Field(default=50_000_000, ge=1)
    columns: int = Field(default=10_000, ge=1, description="of the file")
    cells: int = Field(default=2_000_000_000, ge=1, description="rows times columns")
    sidecar_bytes: int = Field(default=2**20, ge=1, description="of the provenance file next to it")


class Accepted(Settings):
    """Lasting changes of a column that count as normal; a list is one of levels."""

    levels: tuple[str, ...] = Field(default=(), description="values that the anchor lacks")
    range: tuple[float, float] | None = Field(default=None, description="[low, high] of numbers beyond the anchor's")
    unit: float | None = Field(default=None, description="factor by which numbers are larger than the anchor's")
    absent: bool = Field(default=False, description="whether files may lack the column")

    @model_validator(mode="before")
    @classmethod
    def _of_levels(cls, value: object) -> object:
        return {"levels": value} if isinstance(value, list | tuple) else value


class Corpus(Settings):
    """The settings of a corpus, as its file states them.

    Attributes:
        anchor: source of the real rows that the corpus starts from and that batches are compared with.
        holdout: share of these rows that is set aside for evaluation; a batch must contain none of them.
        entity: column whose rows of one value stay on one side of the split, of batches too; None splits row by row.
        time: column by which the latest rows are set aside; None splits by chance.
        inbox: folder, or prefix in an object store, that a sensor watches.
        licences: SPDX identifiers that rows may have; if empty, any licence.
        generators: patterns of generators whose rows may be in, or must not be, and the terms of each.
        protected: name → test set of which no row may enter, exact or nearly so.
        expectations: file of a suite that every batch is held to, by the guard of the same name.
        known: studies whose synthetic rows serve as known synthetic rows in estimates.
        mode: of every guard that sets none itself; each guard's own default if unset.
        accept: column → lasting changes that count as normal.
        corpus: its name, and of its folder in the store.
        description: a line for people.
        seed: of every random stream.
        bound: largest synthetic share that it may reach.
        guards: name → changes to a guard.
        limits: largest size of a batch.
        owners: of the assets, in Dagster's notation.
    """

    corpus: str = Field(pattern=_NAME, max_length=60)
    description: str = ""
    seed: int = Field(default=0, ge=0)
    anchor: AnySource
    holdout: float = Field(default=0.2, gt=0, lt=1)
    entity: str | None = None
    time: str | None = None
    licence: str | None = Field(default=None, description="of the anchor")
    inbox: str | None = None
    licences: tuple[str, ...] = ()
    bound: ShareBound
    generators: GeneratorRules = GeneratorRules()
    protected: dict[Annotated[str, Field(pattern=_NAME, max_length=60)], NamedFiles] = Field(
        default_factory=dict, description="files of test sets of which no row may enter, by name"
    )
    known: tuple[Annotated[str, Field(pattern=_NAME, max_length=60)], ...] = ()
    mode: Mode | None = Field(default=None, description="of every guard that sets none itself")
    accept: dict[str, Accepted] = Field(default_factory=dict, description="lasting changes, by column")
    guards: dict[str, GuardSetting] = Field(default_factory=dict)
    expectations: str | None = Field(default=None, description="JSON file of a suite of Great Expectations")
    limits: Limits = Limits()
    webhook: Webhook | None = Field(default=None, description="where failures are posted")
    owners: tuple[Owner, ...] = ("team:data",)

    @field_validator("inbox", "expectations")
    @classmethod
    def _from_the_file(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Resolve a relative path from the corpus file's folder: ``model_validate(…, context={"base": folder})``."""
        if value is None or "://" in value:
            return value
        return str((Path((info.context or {}).get("base", ".")) / value).absolute())

    @model_validator(mode="after")
    def _one_split(self) -> Self:
        if self.entity is not None and self.time is not None:
            raise ValueError(
                "'entity' and 'time' cannot both split the rows, since an entity may have rows early and late; "
                "remove one"
            )
        return self

    @field_validator("guards")
    @classmethod
    def _known(cls, value: dict[str, GuardSetting]) -> dict[str, GuardSetting]:
        check_names(value)
        return value

    def guard_settings(self) -> dict[str, GuardSetting]:
        """Return the changes to each guard, with ``mode`` applied."""
        if self.mode is None:
            return self.guards
        changed = {name: GuardSetting(mode=self.mode) for name in GUARDS}
        return changed | {
            name: setting if setting.mode else setting.model_copy(update={"mode": self.mode})
            for name, setting in self.guards.items()
        }
