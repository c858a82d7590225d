"""What Outcross refuses in a run is a failure with its remedy; what nobody foresaw keeps its stack trace."""

import ast
from pathlib import Path

import dagster as dg
import pytest

from outcross.assets.graph.failures import clear_failures
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.running.failures import describe
from outcross.jobs.running.study_jobs import job_names
from outcross.resources.errors import BadInput
from tests.jobs.workplace import SMALL, own_instance

TOP = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("job", "changes", "words"),
    [
        ("conclusion", {}, ["small/verdict", "study 'small'", "missing or out of date", "run these lineages before"]),
        ("start", {"source": {"kind": "files", "path": "nowhere.csv"}}, ["nowhere.csv"]),
    ],
)
def test_a_step_that_is_refused_fails_with_the_remedy(
    tmp_path: Path, job: str, changes: dict[str, object], words: list[str]
) -> None:
    study = Study.model_validate({**SMALL, **changes})
    definitions = build_definitions([study], root=str(tmp_path / "data"))
    with own_instance(tmp_path) as instance:
        ran = definitions.resolve_job_def(getattr(job_names(study), job)).execute_in_process(
            instance=instance, raise_on_error=False
        )
    failed = next(event for event in ran.all_events if event.is_step_failure)
    told = describe(failed).replace("small__verdict", "small/verdict")
    assert all(word in told for word in words), told


def test_a_refusal_is_not_retried_because_it_would_be_refused_again() -> None:
    with pytest.raises(dg.Failure, match="drop 'colour'") as failure, clear_failures():
        raise BadInput("study 'small' has no key 'colour'; drop 'colour'")
    assert not failure.value.allow_retries


def test_no_failure_that_the_product_raises_is_retried() -> None:
    product = [path for room in ("assets", "jobs", "resources") for path in (TOP / room).rglob("*.py")]
    calls = [
        (path.name, {word.arg: ast.unparse(word.value) for word in node.keywords})
        for path in product
        if "dg.Failure(" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "dg.Failure"
    ]
    assert len(calls) > 5
    assert [name for name, words in calls if words.get("allow_retries") != "False"] == []


def test_an_error_that_is_not_ours_passes_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError), clear_failures():
        _ = 1 / 0
