"""Keep the rows of a study's pool, and give them to the generations that draw from it."""

from dataclasses import asdict
from typing import Any

import polars as pl

from outcross.assets.anchor.carried import REAL, carries, keep_rows, load_real, load_rows
from outcross.assets.anchor.named_tests import SET
from outcross.assets.anchor.split import Split
from outcross.assets.artefacts import ANCHOR, HOLDOUT, POOL, TESTS, Artefacts, Made, Slot
from outcross.assets.pictures import picture
from outcross.assets.pool.read import PoolRows, pool_of, read_pool
from outcross.assets.same_source import pool_record
from outcross.assets.study.lineage import SHARED
from outcross.resources.carried.as_came import AsCame
from outcross.resources.carried.tables import refuse_other_types
from outcross.resources.errors import BadInput, OutcrossError
from outcross.resources.generators.contract import CohortModel
from outcross.resources.generators.pool.settings import Pool
from outcross.resources.safe_text import bullets
from outcross.resources.seeds import derive_seed
from outcross.resources.sources.read_as import PLACE
from outcross.resources.sources.read_as_came import read_as_came
from outcross.resources.store import Address
from outcross.resources.typed_rows import to_typed

CONTENT = "content_version"
"""Key of the provenance that identifies the content of the pool's files."""
KEPT = "kept"
"""Key of the provenance that names the file of the pool's rows as they came, all of them, by ``pool_row``."""


class NoPool(OutcrossError):
    """A study without a pool was asked for one."""


def make_pool(artefacts: Artefacts) -> Made:
    """Read the study's pool and write the rows that may be drawn.

    Raises:
        BadInput: the pool cannot be used, or is too small.
        NoPool: the study has none.
    """
    study, schema = artefacts.study, artefacts.schema
    pool = pool_of(study)
    anchor, holdout = (artefacts.load(artefacts.address(thing)) for thing in (ANCHOR, HOLDOUT))
    content = "" if pool is None else pool.content_version()
    found = read_pool(study, schema, Split(anchor=anchor, holdout=holdout), load_tests(artefacts))
    if found is None:
        raise NoPool(f"study '{study.study}' has no pool; set 'generator: {{kind: pool, path: …}}'")
    said, address = found.tell(), artefacts.address(POOL)
    kept = _keep_as_came(artefacts, found, pool) if pool is not None and carries(study) else None
    artefacts.save(
        address,
        to_typed(found.rows, schema),
        inputs=[artefacts.address(thing) for thing in (ANCHOR, HOLDOUT, *([TESTS] if study.tests else []))],
        notes=said,
        left_out={
            "holdout": found.of_holdout,
            "anchor": found.of_anchor,
            "tests": {name: asdict(each) for name, each in found.of_tests.items()},
        },
        **({KEPT: kept} if carries(study) else {}),
        **{CONTENT: content},
        **pool_record(artefacts.known_study),
    )
    artefacts.store.remove_blobs(address, keep=() if kept is None else kept["sha256"])
    return Made(
        numbers={
            "rows": found.rows.height,
            "left_out": found.files_rows - found.rows.height,
            "of_holdout": found.of_holdout,
            "of_anchor": found.of_anchor,
        },
        text=bullets(said),
        look=lambda: picture({"real": anchor, "pool": found.rows.select(schema.names)}, schema),
    )


def _keep_as_came(artefacts: Artefacts, found: PoolRows, pool: Pool) -> dict[str, Any] | None:
    """Keep every row of the pool's files as it came; None where a row is none of a file."""
    came = read_as_came(pool.files)
    if came is None:
        return None
    if came.rows != found.files_rows:
        raise BadInput(
            f"the files of the pool had {found.files_rows:,} rows and then {came.rows:,}; run the study again once "
            "they are complete"
        )
    if (real := load_real(artefacts)[0].get(REAL)) is not None:
        refuse_other_types(real, came, artefacts.schema)
    return keep_rows(artefacts.store, artefacts.address(POOL), came)


def load_pool_as_came(artefacts: Artefacts) -> AsCame | None:
    """Read every row of the pool's files as it came; None where they are not kept."""
    address = artefacts.address(POOL)
    kept = artefacts.provenance(address).get(KEPT)
    return None if kept is None else load_rows(artefacts.store, address, kept)


def pool_is_current(artefacts: Artefacts) -> bool:
    """Whether the pool of a study was read from its files as they are now; true for a study without one.

    Raises:
        BadInput: a file of the pool cannot be read.
    """
    pool, address = pool_of(artefacts.study), artefacts.address(POOL)
    if pool is None:
        return True
    if not artefacts.is_current(address):
        return False
    provenance = artefacts.provenance(address)
    if carries(artefacts.study) and KEPT not in provenance:  # written before rows were kept as they came
        return False
    return bool(provenance.get(CONTENT) == pool.content_version())


def pool_inputs(artefacts: Artefacts) -> list[Address]:
    """Return the pool's address as an input of what draws from it; none where the study has no pool."""
    return [] if pool_of(artefacts.study) is None else [artefacts.address(POOL)]


def load_pool(artefacts: Artefacts) -> pl.DataFrame:
    """Read the rows that may be drawn: ``pool_row``, then the schema's columns."""
    return artefacts.load(artefacts.address(POOL), columns=[PLACE, *artefacts.schema.names])


def load_tests(artefacts: Artefacts) -> dict[str, pl.DataFrame]:
    """Read the rows of the named test sets: name → canonical rows; empty where the study names none."""
    if not artefacts.study.tests:
        return {}
    rows = artefacts.load(artefacts.address(TESTS))
    return {name: rows.filter(pl.col(SET) == name).select(artefacts.schema.names) for name in artefacts.study.tests}


def draws_of(slot: Slot) -> dict[str, Any]:
    """Return what a cohort is told of its pool: its rows, the order of each replicate, and how many were drawn before.

    All generations and arms of a replicate share one order, so that what arms draw differs in nothing but number.
    """
    if pool_of(slot.study) is None:
        return {}
    study, each = slot.study, slot.study.synthetic_rows(SHARED, slot.artefacts.rows)
    return {
        "pool": load_pool(slot.artefacts),
        "orders": {number: derive_seed(study.study, study.seed, number, "pool") for number in slot.replicates},
        "drawn": slot.generation * each,
    }


def offer_pool(slot: Slot, model: CohortModel) -> CohortModel:
    """Have a model draw from the pool in the store, where the study has one."""
    if pool_of(slot.study) is not None:
        model.offer_pool(lambda: load_pool(slot.artefacts))
    return model


def notes_on_given(artefacts: Artefacts) -> list[str]:
    """Say what was left out of the anchor and of the pool, a sentence each; nothing where there is neither."""
    of_anchor = artefacts.provenance(artefacts.address(ANCHOR)).get("left_out", [])
    of_pool = [] if pool_of(artefacts.study) is None else artefacts.provenance(artefacts.address(POOL))["notes"]
    return [*of_anchor, *of_pool]
