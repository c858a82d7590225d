"""Whatever says no has a case that makes exactly it say no: the product's registries against the tables of cases.

To add a kind, add a line to :data:`KINDS`.
"""

import inspect
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from outcross.assets.corpus.audit.findings import Contradiction, Finding
from outcross.assets.corpus.entities import EntityFault
from outcross.assets.corpus.guards.guard import Level
from outcross.assets.corpus.guards.guards import GUARDS as CORPUS_GUARDS
from outcross.assets.corpus.intake.row_guards import ROW_GUARDS
from outcross.assets.steps import STEPS
from outcross.assets.study.endpoint_refusals import REFUSALS_BY_DATA, REFUSALS_BY_FILE, REFUSALS_BY_ROWS
from outcross.assets.study.health_bounds import GUARDS as STUDY_GUARDS
from outcross.assets.study.health_bounds import SHARE
from tests.assets.corpus import test_audit, test_renewal
from tests.cases.audit_damage import BY_TEST, DAMAGE
from tests.cases.endpoint_faults import BY_DATA, BY_FILE, BY_ROWS
from tests.cases.entity_batches import CASES as ENTITY_CASES
from tests.cases.guard_batches import CASES
from tests.cases.guard_faults import WATCHED
from tests.cases.picture_batches import CASES as PICTURE_CASES
from tests.cases.study_faults import FAULTS, STUDY
from tests.cases.text_batches import CASES as TEXT_CASES


@dataclass(frozen=True)
class Kind:
    """A kind of thing that says no: its members in the product, and those that a table of cases makes say it."""

    name: str
    registered: Iterable[object]
    cases: Iterable[object]


def findings(kind: type[Finding | Contradiction]) -> set[str]:
    return {finding.name for finding, *_ in DAMAGE if isinstance(finding, kind)}


KINDS = [
    Kind(
        "blocking check of a study",
        {(step.thing, check) for step in STEPS if step.blocking for check in step.checks},
        {(fault.thing, fault.check) for fault in FAULTS.values()},
    ),
    Kind("guard of a study", {guard.vital for guard in STUDY_GUARDS}, {*WATCHED, *({SHARE} & set(STUDY["guards"]))}),
    Kind(
        "guard of a batch",
        {guard.name for guard in CORPUS_GUARDS.values() if guard.level is Level.BATCH},
        {case.guard for case in (*CASES.values(), *TEXT_CASES.values(), *PICTURE_CASES.values()) if case.whole},
    ),
    Kind(
        "guard of rows",
        {guard.name for guard in CORPUS_GUARDS.values() if guard.level is Level.ROW} | set(ROW_GUARDS),
        {case.guard for case in CASES.values() if not case.whole or case.guard in {"licence", "provenance"}},
    ),
    Kind(
        "reason against a row by its entity",
        {fault.name for fault in EntityFault},
        {case.fault.name for case in ENTITY_CASES.values() if case.fault is not None},
    ),
    Kind("refusal of an endpoint by the file", REFUSALS_BY_FILE, BY_FILE),
    Kind("refusal of an endpoint by the data", REFUSALS_BY_DATA, BY_DATA),
    Kind("refusal of an endpoint by the rows", REFUSALS_BY_ROWS, BY_ROWS),
    Kind(
        "finding of an audit",
        {finding.name for finding in Finding} - {Finding.CONTRADICTION.name},
        findings(Finding) | {finding.name for finding in BY_TEST},
    ),
    Kind("contradiction that an audit finds", {each.name for each in Contradiction}, findings(Contradiction)),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_each_has_a_case_and_no_case_is_of_none(kind: Kind) -> None:
    assert set(kind.registered) == set(kind.cases)
    assert set(kind.registered)


def test_the_last_step_is_the_only_one_that_warns() -> None:
    assert [step.thing for step in STEPS if not step.blocking] == ["evaluation"]
    assert set(STEPS[-1].checks) == {guard.check for guard in STUDY_GUARDS}


def test_a_finding_that_a_test_shows_is_named_in_it() -> None:
    told = inspect.getsource(test_audit) + inspect.getsource(test_renewal)
    for finding, name in BY_TEST.items():
        assert f"def {name}(" in told and f"Finding.{finding.name}" in told
