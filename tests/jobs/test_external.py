"""``outcross study`` with a user's command: the error if the command fails, and its end if the study is killed."""

import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.jobs.workplace import Workplace, make_workplace
from tests.resources.external_programs import READ, settings_of

pytestmark = pytest.mark.long(seconds=30)


def workplace_of(program: str, folder: Path) -> Workplace:
    return make_workplace(
        folder,
        generator=settings_of(program, folder),
        rows=50,
        metrics=["neighbours"],
        endpoints={"coverage": {"tolerance": 0.2}},
    )


def test_a_failure_is_reported_with_its_reason_and_the_folder_of_the_refused_rows(tmp_path):
    ran = workplace_of(READ + "drawn.head(7).write_parquet(out)", tmp_path).run("study", "small.yaml")
    message = " ".join(ran.stderr.split())
    assert ran.returncode != 0
    assert "program.py" in message and "replicate 0: wrote 7 rows where 50 were asked for" in message
    (refused,) = tmp_path.rglob("replicate-0.out.parquet")
    assert str(refused.parent) in "".join(ran.stderr.split())


def test_a_study_that_is_killed_leaves_no_command_behind(tmp_path):
    program = (
        "import os, time\nopen('pid.partial', 'w').write(str(os.getpid())); os.rename('pid.partial', 'pid')\n"
        "time.sleep(600)"
    )
    study = workplace_of(program, tmp_path).start("study", "small.yaml")
    while not (tmp_path / "pid").exists() and study.poll() is None:
        time.sleep(0.1)
    command = psutil.Process(int((tmp_path / "pid").read_text()))
    study.send_signal(signal.SIGKILL)
    study.communicate()
    command.wait(timeout=30)
