"""The real rows of a study as they came, kept where rows are never refitted: columns that nothing models are carried.

A generator that makes rows of its own has none of these columns, so that a dataset of real and synthetic rows would
tell by them which is which. A pool has rows as they came.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from outcross.assets.anchor.split import row_ids
from outcross.assets.artefacts import ANCHOR, CARRIED, HOLDOUT, Artefacts
from outcross.assets.study.study import Study
from outcross.resources.carried.as_came import AsCame
from outcross.resources.carried.carried import Carried
from outcross.resources.errors import BadInput
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.files import Files
from outcross.resources.sources.read_as_came import read_as_came
from outcross.resources.store import Address, Store

REAL = "source"
"""Key of the real rows among the rows that are kept; the others are named test sets."""
SUFFIX = ".arrows"
PLACES: dict[str, pl.DataType] = {"row_id": pl.String(), "place": pl.Int64()}
"""Columns of the part: which real row lies at which place of the source's files."""


def carries(study: Study) -> bool:
    """Whether a study keeps its rows as they came: they are of files, and the synthetic ones are those of a pool."""
    return not study.generator.needs_fit and isinstance(study.source, Files)


def keep_real(artefacts: Artefacts, data: RealData) -> None:
    """Write the real rows and those of the named test sets as they came; nothing where the study carries none.

    Args:
        artefacts: whose anchor and holdout are in the store.
        data: the source as it was read for them.

    Raises:
        BadInput: the files changed while they were read.
    """
    study, address = artefacts.study, artefacts.address(CARRIED)
    if not carries(study):
        return
    assert isinstance(study.source, Files)
    came = None if data.places is None else read_as_came(study.source)
    found = {} if came is None else {REAL: came}
    for name, files in study.tests.items() if found else ():
        if (of_test := read_as_came(files)) is not None:
            found[name] = of_test
    kept = {name: keep_rows(artefacts.store, address, each) for name, each in found.items()}
    artefacts.save(
        address, _places(data, came), inputs=[artefacts.address(thing) for thing in (ANCHOR, HOLDOUT)], kept=kept
    )
    artefacts.store.remove_blobs(address, keep=tuple(each["sha256"] for each in kept.values()))


def as_they_came(study: Study, data: RealData, rows: pl.DataFrame) -> Carried | None:
    """Return real rows as they came, before anything is stored; None where the study carries none.

    Args:
        study: its settings.
        data: its source as it was read.
        rows: some of its rows, with ``row_id``.

    Raises:
        BadInput: the files changed while they were read.
    """
    if not carries(study) or data.places is None:
        return None
    assert isinstance(study.source, Files)
    if (came := read_as_came(study.source)) is None:
        return None
    place = rows.select("row_id").join(_places(data, came), on="row_id", how="left", maintain_order="left")["place"]
    return Carried.of_one(came, place.to_numpy())


def keep_rows(store: Store, address: Address, came: AsCame) -> dict[str, Any]:
    """Write rows as they came beside an artefact, and return what its provenance says of them."""
    return {"format": came.format, "rows": came.rows, "sha256": store.write_blob(address, came.encode(), suffix=SUFFIX)}


def load_rows(store: Store, address: Address, kept: Mapping[str, Any]) -> AsCame:
    """Read rows that :func:`keep_rows` wrote; raises ``MissingArtefact`` where they are not what was written."""
    return AsCame.decode(store.read_blob(address, kept["sha256"], suffix=SUFFIX), format=kept["format"])


def load_real(artefacts: Artefacts) -> tuple[Mapping[str, AsCame], pl.DataFrame]:
    """Read the real rows as they came: name → rows, and the place of each ``row_id`` among those of the source.

    Raises as :meth:`Artefacts.load` does.
    """
    address = artefacts.address(CARRIED)
    kept = artefacts.provenance(address)["kept"]
    return {name: load_rows(artefacts.store, address, each) for name, each in kept.items()}, artefacts.load(address)


def carried_is_current(artefacts: Artefacts) -> bool:
    """Whether the real rows as they came are in the store; true for a study that carries none."""
    return not carries(artefacts.study) or artefacts.is_current(artefacts.address(CARRIED))


def _places(data: RealData, came: AsCame | None) -> pl.DataFrame:
    if came is None or data.places is None:
        return pl.DataFrame(schema=PLACES)
    if len(data.places) and int(data.places[-1]) >= came.rows:
        raise BadInput(
            f"the files of the source had {int(data.places[-1]) + 1:,} rows and then {came.rows:,}; run the study "
            "again once they are complete"
        )
    return pl.DataFrame([row_ids(data.rows, data.schema, entity=data.entity), data.places.alias("place")])
