"""Every refusal of the record has a remedy that works, or is named with the reason why it has none.

The tables hold what each command prints; here what the messages advise is done in the place where the message came
from. What a row of the tables has done in that place already, and with success, is not done twice.
"""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from outcross.jobs.cli.offered import commands
from tests.jobs.cli import mix_place
from tests.jobs.cli.corpus_place import ids_of
from tests.jobs.cli.in_process import outcross
from tests.jobs.cli.parser import command_of
from tests.jobs.cli.refusals import CORPORA, FILES, MIXES, STUDIES, Refusal, is_shown, refusals
from tests.jobs.cli.remedies import COMPLETED, REMEDIES, Remedy, Step
from tests.jobs.cli.row import with_ids
from tests.jobs.workplace import Workplace

TESTS = Path(__file__).parents[2]
ELSEWHERE = {
    "study digits": "jobs/test_restart.py::"
    "test_a_finished_study_runs_nothing_and_an_extended_one_runs_the_missing_part",
    "name two studies or more, each once": "jobs/test_delete_and_compare.py::"
    "test_verdicts_stand_side_by_side_with_the_settings_in_which_the_studies_differ",
    "or add --replace": "jobs/test_delete_and_compare.py::"
    "test_finished_results_are_not_replaced_by_those_of_other_settings_unless_that_is_said",
    "has no lineage 'unheard'; choose from": "jobs/test_overhead.py::"
    "test_the_command_runs_both_once_before_it_times_them_in_turn_and_prints_a_summary",
    "give a number above 0 and at most 1, such as 0.1": "jobs/test_release_by_probability.py::"
    "test_rows_below_a_probability_are_released_and_count_by_it",
    "leave out rows and guards": "jobs/test_release_by_probability.py::"
    "test_rows_below_a_probability_are_released_and_count_by_it",
    **dict.fromkeys(
        (
            "give --reason, or --dry-run to plan alone",
            "are of a renewal; add --renew-anchor",
            "--last and --batch both choose the batches of a renewal; give one of them",
            "an anchor has real rows alone; name other batches",
            "or leave it out for all",
            "choose more batches",
            "--renew-anchor changes the corpus; give it without --report, --docs, -o and --version",
        ),
        "jobs/test_renewal_commands.py::test_a_renewal_is_planned_and_done_on_the_terminal_and_in_the_ui",
    ),
    "--dry-run is for --below; give a probability": "jobs/test_release_by_probability.py::"
    "test_rows_below_a_probability_are_released_and_count_by_it",
}
"""A command that a message names, or words of messages → the test that does it, with more than a place here has."""
NONE = {
    "Not met: ladder": "the verdict is not what was asked: a finding, which the caller acts on",
    " a result passes only if its negative control fails": "a formula was not told from another: a finding",
    "limits cover in less than 93 %": "a simulation found it",
    "intervals of compared arms fail": "a simulation found it",
    '"met": false': "a measurement missed its target",
    "missed: shapes": "a measurement missed its target",
    "run: make peers": "it installs the packages that are compared with, over the network",
    "start another one": "which rows another corpus starts from is not known here",
    "start a new corpus from a source without it": "which rows another corpus starts from is not known here",
    "give --endpoint loss": "the share for that endpoint is refused in turn, with shares that are taken here",
}
"""Words of messages → why nothing here does what they advise, or why they advise nothing."""


def in_place(refusal: Refusal) -> dict[str, str]:
    """Return each command that a refusal names → the same without gaps; none with a part that the record leaves out."""
    found = {each: COMPLETED.get(each, each) for each in refusal.commands()}
    return {each: whole for each, whole in found.items() if "DIGEST" not in each}


NAMED = sorted(
    {(each.place, whole) for each in refusals() for whole in in_place(each).values() if "--help" not in whole}
)
"""Each place, and a command that a message which came from it names."""


@pytest.fixture(scope="module")
def places() -> dict[str, Path]:
    """The places, made where they are first asked for."""
    return {}


def place_of(place: str, places: dict[str, Path], request: pytest.FixtureRequest) -> Path:
    """Return a place that only this module may change; commands that look leave it as it is."""
    if place not in places:
        folder = request.getfixturevalue("tmp_path_factory").mktemp("places") / "place"
        if place == CORPORA:
            shutil.copytree(request.getfixturevalue("people_place"), folder)
        elif place == FILES:
            folder.mkdir()
            mix_place.write(folder)
        elif place == MIXES:
            Workplace(request.getfixturevalue("mixed")).copy_to(folder)
        else:
            assert place == STUDIES, f"{place} is not made here"
            request.getfixturevalue("done").copy_to(folder)
        places[place] = folder
    return places[place]


def do(steps: tuple[Step, ...], folder: Path, ids: dict[str, str]) -> None:
    """Do one step after another; each command has to succeed."""
    for step in steps:
        if isinstance(step, str):
            ran = outcross(folder, *shlex.split(with_ids(step, ids)))
            assert ran.code == 0, f"{step}: {ran.said}"
        else:
            step(folder)


def ids_in(folder: Path) -> dict[str, str]:
    return dict(ids_of(folder)) if (folder / "ids.json").exists() else {}


@pytest.mark.parametrize(
    ("place", "command"), [each for each in NAMED if not is_shown(*each) and each[1] not in ELSEWHERE]
)
def test_a_command_that_a_message_names_succeeds_where_the_message_came_from(
    place: str, command: str, places: dict[str, Path], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = place_of(place, places, request)
    if "--reason" in command:
        folder = shutil.copytree(folder, tmp_path / "copy")
    do((command,), folder, ids_in(folder))


@pytest.mark.parametrize(
    "remedy", [each for each in REMEDIES if not all(is_shown(each.place, str(step)) for step in each.steps)], ids=str
)
def test_a_remedy_works(
    remedy: Remedy, places: dict[str, Path], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    folder = place_of(remedy.place, places, request)
    if len(remedy.steps) > 1 or "ingest" in str(remedy) or "--name" in str(remedy):
        folder = shutil.copytree(folder, tmp_path / "copy")
    do(remedy.steps, folder, ids_in(folder))


def has_remedy(refusal: Refusal) -> bool:
    """Whether what a refusal advises is done by a test, or the reason is known why it is not."""
    if refusal.is_of_the_parser or in_place(refusal):
        return True
    words = [*(each for remedy in REMEDIES for each in remedy.words), *ELSEWHERE, *NONE]
    return any(each in refusal.said for each in words)


def test_every_refusal_has_a_remedy_that_a_test_does_or_the_reason_why_it_has_none() -> None:
    without = [f"{each.row}: {each.said:.300}" for each in refusals() if not has_remedy(each)]
    assert not without, "\n".join(without)


def test_every_remedy_and_every_reason_is_of_a_message() -> None:
    said = [each.said for each in refusals()]
    words = {each for remedy in REMEDIES for each in remedy.words} | {*ELSEWHERE, *NONE}
    assert {each for each in words if not any(each in text for text in said)} == set()
    for place in ELSEWHERE.values():
        path, name = place.split("::")
        assert f"def {name}(" in (TESTS / path).read_text(encoding="utf-8"), place


BOUND = re.compile(r"Invalid value for '(--[\w-]+)': Input should be (?:greater|less) than or equal to ([\d.]+)$")


def test_what_the_parser_refuses_names_a_help_that_there_is_and_a_bound_that_it_takes() -> None:
    """That each help is printed is shown where all of them are."""
    known, seen = commands(), 0
    for each in refusals():
        if not each.is_of_the_parser:
            continue
        (named,) = [name.removesuffix(" --help") for name in each.commands()] or [""]
        assert named in known or named in {"", "bench", "quarantine"}, each
        if bound := BOUND.search(each.said):
            words = shlex.split(each.row)
            words = words[len(command_of(words).split()) :]
            words[words.index(bound[1]) + 1] = bound[2]
            command = known[named]
            with command.make_context(named, words) as context:
                assert float(bound[2]) in map(float, re.findall(r"\d+(?:\.\d+)?", repr(context.params))), each
            seen += 1
    assert seen > 30
