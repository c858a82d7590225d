"""From somebody's file to a study file that is ready to run, and all that is said before it runs."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from outcross.assets.anchor.parts import read_parts
from outcross.assets.anchor.split import Split
from outcross.assets.study.preflight import check_rows, check_study
from outcross.assets.study.study import Study
from outcross.jobs.files.read_option import source_of
from outcross.jobs.files.study_files import STUDIES
from outcross.jobs.files.written_study import name_of, refuse_existing
from outcross.jobs.files.yaml_text import load_yaml
from outcross.jobs.start.choices import Choices, choose
from outcross.jobs.start.expectation import Expectation, expect_study
from outcross.jobs.start.request import InitRequest
from outcross.jobs.start.roles import choose_roles
from outcross.jobs.start.study_text import write_text
from outcross.resources.compute import bounded_linear_algebra
from outcross.resources.errors import BadInput
from outcross.resources.generators import GENERATORS, PLUGINS
from outcross.resources.schema import Modality
from outcross.resources.sources.column_record import records_of
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.read_once import reading_once

HOLDOUT = 0.2
_CLOSED = ("gaussian", "categorical", "uniform", "linear_regression", "linear_classifier")
"""Generators of the published results, which no one fits to a file of their own."""
_WHAT: dict[Modality, str] = {"table": "a table", "text": "texts", "image": "pictures"}
_ELSEWHERE = {
    "pool": "rows made elsewhere are compared with real ones by 'outcross mix REAL SYNTHETIC'",
    "external": "a program of your own is stated in the study file; leave --generator out, and see docs/external.md",
}


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A study file that is ready to be written.

    Attributes:
        study: what it says.
        path: where it is to be written.
        text: of the file.
        data: the real rows, and how they were read.
        said: what was inferred and chosen, a sentence each.
        expectation: what it asks for, and what it can show.
    """

    study: Study
    path: Path
    text: str
    data: RealData
    said: tuple[str, ...]
    expectation: Expectation


def prepare(request: InitRequest, folder: Path, *, workers: int | None = None) -> Prepared:
    """Infer a study of real rows and try its steps on a few replicates; nothing is written, no file is decoded twice.

    Args:
        request: what was asked; its path is relative to the folder.
        folder: in which the study file is to be written.
        workers: processes that will run lineages; one per core by default.

    Raises:
        BadInput: the rows cannot be read or are too few, an option does not fit them, or a file has the study's name.
    """
    name = name_of(request.name, request.real)
    path = folder / f"{name}.yaml"
    if path.exists():
        raise refuse_existing(path, "and nothing is written over it")
    _check_generator(request.generator)
    with reading_once():
        return _inferred(request, name, path, folder, workers=workers)


def _inferred(request: InitRequest, name: str, path: Path, folder: Path, *, workers: int | None) -> Prepared:
    data, parts = _read(request, folder)
    records = data.columns or tuple(records_of(data.schema, data.rows))
    roles = choose_roles(data, records, label=request.label, groups=request.groups)
    choices = choose(
        data.schema.modality,
        roles,
        anchor_rows=parts.anchor.height,
        generator=request.generator,
        replicates=request.replicates,
    )
    about = (
        f"Real rows: {_WHAT[data.schema.modality]}; {parts.anchor.height:,} to learn from, {parts.holdout.height:,} "
        "held out to judge."
    )
    study, text, dropped = _fitting(request, name, path, roles.columns, choices)
    return Prepared(
        study=study,
        path=path,
        text=text,
        data=data,
        said=(about, *roles.said, *dropped),
        expectation=expect_study(study, anchor_rows=parts.anchor.height, workers=workers),
    )


def _check_generator(kind: str | None) -> None:
    if kind is None:
        return
    if kind in _ELSEWHERE:
        raise BadInput(f"--generator {kind}: {_ELSEWHERE[kind]}")
    known = [name for name in GENERATORS if name not in (*_ELSEWHERE, *_CLOSED)]
    if kind not in (*GENERATORS, *PLUGINS.installed_kinds()):
        raise BadInput(f"--generator: '{kind}' is not known; choose from {', '.join(known)}")


def _read(request: InitRequest, folder: Path) -> tuple[RealData, Split]:
    source = source_of(request.real, request.reading, base=folder)
    return read_parts(source, holdout=HOLDOUT, seed=0)


def _fitting(
    request: InitRequest, name: str, path: Path, columns: Any, choices: Choices
) -> tuple[Study, str, tuple[str, ...]]:
    """Leave out the endpoints that these rows do not allow; return the study, its text, and what was left out, why."""
    said: list[str] = []
    rows: tuple[RealData, Split] | None = None
    while True:
        text = write_text(request, name, columns, choices)
        study = STUDIES.validate(load_yaml(text), where="outcross init", base=path.parent)
        texts = "text" in study.generator.modalities
        rows = rows or read_parts(study.source, holdout=study.holdout, seed=study.seed, texts=texts)
        data, parts = rows
        try:
            check_study(study, data.schema, anchor_rows=parts.anchor.height)
            with bounded_linear_algebra():
                check_rows(study, data.schema, anchor=parts.anchor, holdout=parts.holdout)
        except BadInput as error:
            refused = next((each for each in choices.endpoints[1:] if f"endpoint '{each.name}'" in str(error)), None)
            if refused is None:
                raise
            reason = str(error).removeprefix(f"study '{name}': ")
            said.append(f"Not measured: {reason}.")
            choices = replace(choices, endpoints=tuple(each for each in choices.endpoints if each is not refused))
        else:
            return study, text, tuple(said)
