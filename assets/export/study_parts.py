"""The parts of a study as an export names them: each read for its sha256 once, however often it is named."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from outcross.assets.artefacts import MODEL, SYNTHETIC, Artefacts
from outcross.assets.export.description import Entity, File
from outcross.assets.study.lineage import SHARED
from outcross.resources.store import Address

_SHORT = 12


@dataclass(frozen=True)
class StudyParts:
    """Looks at the parts of one study."""

    artefacts: Artefacts
    _digests: dict[Address, str] = field(default_factory=dict)

    def exists(self, address: Address) -> bool:
        """Whether the part has been made."""
        return self.artefacts.store.exists(address)

    def digest(self, address: Address) -> str:
        """Its sha256."""
        if address not in self._digests:
            self._digests[address] = self.artefacts.store.digest(address)
        return self._digests[address]

    def entity(self, address: Address) -> Entity:
        """The part as something that others are made from; its version is the start of its sha256."""
        made = address.thing in (MODEL, SYNTHETIC)
        return Entity(
            name=self.name(address),
            about=address.thing,
            version=self.digest(address)[:_SHORT],
            sha256=self.digest(address),
            made_by=self.artefacts.study.generator.kind if made else None,
        )

    def file(self, address: Address, rows: int | None = None) -> File:
        """The part as a file, by its path below the study's folder; its rows are counted unless they are given."""
        store = self.artefacts.store
        return File(
            path=f"{address.folder}/part.parquet".removeprefix(f"{address.study}/"),
            sha256=self.digest(address),
            rows=self.artefacts.load(address, columns=["row"]).height if rows is None else rows,
            size=int(store.filesystem.size(store.part_path(address))),
            about=self.name(address),
        )

    def write_time(self, address: Address) -> str:
        """When the part was written, as its file system says: its bytes depend on settings alone, and hold no time."""
        store = self.artefacts.store
        when: datetime = store.filesystem.modified(store.part_path(address))
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return aware.astimezone(UTC).replace(microsecond=0).isoformat()

    @staticmethod
    def name(address: Address) -> str:
        """A name in order of time: ``digits/gen_03/fixed-0.5/dataset``."""
        steps = [address.study]
        if address.generation is not None:
            steps += [f"gen_{address.generation:02d}", address.lineage or SHARED]
        return "/".join([*steps, address.thing])
