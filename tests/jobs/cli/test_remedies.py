"""Each remedy that a refusal names works: the command fails, says it, and the command that follows it succeeds.

A row of a table of the command line says what is refused with which words; here what those words advise is done.
"""

import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from outcross.jobs.cli.exit_codes import ExitCode
from tests.jobs.cli import mix_place
from tests.jobs.cli.corpus_place import ids_of
from tests.jobs.cli.in_process import Ran, outcross
from tests.jobs.workplace import Workplace


@dataclass(frozen=True)
class Remedy:
    """A command that is refused, the words of the remedy, and the command that follows them.

    ``{name}`` in words stands for the id of a batch.
    """

    refused: str
    named: str
    then: str

    def __str__(self) -> str:
        return f"{self.refused} -> {self.then}"


_TAKE = "take small --to mix --share"
OF_STUDIES = [
    Remedy("study small.yaml --arms Replace", "did you mean 'replace'", "study small.yaml --arms replace --json"),
    Remedy("study small.yaml --arms ''", "choose from accumulate", "study small.yaml --arms accumulate --json"),
    Remedy("verdict nowhere", "small. Give one of these", "verdict small"),
    Remedy("verdict smal", "did you mean 'small'", "verdict small --json"),
    Remedy("columns absent.yaml", "check the path", "columns small.yaml"),
    Remedy("report small -o .", "choose another file", "report small -o out.html"),
    Remedy("export small --format card --generation 3 --lineage replace", "has generations 0 to 2; choose one of them",
           "export small --format card --generation 2 --lineage replace"),
    Remedy("export small --format card --generation 1", "give --lineage accumulate | fixed-0",
           "export small --format card --generation 1 --lineage accumulate"),
    Remedy("sql 'select 1; drop view evaluations'", "write a single 'select …'", "sql 'select 1'"),
    Remedy("sql 'explain analyze select 1'", "write 'explain select …'", "sql 'explain select 1'"),
    Remedy("sql ''", "write a statement that only reads", "sql 'select 1'"),
    Remedy("sql 'select sum(a.range * b.range) from range(4000) a, range(8000) b' --timeout 0.1", "raise --timeout",
           "sql 'select sum(a.range * b.range) from range(4000) a, range(8000) b' --timeout 90"),
    Remedy(f"{_TAKE} 0.3", "choose --share 0", f"{_TAKE} 0.5"),
    Remedy(f"{_TAKE} 0.5 --ladder other", "give --ladder substitution", f"{_TAKE} 0.5 --ladder substitution"),
    Remedy(f"{_TAKE} most", "give best, safe, or a number", f"{_TAKE} 1"),
    Remedy(f"{_TAKE} 0.5 --replicate 99", "has replicates 0 to 2; choose one of them", f"{_TAKE} 0.5 --replicate 2"),
    Remedy(f"{_TAKE} 0.5 --version 1", "--version is for a corpus", f"{_TAKE} 0.5"),
    Remedy("take small --share 0.5 --to .", "name another folder or file", "take small --share 0.5 --to elsewhere"),
    Remedy("take small --share 0.5 --to mix.csv", "name a file that ends in .parquet",
           "take small --share 0.5 --to mix.parquet"),
    Remedy("verdict small --min-share 1.5", "less than or equal to 1", "verdict small --min-share 0"),
    Remedy("report small --pdf --docs", "give one of them", "report small"),
    Remedy("corpus small.yaml", "small.yaml is a study file; give a corpus file", "verdict small.yaml"),
    Remedy("delete small", "confirm with --yes", "delete small --yes"),
]  # fmt: skip
_INIT = "init real.csv --dry-run --replicates 3 --generations 2 --generator copula"
OF_FILES = [
    Remedy(_INIT.replace("copula", "gan"), "choose from cvae, diffusion, copula", _INIT),
    Remedy(f"{_INIT} --name taken", "exists; run it with", f"{_INIT} --name other"),
]  # fmt: skip
_PEOPLE = "--corpus people.yaml"
_REAL = "--origin real --licence CC0-1.0 --consent survey"
OF_CORPORA = [
    Remedy("corpus nowhere", "people. Give one of these", "corpus people"),
    Remedy("corpus anchor.parquet", "give a .yaml file with 'corpus:'", "corpus people.yaml"),
    Remedy("quarantine reject people.yaml {made} --reason x", "run 'outcross quarantine list people'",
           "quarantine list people"),
    Remedy("declare people.yaml --batch {part} --origin real --licence ours --reason x", "--reason …",
           "withdraw people.yaml --batch {part} --reason x"),
    Remedy("corpus people.yaml --version 7", "the last are 2, 3, 4, 5, 6", "corpus people.yaml --version 6"),
    Remedy("corpus people.yaml -o people.html", "give --report", "corpus people.yaml --report -o people.html"),
    Remedy("corpus people.yaml --report --json", "give one of them", "corpus people.yaml --json"),
    Remedy("quarantine show people.yaml ''", "run 'outcross quarantine list people'", "quarantine list people"),
    Remedy("quarantine show people.yaml {part} --likeliest", "choose rows with --row",
           "quarantine release people.yaml {part} --row 10 --reason looked"),
    Remedy("quarantine release people.yaml {over} --reason once", "pass --past-bound",
           "quarantine release people.yaml {over} --reason once --past-bound"),
    Remedy("quarantine release people.yaml {over} --reason once --dry-run", "--dry-run is for --below",
           "quarantine release people.yaml {over} --reason once --row 0"),
    Remedy("quarantine release people.yaml {part} --reason x --guard licence", "choose from the guards",
           "quarantine release people.yaml {part} --reason x --guard duplicates"),
    Remedy("quarantine reject people.yaml {part} --reason ' '", "a decision needs a reason",
           "quarantine reject people.yaml {part} --reason twice"),
    Remedy("trim people.yaml --share 0.31", "between 0 and the bound of 0.3",
           "trim people.yaml --share 0.05 --dry-run"),
    Remedy("trim people.yaml --share 0.05 --reason ' '", "a trim needs a reason",
           "trim people.yaml --share 0.05 --reason 'of March'"),
    Remedy("accept-change people.yaml --level work=mine", "give --reason",
           "accept-change people.yaml --level work=mine --reason opened"),
    Remedy("accept-change people.yaml --unit wages=100 --reason x", "did you mean 'wage'",
           "accept-change people.yaml --unit wage=100 --reason x"),
    Remedy("audit people.yaml --head nowhere", "neither 64 hexadecimal digits nor a file",
           "audit people.yaml --head audited.json"),
    Remedy(f"ingest new.parquet {_PEOPLE} --origin fake", "'real'", f"ingest new.parquet {_PEOPLE} {_REAL}"),
    Remedy(f"ingest new.parquet {_PEOPLE} --origin real --licence ours", "CC0-1.0",
           f"ingest new.parquet {_PEOPLE} {_REAL}"),
]  # fmt: skip
_NO_FRAME = str.maketrans("│╭╮╰╯─", "      ")


@pytest.fixture
def finished(done: Workplace, tmp_path: Path) -> Path:
    return done.copy_to(tmp_path / "small").folder


def follow(folder: Path, remedy: Remedy, ids: Mapping[str, str] | None = None) -> None:
    """Run what is refused, find the remedy in what it says, and run what that advises."""

    def run(words: str) -> Ran:
        for name, batch in (ids or {}).items():
            words = words.replace(f"{{{name}}}", batch)
        return outcross(folder, *shlex.split(words))

    ran = run(remedy.refused)
    assert ran.code != ExitCode.SUCCESS
    assert remedy.named in " ".join((ran.out + ran.err).translate(_NO_FRAME).split())
    ran = run(remedy.then)
    assert ran.code == ExitCode.SUCCESS, ran.said


@pytest.mark.parametrize("remedy", OF_STUDIES, ids=str)
def test_a_remedy_of_a_command_about_a_study_works(finished: Path, remedy: Remedy) -> None:
    follow(finished, remedy)


@pytest.mark.parametrize("remedy", OF_FILES, ids=str)
def test_a_remedy_of_a_command_about_a_file_works(tmp_path: Path, remedy: Remedy) -> None:
    mix_place.write(tmp_path)
    follow(tmp_path, remedy)


@pytest.mark.parametrize("remedy", OF_CORPORA, ids=str)
def test_a_remedy_of_a_command_about_a_corpus_works(people_place: Path, tmp_path: Path, remedy: Remedy) -> None:
    folder = shutil.copytree(people_place, tmp_path / "copy")
    follow(folder, remedy, ids_of(folder))
