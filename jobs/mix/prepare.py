"""From what was asked to a study file that is ready to run, and all that is said before it runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outcross.assets.anchor.carried import as_they_came
from outcross.assets.anchor.make import StudyRows, read_study_rows
from outcross.assets.anchor.named_tests import tell_left_out
from outcross.assets.pool.read import PoolRows, read_pool
from outcross.assets.study.dealing import rows_each
from outcross.assets.study.pool_draws import mixed_rows
from outcross.assets.study.preflight import check_study
from outcross.assets.study.study import Study
from outcross.jobs.files.study_files import STUDIES
from outcross.jobs.files.written_study import is_of, refuse_existing
from outcross.jobs.files.yaml_text import load_yaml
from outcross.jobs.mix.expectation import Expectation, expect
from outcross.jobs.mix.learned import UNKNOWN, Taught, shipped, taught_by, untried
from outcross.jobs.mix.real_rows import RealRows, infer_real_rows
from outcross.jobs.mix.request import MixRequest
from outcross.jobs.mix.shares import Rung, choose_rungs
from outcross.jobs.mix.study_text import name_of, write_text
from outcross.jobs.trial.of_learner import LearnerTrial, TrialRows, try_learner
from outcross.resources.errors import BadInput
from outcross.resources.sources.read_once import reading_once

_OPTIONS = {
    "'metrics'": "--metric",
    ", its 'time_limit'": "",
    "'time_limit'": "--time-limit",
    "'train' (paths are relative to the study file)": "--learner",
    "set 'template'": "give --read template=chatml or another of docs/media.md",
    ", or set 'generator.leave_out_anchor: false' if rows of the anchor may be drawn": "",
}
"""What an error says of a key of a study file → what it says of an option."""
_SMALLEST = Rung(share=1e-3, ratio=1e-3, real=0, synthetic=0)
"""The rung of a study that is only there to read its rows."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """A study file that is ready to run.

    Attributes:
        study: what it says.
        path: where it is, or is to be written.
        text: of the file.
        is_written: whether it is there already, by the same command.
        said: what was inferred and read, a sentence each.
        rungs: the mixes.
        expectation: how long it takes; None where the file was there, as some of it may have run.
        rows: the real rows, and how they were read.
    """

    study: Study
    path: Path
    text: str
    is_written: bool
    said: tuple[str, ...]
    rungs: tuple[Rung, ...]
    expectation: Expectation | None
    rows: StudyRows


def prepare(request: MixRequest, folder: Path, *, workers: int | None = None) -> Prepared:
    """Infer the study of a mix and try its learner on a few rows; nothing is written, and no file is decoded twice.

    Args:
        request: what was asked; its paths are relative to the folder.
        folder: in which the study file is, or is to be written.
        workers: processes that run lineages; one per core by default.

    Raises:
        BadInput: rows, pool, label or learner cannot be used, or another file has the name of the study's.
    """
    path = folder / f"{name_of(request)}.yaml"
    if path.exists():
        return _as_written(request, path)
    with reading_once():
        return _inferred(request, path, workers=workers)


def _inferred(request: MixRequest, path: Path, *, workers: int | None) -> Prepared:
    real = infer_real_rows(request.real, request.reading, label=request.label, own_learner=bool(request.learner))
    taught = _untried(request, real)
    study = _study(write_text(request, real, taught, [_SMALLEST]), path)
    with _options_for_keys():
        rows, pool = _read(study)
    anchor_rows = rows.parts.anchor.height
    rungs = choose_rungs(
        request.shares, real=anchor_rows, pool=pool.rows.height, left_out=pool.files_rows - pool.rows.height
    )
    trial = _try(request, study, rows)
    if request.learner:
        taught = taught_by(
            list(request.learner), request.metrics, trial, rows=_format(request), time_limit=request.time_limit
        )
    text = write_text(request, real, taught, rungs)
    study = _study(text, path)
    check_study(study, rows.data.schema, anchor_rows=anchor_rows)
    return Prepared(
        study=study,
        path=path,
        text=text,
        is_written=False,
        said=(*real.said, *taught.said, *_said(rows, pool)),
        rungs=rungs,
        expectation=expect(study, trial, anchor_rows=anchor_rows, workers=workers),
        rows=rows,
    )


def _as_written(request: MixRequest, path: Path) -> Prepared:
    """Take the file that the same command wrote as it stands, with what was changed in it since."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not is_of(text, request.command):
        raise refuse_existing(path, "and this command did not write it")
    study = STUDIES.load(path)
    rows, pool = _read(study)
    return Prepared(
        study=study,
        path=path,
        text=text,
        is_written=True,
        said=(f"{path.name} was written by this command before, and is used as it stands.", *_said(rows, pool)),
        rungs=_rungs_of(study, rows.parts.anchor.height),
        expectation=None,
        rows=rows,
    )


def _try(request: MixRequest, study: Study, rows: StudyRows) -> LearnerTrial:
    assert study.learner is not None
    undeclared = bool(request.learner) and not request.metrics
    with _options_for_keys():
        return try_learner(study.learner, _for_trial(study, rows), undeclared=undeclared)


def _for_trial(study: Study, rows: StudyRows) -> TrialRows:
    """The rows of the anchor as a learner is handed them."""
    assert study.learner is not None
    anchor, schema = rows.parts.anchor, rows.data.schema
    carried = as_they_came(study, rows.data, anchor) if study.learner.reads_carried else None
    return TrialRows(rows=anchor.select(schema.names), schema=schema, carried=carried)


@contextmanager
def _options_for_keys() -> Iterator[None]:
    """Name options where an error names keys of a study file, which is not written yet."""
    try:
        yield
    except BadInput as error:
        message = str(error)
        for key, option in _OPTIONS.items():
            message = message.replace(key, option)
        raise BadInput(message) from None


def _untried(request: MixRequest, real: RealRows) -> Taught:
    if real.learner != "external":
        return shipped(real.learner, real.modality)
    metrics: Mapping[str, str] = request.metrics or {UNKNOWN: "higher"}
    return untried(list(request.learner), metrics, rows=_format(request), time_limit=request.time_limit)


def _format(request: MixRequest) -> str:
    """JSON Lines stay what they are on their way to a program."""
    return "json_lines" if request.real.endswith((".jsonl", ".ndjson")) else "parquet"


def _study(text: str, path: Path) -> Study:
    return STUDIES.validate(load_yaml(text), where="outcross mix", base=path.parent)


def _read(study: Study) -> tuple[StudyRows, PoolRows]:
    rows = read_study_rows(study)
    pool = read_pool(study, rows.data.schema, rows.parts, rows.tests)
    if pool is None:
        raise BadInput(f"study '{study.study}' has no pool; set 'generator: {{kind: pool, path: …}}' in its file")
    return rows, pool


def _said(rows: StudyRows, pool: PoolRows) -> list[str]:
    trained = f"Trained on: {rows.parts.anchor.height:,} real rows; {rows.parts.holdout.height:,} others judge."
    return [trained, *tell_left_out(rows.left_out, of="the anchor"), *pool.tell()]


def _rungs_of(study: Study, anchor_rows: int) -> tuple[Rung, ...]:
    rows = study.rows or rows_each(anchor_rows, study.replicates, study.real_rows)
    found = []
    for ladder in study.ladders.values():
        for policy in ladder.policies()[1:]:
            drawn = mixed_rows(policy, rows)
            real = policy.dataset_rows(rows, 1) - drawn
            found.append(Rung(share=policy.share(1), ratio=drawn / rows, real=real, synthetic=drawn))
    return tuple(found)
