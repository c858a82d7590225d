"""Read the source, split it, and keep both parts: the anchor for the generations, the holdout for measuring them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from outcross.assets.anchor.carried import carried_is_current, carries, keep_real
from outcross.assets.anchor.named_tests import LeftOut, read_tests, tell_left_out, tests_frame, without_tests
from outcross.assets.anchor.parts import load_rows, read_parts
from outcross.assets.anchor.split import Split
from outcross.assets.artefacts import ANCHOR, HOLDOUT, TESTS, Artefacts, Made
from outcross.assets.pictures import picture
from outcross.assets.same_source import files_record
from outcross.assets.study.lineage import SHARED
from outcross.assets.study.preflight import check_rows, check_study
from outcross.assets.study.study import Study
from outcross.resources.compute import bounded_linear_algebra
from outcross.resources.safe_text import all_without_secrets, bullets
from outcross.resources.sources.contract import RealData
from outcross.resources.typed_rows import to_typed


@dataclass(frozen=True, kw_only=True)
class StudyRows:
    """The real rows of a study.

    Attributes:
        data: the source, with notes on how it was read.
        parts: anchor and holdout.
        tests: named test set → canonical rows.
        left_out: named test set → rows of the anchor left out because they are copies of its rows.
    """

    data: RealData
    parts: Split
    tests: Mapping[str, pl.DataFrame]
    left_out: Mapping[str, LeftOut]


def read_study_rows(study: Study) -> StudyRows:
    """Read the real rows of a study, split them, and check the study against them.

    Rows of the anchor that are copies of rows of a named test set are left out.

    Raises:
        BadInput: the data cannot be used, or do not suffice for the study.
    """
    data, parts = read_parts(
        study.source,
        holdout=study.holdout,
        seed=study.seed,
        entity=study.entity,
        time=study.time,
        texts=_models_text(study),
        carries=carries(study),
        real_before=study.real_before,
    )
    tests = read_tests(study, data.schema)
    parts, left_out = without_tests(parts, data.schema, tests, seed=study.seed)
    check_study(study, data.schema, anchor_rows=parts.anchor.height)
    with bounded_linear_algebra():
        check_rows(study, data.schema, anchor=parts.anchor, holdout=parts.holdout)
    return StudyRows(data=data, parts=parts, tests=tests, left_out=left_out)


def load_study_rows(study: Study) -> RealData:
    """Load the source of a study as its generator models it; raises ``BadInput`` if the data cannot be used."""
    return load_rows(
        study.source, entity=study.entity, time=study.time, texts=_models_text(study), carries=carries(study)
    )


def _models_text(study: Study) -> bool:
    return "text" in study.generator.modalities


def make_anchor(artefacts: Artefacts) -> Made:
    """Load the study's source and write ``anchor`` and ``holdout``.

    Raises:
        BadInput: the data cannot be used, or does not suffice for the study.
    """
    study = artefacts.study
    contents = contents_of_tests(study)
    read = read_study_rows(study)
    data, parts = read.data, read.parts
    columns = [record.to_json() for record in data.columns]
    said = tell_left_out(read.left_out, of="the anchor")
    about: dict[str, Any] = {
        "schema": data.schema.to_json(),
        "notes": [*data.notes, *said],
        "truth": data.truth,
        "columns": columns,
    }
    about |= files_record(artefacts.known_study)
    about["settings"] = all_without_secrets(artefacts.known_study.affecting(SHARED))
    if study.tests:
        about |= {"tests": contents, "left_out": said}
    for thing, rows in ((HOLDOUT, parts.holdout), (ANCHOR, parts.anchor)):
        artefacts.save(artefacts.address(thing), to_typed(rows, data.schema), inputs=(), **about)
    if study.tests:
        rows = tests_frame(read.tests, data.schema)
        artefacts.save(artefacts.address(TESTS), to_typed(rows, data.schema), inputs=[artefacts.address(ANCHOR)])
    keep_real(artefacts, data)
    return Made(
        numbers={
            "rows": parts.anchor.height,
            "holdout_rows": parts.holdout.height,
            "columns": len(data.schema.columns),
            "modality": data.schema.modality,
        },
        text=bullets([*data.notes, *said]),
        look=lambda: picture({"anchor": parts.anchor, "holdout": parts.holdout}, data.schema),
    )


def contents_of_tests(study: Study) -> dict[str, str]:
    """Identify the content of each named test set; raises ``BadInput`` if a file cannot be read."""
    return {name: files.content_version() for name, files in study.tests.items()}


def given_is_current(artefacts: Artefacts) -> bool:
    """Whether all that is read with the anchor is in the store: the named test sets, and rows as they came.

    Raises:
        BadInput: a file of a named test set cannot be read.
    """
    return tests_are_current(artefacts) and carried_is_current(artefacts)


def tests_are_current(artefacts: Artefacts) -> bool:
    """Whether the named test sets were read from their files as they are now; true for a study that names none.

    Raises:
        BadInput: a file cannot be read.
    """
    study = artefacts.study
    if not study.tests:
        return True
    if not all(artefacts.is_current(artefacts.address(thing)) for thing in (ANCHOR, TESTS)):
        return False
    return bool(artefacts.provenance(artefacts.address(ANCHOR)).get("tests") == contents_of_tests(study))
