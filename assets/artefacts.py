"""A study's artefacts: the address of each, what it was made from, and whether it still fits the study's settings."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl

from outcross.assets.code_versions import CODE, FIRST, VERSIONS, outdated_versions, part_versions, step_version
from outcross.assets.pictures import Picture
from outcross.assets.same_source import as_recorded
from outcross.assets.study.dealing import rows_each
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.study import Lineage, Study
from outcross.resources.errors import OutcrossError
from outcross.resources.generators.contract import Generator
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed
from outcross.resources.sources.column_record import ColumnRecord, read_records
from outcross.resources.store import Address, MissingArtefact, Store
from outcross.resources.tokens import VERSION as TOKENS
from outcross.resources.typed_rows import to_canonical

ANCHOR, HOLDOUT, VERDICT, REPORT = "anchor", "holdout", "verdict", "report"
DATASET, MODEL, SYNTHETIC, EVALUATION = "dataset", "model", "synthetic", "evaluation"
LEARNER = "learner"
"""Next to them, where a study names a learner: what it scored that was trained on the dataset."""
POOL, TESTS = "pool", "tests"
"""Of some studies: the rows made elsewhere that generations draw from, and those of the named test sets."""
CARRIED = "carried"
"""Of a study with a pool: its real rows as they came, with the columns that nothing models."""
REFUSED = "refused"
"""Next to them: output of a program outside that could not be used."""
COMPARISON = "comparison"
"""Next to the verdict: the arms compared, made in the same step."""
EXHIBIT = "exhibit"
"""Next to them: a few rows to look at, the same draws in every generation."""
_OF_SOURCE = (ANCHOR, HOLDOUT, SYNTHETIC, EXHIBIT, POOL, TESTS)
"""Things whose rows have the source's columns. They are stored with the types that these have in the source."""
THINGS = (DATASET, MODEL, SYNTHETIC, EVALUATION)
"""What each generation is made of, in the order it is made."""

_OF_LEARNER = (LEARNER, EVALUATION, f"{EVALUATION}_checks", VERDICT, REPORT)
"""Things that a study's learner has a part in: another learner makes these stale, and no others."""

FIRST_TOKENS = "1"
"""Version of the tokenizer of evaluations that do not name one."""


class StaleArtefact(OutcrossError):
    """An artefact was made under other settings than the study has now."""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a step says of the thing it made, for people to look at.

    Attributes:
        numbers: name → value; drawn over partitions and time in the UI.
        text: a few lines in Markdown.
        look: draws a small picture of it; called only where somebody will look.
    """

    numbers: dict[str, float | int | str] = field(default_factory=dict)
    text: str | None = None
    look: Callable[[], Picture] | None = None


@dataclass(frozen=True)
class Artefacts:
    """The artefacts of one study in one store."""

    study: Study
    store: Store

    def address(self, thing: str, generation: int | None = None, lineage: str | None = None) -> Address:
        """The address of a thing. Generation 0 has one lineage, shared by all arms."""
        if generation == 0:
            lineage = SHARED
        return Address(study=self.study.study, thing=thing, generation=generation, lineage=lineage)

    def save(self, address: Address, frame: pl.DataFrame, *, inputs: Iterable[Address], **provenance: Any) -> str:
        """Write an artefact with its provenance: the settings' fingerprint and the sha256 of all it was made from."""
        return self.store.write(
            address,
            frame,
            provenance={
                "study": address.study,
                "thing": address.thing,
                "generation": address.generation,
                "lineage": address.lineage,
                "seed": self.study.seed,
                "fingerprint": self._fingerprint(address),
                "inputs": {str(each): self.store.digest(each) for each in inputs},
                **self._versions(address),
                **provenance,
            },
        )

    def load(self, address: Address, *, columns: list[str] | None = None) -> pl.DataFrame:
        """Read an artefact's rows; those of the source's columns are canonical, as they are in memory.

        Raises:
            StaleArtefact: it was made under other settings.
            MissingArtefact: it has not been made.
        """
        self.provenance(address)
        rows = self.store.read(address, columns=columns)
        return to_canonical(rows, self.schema) if address.thing in _OF_SOURCE else rows

    def provenance(self, address: Address) -> dict[str, Any]:
        """Read an artefact's provenance; raises as :meth:`load` does."""
        provenance = self.store.provenance(address)
        now = self._fingerprint(address)
        if provenance["fingerprint"] != now:
            raise StaleArtefact(
                f"{address} was made under settings {provenance['fingerprint']}, the study now has {now}; "
                f"rematerialize it, or run the study"
            )
        return provenance

    def _fingerprint(self, address: Address) -> str:
        asked = address.lineage or SHARED, address.thing in _OF_LEARNER
        if asked not in self._fingerprints:
            lineage, judged = asked
            self._fingerprints[asked] = self.known_study.fingerprint(lineage, judged=judged)
        return self._fingerprints[asked]

    @cached_property
    def known_study(self) -> Study:
        """The study by whose settings artefacts are compared: its files may have had another path."""
        return as_recorded(self.study, self.store)

    def _versions(self, address: Address) -> dict[str, Any]:
        """Return what a thing records of the code that makes it: the versions that are not the first."""
        step, parts = step_version(address.thing), self._part_versions(address.thing)
        return ({} if step == FIRST else {CODE: step}) | ({VERSIONS: parts} if parts else {})

    def _part_versions(self, thing: str) -> dict[str, str]:
        return part_versions(self.study, thing, self.schema if thing == EVALUATION else None)

    def outdated_code(self, address: Address) -> list[str]:
        """Say which code a thing was made with that has another version now, a phrase each; none where it is current.

        Raises as :meth:`load` does.
        """
        return outdated_versions(address.thing, self.provenance(address), self._part_versions(address.thing))

    @cached_property
    def _fingerprints(self) -> dict[tuple[str, bool], str]:
        """The settings of a study never change: each fingerprint is computed once."""
        return {}

    def is_current(self, address: Address) -> bool:
        """Whether an artefact exists, fits the study's settings, and was made from its inputs and by the code of now.

        An evaluation of texts also has to count the same tokens, so that no verdict mixes two ways to count them.
        """
        try:
            provenance = self.provenance(address)
            if self.outdated_code(address):
                return False
            unchanged = next(self._changed(provenance), None) is None
            return unchanged and self._counts_tokens_of_now(address, provenance)
        except (MissingArtefact, StaleArtefact):
            return False

    def changed_input(self, address: Address) -> str | None:
        """Return the first part that a thing was made from and that has other bytes now; raises as :meth:`load` does.

        Raises:
            MissingArtefact: such a part is gone.
        """
        return next(self._changed(self.provenance(address)), None)

    def _changed(self, provenance: dict[str, Any]) -> Iterator[str]:
        for folder, digest in provenance["inputs"].items():
            if self.store.digest(_parse(folder)) != digest:
                yield folder

    def _counts_tokens_of_now(self, address: Address, provenance: dict[str, Any]) -> bool:
        if address.thing != EVALUATION or self.schema.modality != "text":
            return True
        return bool(provenance.get("tokens", FIRST_TOKENS) == TOKENS)

    @cached_property
    def schema(self) -> Schema:
        """The source's columns, as the anchor recorded them."""
        return Schema.from_json(self.provenance(self.address(ANCHOR))["schema"])

    @property
    def columns(self) -> list[ColumnRecord]:
        """What became of each column of the source's files; empty where an earlier version made the anchor."""
        return read_records(self.provenance(self.address(ANCHOR)).get("columns", []))

    @cached_property
    def rows(self) -> int:
        """N, the rows of a generation."""
        if self.study.rows is not None:
            return self.study.rows
        anchor_rows = self.load(self.address(ANCHOR), columns=["row"]).height
        return rows_each(anchor_rows, self.study.replicates, self.study.real_rows)

    @property
    def slots(self) -> "list[Slot]":
        """Everything a whole study has: generation 0, then the later generations of each lineage.

        Of the lineages that a ladder may add, these are the ones that are made.
        """
        later, required = range(1, self.study.generations), set(self.study.required_lineages)
        lineages = [name for name in self.study.lineages if name in required or self._is_whole(name)]
        return [Slot(self, 0, SHARED), *(Slot(self, g, lineage) for lineage in lineages for g in later)]

    def _is_whole(self, lineage: str) -> bool:
        """Whether every generation of a lineage is made and current."""
        later = range(1, self.study.generations)
        return all(self.is_current(self.address(thing, g, lineage)) for g in reversed(later) for thing in THINGS)


@dataclass(frozen=True)
class Slot:
    """One generation of one lineage: the place of one dataset, model, set of synthetic rows and evaluation.

    Generation 0 has one lineage, ``SHARED``, whichever arm asks for it.
    """

    artefacts: Artefacts
    generation: int
    lineage: str

    def __post_init__(self) -> None:
        if self.generation == 0:
            object.__setattr__(self, "lineage", SHARED)

    def at(self, generation: int) -> "Slot":
        """The same lineage in another generation."""
        return Slot(self.artefacts, generation, self.lineage)

    def address(self, thing: str) -> Address:
        """The address of a thing of this slot."""
        return self.artefacts.address(thing, self.generation, self.lineage)

    def load(self, thing: str, *, columns: list[str] | None = None) -> pl.DataFrame:
        """Read the rows of a thing; raises as :meth:`Artefacts.load` does."""
        return self.artefacts.load(self.address(thing), columns=columns)

    @property
    def study(self) -> Study:
        """The study."""
        return self.artefacts.study

    @property
    def settings(self) -> Lineage:
        """What the study states of the lineage; generation 0, which no arm shapes, has none."""
        return self.study.lineages[self.lineage]

    @property
    def arm(self) -> str:
        """The lineage's arm, or ``SHARED``."""
        return SHARED if self.lineage == SHARED else self.settings.arm

    @property
    def generator(self) -> Generator:
        """The generator's settings."""
        return self.study.generator_of(self.lineage)

    @property
    def replicates(self) -> tuple[int, ...]:
        """Replicates that the lineage holds."""
        return tuple(range(self.study.replicates)) if self.lineage == SHARED else self.settings.replicates

    def seed(self, replicate: int, stage: str) -> int:
        """The seed of one replicate's stage: fitting, sampling, evaluating."""
        study = self.study
        return derive_seed(study.study, study.seed, self.lineage, self.generation, replicate, stage)


def _parse(folder: str) -> Address:
    study, thing, *rest = folder.split("/")
    keys = dict(part.split("=", 1) for part in rest)
    generation = int(keys["gen"]) if "gen" in keys else None
    return Address(study=study, thing=thing, generation=generation, lineage=keys.get("lineage"))
