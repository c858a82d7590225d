"""A corpus: a team's dataset that grows by batches, and what it takes to be let in."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from outcross.assets.corpus.guards.bounds import GuardSetting
from outcross.assets.corpus.guards.guards import GUARDS, Mode, check_names
from outcross.resources.sources import AnySource

_NAME = r"^[a-z0-9][a-z0-9_-]*$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ShareBound(_Strict):
    """The largest synthetic share that the corpus may reach: by hand, or the lower limit of a study's verdict."""

    share: Annotated[float, Field(ge=0, le=1)] | None = None
    study: str | None = Field(default=None, description="name of a study, whose verdict must have been reached")
    ladder: str | None = Field(default=None, description="which of its ladders; the smallest limit of all if unset")
    endpoint: str | None = Field(default=None, description="which of its endpoints; the smallest limit of all if unset")

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.share is None) == (self.study is None):
            raise ValueError("'bound' takes either 'share', a number from 0 to 1, or 'study', the name of a study")
        if self.share is not None and (self.ladder or self.endpoint):
            raise ValueError("'ladder' and 'endpoint' go with 'study'; leave them out beside 'share'")
        return self


class Limits(_Strict):
    """How large a batch may be: what is larger is refused before it is read, so that no file takes the machine down."""

    bytes: int = Field(default=4 * 2**30, ge=1, description="of the file")
    text_bytes: int = Field(default=512 * 2**20, ge=1, description="of CSV and JSON Lines, which are read whole")
    unpacked_bytes: int = Field(
        default=16 * 2**30, ge=1, description="of its columns once decompressed, as the file states it"
    )
    rows: int = Field(default=50_000_000, ge=1)
    sidecar_bytes: int = Field(default=2**20, ge=1, description="of the provenance beside it")


class Corpus(_Strict):
    """A corpus as its file states it.

    Attributes:
        anchor: the real rows that it starts from, and that batches are compared with.
        holdout: share of them that is kept apart; a batch that holds such a row is caught by it.
        inbox: a folder, or an object store's prefix, that a sensor watches.
        licences: those that rows may have, as SPDX names them; any where empty.
        known: studies whose synthetic rows stand for what synthetic rows look like.
        mode: of every guard that does not say otherwise; each guard's own default if unset.
    """

    corpus: str = Field(pattern=_NAME, max_length=60)
    description: str = ""
    seed: int = Field(default=0, ge=0)
    anchor: AnySource
    holdout: float = Field(default=0.2, gt=0, lt=1)
    licence: str | None = Field(default=None, description="of the anchor")
    inbox: str | None = None
    licences: tuple[str, ...] = ()
    bound: ShareBound
    known: tuple[str, ...] = ()
    mode: Mode | None = Field(default=None, description="of every guard that does not say otherwise")
    guards: dict[str, GuardSetting] = Field(default_factory=dict)
    limits: Limits = Limits()
    webhook: str | None = Field(default=None, pattern=r"^https?://[^\s/]", description="where failures are posted")
    owners: tuple[str, ...] = ("team:data",)

    @field_validator("inbox")
    @classmethod
    def _from_the_file(cls, value: str | None, info: ValidationInfo) -> str | None:
        """A folder starts where the corpus file lies, as ``model_validate(…, context={"base": folder})`` says."""
        if value is None or "://" in value:
            return value
        return str((Path((info.context or {}).get("base", ".")) / value).absolute())

    @field_validator("guards")
    @classmethod
    def _known(cls, value: dict[str, GuardSetting]) -> dict[str, GuardSetting]:
        check_names(value)
        return value

    def settings(self) -> dict[str, GuardSetting]:
        """What is changed about each guard, ``mode`` included."""
        if self.mode is None:
            return self.guards
        changed = {name: GuardSetting(mode=self.mode) for name in GUARDS}
        return changed | {
            name: setting if setting.mode else setting.model_copy(update={"mode": self.mode})
            for name, setting in self.guards.items()
        }
