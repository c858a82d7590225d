"""A process is known by its host, its boot, its id and its start: another with the same id is not taken for it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from outcross.resources.executing_process import BOOT_TAG, HOST_TAG, PROCESS_TAG, has_ended, process_tags

SAY_TAGS = """
import json
from outcross.resources.executing_process import process_tags
print(json.dumps(process_tags()), flush=True)
input()
"""


@pytest.fixture
def other() -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    """A process that waits, and the tags that it gives to its runs."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", SAY_TAGS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    yield process, json.loads(process.stdout.readline())
    process.kill()
    process.communicate()


def test_a_process_has_not_ended_while_it_lives(other: tuple["subprocess.Popen[str]", dict[str, str]]) -> None:
    process, tags = other
    assert tags[PROCESS_TAG].startswith(f"{process.pid}-")
    assert not has_ended(tags)
    assert not has_ended(process_tags())


def test_a_killed_process_has_ended_before_and_after_its_parent_takes_note(
    other: tuple["subprocess.Popen[str]", dict[str, str]],
) -> None:
    process, tags = other
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert has_ended(tags)
    process.wait()
    assert has_ended(tags)


def test_a_process_that_has_the_id_of_an_ended_one_is_another(
    other: tuple["subprocess.Popen[str]", dict[str, str]],
) -> None:
    process, tags = other
    assert has_ended({**tags, PROCESS_TAG: f"{process.pid}-1"})
    assert has_ended({**tags, PROCESS_TAG: str(process.pid)})


def test_no_process_outlives_its_boot(other: tuple["subprocess.Popen[str]", dict[str, str]]) -> None:
    assert has_ended({**other[1], BOOT_TAG: "an earlier one"})


def test_of_another_host_and_of_no_process_nothing_is_known(
    other: tuple["subprocess.Popen[str]", dict[str, str]],
) -> None:
    process, tags = other
    process.kill()
    process.wait()
    assert not has_ended({**tags, HOST_TAG: "another", BOOT_TAG: "another"})
    assert not has_ended({HOST_TAG: tags[HOST_TAG], BOOT_TAG: tags[BOOT_TAG]})
    assert not has_ended({})
