"""Damage has a name: whatever stored file is cut, lost or garbage, a command names it with the way back, or works."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from outcross.jobs.cli.exit_codes import ExitCode
from tests.cases.audit_damage import cut
from tests.cases.forgeries import garbage
from tests.jobs.cli.corpus_place import ids_of
from tests.jobs.cli.in_process import outcross
from tests.jobs.cli.row import contents
from tests.jobs.workplace import Workplace

VIEWS = (
    "corpus people.yaml",
    "estimate new.parquet --corpus people.yaml",
    "quarantine list people.yaml",
    "trim people.yaml --share 0.02 --dry-run",
    "export people.yaml --format card",
    "take people.yaml --to ../taken",
    "audit people.yaml",
    "sql 'select count(*) as n from corpus_people.rows'",
)
INGEST = "ingest new.parquet --corpus people.yaml --origin real --licence CC0-1.0 --consent survey"
FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "anchor/about.json": (cut, "corpus ingest estimate quarantine trim export take audit sql"),
    "anchor/profile.json": (garbage, "ingest audit"),
    "anchor/holdout.parquet": (cut, "ingest estimate audit"),
    "anchor/rows.parquet": (cut, "ingest estimate trim export take audit sql"),
    "batches/{made}/admitted-*": (cut, "ingest estimate trim export take audit sql"),
    "batches/{clean}/admitted-*": (Path.unlink, "ingest trim export take audit"),  # it has no row declared synthetic
    "batches/{over}/quarantined-*": (cut, "quarantine audit sql"),
    "versions/00000006.json": (garbage, "corpus ingest estimate quarantine trim export take audit sql"),
}
"""File → its damage, and the commands that cannot do without it."""


def shown(command: str, batches: dict[str, str]) -> list[str]:
    import shlex

    return shlex.split(command.format(**batches))


@pytest.mark.parametrize("name", FILES)
def test_each_command_names_a_damaged_file_or_works_and_none_that_looks_changes_the_store(
    people_place: Path, tmp_path: Path, name: str
) -> None:
    damage, needed = FILES[name]
    folder = shutil.copytree(people_place, tmp_path / "copy")
    batches = dict(ids_of(folder))
    (path,) = (folder / "home/data/corpora/people").glob(name.format(**batches))
    damage(path)
    before = contents(folder / "home/data")
    failed = set()
    for command in (*VIEWS, INGEST):
        ran = outcross(folder, *shown(command, batches))
        assert ran.code in {ExitCode.SUCCESS, ExitCode.PROBLEM}, (command, ran.said)
        if ran.code == ExitCode.PROBLEM:
            failed.add(command.split()[0])
            assert path.name in ran.said and "restore it from a copy" in ran.said, (command, ran.said)
        if command is not INGEST:
            assert contents(folder / "home/data") == before, command
    assert failed == set(needed.split())


def test_a_corpus_that_lost_its_settings_or_its_ledger_is_never_started_again(
    people_place: Path, tmp_path: Path
) -> None:
    for name, lost in (("about.json", "anchor/about.json"), ("versions", "versions")):
        folder = shutil.copytree(people_place, tmp_path / name)
        path = folder / "home/data/corpora/people" / lost
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        before = contents(folder / "home/data")
        for command in ("corpus people.yaml", INGEST, "estimate new.parquet --corpus people.yaml"):
            ran = outcross(folder, *command.split())
            assert ran.code == ExitCode.PROBLEM and str(path) in ran.said and "restore it from a copy" in ran.said
            assert contents(folder / "home/data") == before


def test_looking_at_a_corpus_that_was_never_started_starts_none(tmp_path: Path, people_place: Path) -> None:
    for name in ("people.yaml", "anchor.parquet"):
        shutil.copy(people_place / name, tmp_path)
    for command in ("corpus", "trim", "quarantine list", "export --format card", "take --to taken"):
        ran = outcross(tmp_path, *command.split(), "people.yaml")
        assert ran.code == ExitCode.PROBLEM and "start it with 'outcross ingest FILE --corpus people'" in ran.said
    assert not (tmp_path / "home/data").exists()


OF_STUDY = (
    "verdict small",
    "report small",
    "sql 'select count(*) as n from evaluations'",
    "export small --format card --generation 1 --lineage fixed-0.5",
    "take small --share 0.5 --to ../taken",
    "studies",
)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("anchor/part.parquet", "sql export take"),
        ("evaluation/gen=01/lineage=fixed-0.5/part.parquet", "verdict report sql"),
        ("synthetic/gen=00/lineage=shared/part.parquet", "sql export"),
        ("verdict/part.parquet", "verdict report sql"),
    ],
)
def test_each_command_about_a_study_names_a_cut_part_or_works(
    done: Workplace, tmp_path: Path, name: str, needed: str
) -> None:
    place = done.copy_to(tmp_path / "copy")
    cut(place.data / "small" / name)
    before, failed = contents(place.data), set()
    for command in OF_STUDY:
        ran = outcross(place.folder, *shown(command, {}))
        assert ran.code in {ExitCode.SUCCESS, ExitCode.PROBLEM}, (command, ran.said)
        if ran.code == ExitCode.PROBLEM:
            failed.add(command.split()[0])
            assert name.split("/part", maxsplit=1)[0] in ran.said and "run study 'small' again" in ran.said, (
                command,
                ran.said,
            )
        assert contents(place.data) == before, command
    assert failed == set(needed.split())


def test_sql_leaves_a_damaged_part_out_of_the_views_names_it_and_exits_with_one(
    done: Workplace, tmp_path: Path
) -> None:
    place = done.copy_to(tmp_path / "copy")
    cut(place.data / "small/evaluation/gen=01/lineage=fixed-0.5/part.parquet")
    ran = outcross(place.folder, "sql", "select distinct lineage from evaluations where generation = 1", "--json")
    assert ran.code == ExitCode.PROBLEM
    assert sorted(row[0] for row in ran.json["rows"]) == ["accumulate", "fixed-0", "replace"]
    assert "in no view: " in ran.err and "lineage=fixed-0.5/part.parquet cannot be read" in ran.err


def test_a_study_makes_a_cut_part_and_a_lost_report_anew_and_a_damaged_history_is_told(
    whole: Workplace, tmp_path: Path
) -> None:
    place = whole.copy_to(tmp_path / "copy")
    part = place.data / "small/evaluation/gen=01/lineage=replace/part.parquet"
    before = part.read_bytes()
    cut(part)
    (place.data / "small/report/report.html").unlink()
    again = place.run("study", "small.yaml", "--json")
    assert again.returncode == ExitCode.SUCCESS and "Traceback" not in again.stderr
    assert part.read_bytes() == before and (place.data / "small/report/report.html").is_file()
    (log,) = (place.folder / "home/dagster").rglob("index.db")
    for beside in log.parent.glob("index.db-*"):
        beside.unlink()
    with log.open("r+b") as file:
        file.truncate(20_000)
    ran = place.run("study", "small.yaml", "--json")
    assert ran.returncode == ExitCode.PROBLEM and "Traceback" not in ran.stderr
    assert f"{log} is no whole database" in ran.stderr and "delete it" in ran.stderr
    log.unlink()
    assert place.run("study", "small.yaml", "--json").returncode == ExitCode.SUCCESS
