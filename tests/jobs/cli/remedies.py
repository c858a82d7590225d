"""What messages advise: words of theirs, and what does it.

A command that a message names in full is no entry here: it is taken out of the message and run.
"""

import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.assets.corpus.people import people
from tests.jobs.cli import mix_place
from tests.jobs.cli.refusals import CORPORA, FILES, MIXES, PROGRAM, STUDIES

Step = str | Callable[[Path], object]
"""A command, or what a user does besides; ``{name}`` in a command stands for the id of a batch."""


@dataclass(frozen=True)
class Remedy:
    """What is done because of words of messages, and succeeds.

    Attributes:
        place: it is done in.
        words: of messages; a message that has some of them has this remedy.
        steps: one after another.
    """

    place: str
    words: tuple[str, ...]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return " && ".join(step if isinstance(step, str) else step.__name__ for step in self.steps)


def edit(name: str, old: str, new: str) -> Step:
    """Return the step that changes a file of settings."""

    def edited(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))

    return edited


def collect(rows: int) -> Step:
    """Return the step that has so many more real rows at hand."""

    def collected(folder: Path) -> None:
        people(rows, 9).write_parquet(folder / "more.parquet")

    return collected


def rename_to_csv(folder: Path) -> None:
    """Rename a file of text that was called Parquet."""
    people(30, 8).write_csv(folder / "text.parquet")
    (folder / "text.parquet").rename(folder / "text.csv")


def make_public_key(folder: Path) -> None:
    """Run the command that makes a public key."""
    (folder / "public.pem").unlink()
    command = ["openssl", "pkey", "-in", "key.pem", "-pubout", "-out", "public.pem"]
    subprocess.run(command, cwd=folder, check=True)


def of(place: str, steps: Step | Iterable[Step], *words: str) -> Remedy:
    """Return a remedy."""
    return Remedy(place, words, (steps,) if isinstance(steps, str) or callable(steps) else tuple(steps))


_REAL = "--origin real --licence CC0-1.0 --consent survey"
_PEOPLE = "--corpus people.yaml"
_SENT = f"ingest new.parquet {_PEOPLE} {_REAL} --json"
_TAKEN = "take small --share 0.5 --to mix"
_ONE = "take small.yaml --share 0.5 --ladder substitution --replicate 1 --to a.parquet --columns --json"
_SQL = "sql 'select 1 as one'"
OF_STUDIES = [
    of(STUDIES, "study small.yaml --arms 'replace, accumulate' --workers 1 --json", "has no arm '"),
    of(STUDIES, "studies", "OUTCROSS_STUDIES names 'absent', which does not exist; fix or unset it"),
    of(STUDIES, "verdict small.yaml --json", "there is no such study file; check the path"),
    of(STUDIES, "study small.yaml --json", "give the name of a study, or its file"),
    of(STUDIES, "verdict small", "Give one of these, or the path of a .yaml file, or name a folder of studies in"),
    of(STUDIES, "delete small --yes", "; confirm with --yes", "correct the name or --root"),
    of(STUDIES, "report small", "--docs and --pdf are two things to write; give one of them"),
    of(STUDIES, "report small -o out.html", "cannot be written (No such file or directory); choose another file",
       "cannot be written (Is a directory); choose another file"),
    of(STUDIES, "export small --format card --generation 2 --lineage replace",
       "has generations 0 to 2; choose one of them", "; give --lineage accumulate | fixed-0 | fixed-0.5 | replace"),
    of(STUDIES, _SQL, "is not a query; write a statement that only reads", "write a single 'select …'"),
    of(STUDIES, "sql 'explain select 1' --timeout 5", "write 'explain select …'"),
    of(STUDIES, "sql 'with a as (select 1 as one) select * from a;'", "read views and files of the store by a single"),
    of(STUDIES, "sql 'select metric, value from evaluations limit 1'", "; there are checks, comparisons, dataset"),
    of(STUDIES, "sql 'select sum(a.range * b.range) from range(4000) a, range(8000) b' --timeout 90",
       "ask for less, or raise --timeout"),
    of(STUDIES, _TAKEN, "; choose --share 0 | --share 0.5", "or choose --share 0 | --share 0.5",
       "give best, safe, or a number from 0 to 1", "give --share best, --share safe, or a share that it ran",
       "names one; leave it out", "--version is for a corpus and --share for a study; give one of them",
       "is there already; name another folder or file"),
    of(STUDIES, _ONE, "has no ladder 'other'; give --ladder substitution", "has replicates 0 to 2; choose one of them",
       "these rows came as parquet; name a file that ends in .parquet"),
]  # fmt: skip
OF_CORPORA = [
    of(CORPORA, "columns people --json", "Give one of these, or the path of a .yaml file, or name a folder of corpora"),
    of(CORPORA, "corpus people.yaml", "there is no such corpus file; check the path"),
    of(CORPORA, "corpus people.yaml --version 4 --json", "; the last are 2, 3, 4, 5, 6",
       "--report, --docs, and --version or --json are for different ends; give one of them"),
    of(CORPORA, "corpus people.yaml --report -o people.html", "give --report, --docs or --recheck",
       "cannot be written (File exists); choose another file"),
    of(CORPORA, (edit("people.yaml", "corpus: people\n", "corpus: people\nprotected: {benchmark: new.parquet}\n"),
                 "corpus people.yaml --recheck"), "add 'protected: {benchmark: FILE}' to its file"),
    of(CORPORA, _SENT, "file or directory); check the path", "does not exist or is not a regular file; check the path",
       "has this level already, so that nothing has to be accepted",
       "origin: Input should be 'real', 'synthetic', 'mixed' or 'unknown'", "allowed are CC0-1.0"),
    of(CORPORA, f"ingest new.parquet {_PEOPLE} --generator {'g' * 200} --origin synthetic --licence CC0-1.0",
       "generator: String should have at most 200 characters"),
    of(CORPORA, (collect(431), f"ingest more.parquet many.parquet {_PEOPLE} {_REAL}"), "add 431 real rows first"),
    of(CORPORA, (rename_to_csv, f"ingest text.csv {_PEOPLE} {_REAL}"), "or rename it to end in .csv"),
    of(CORPORA, "columns part.parquet --json", "does not exist (full path 'HERE/absent."),
    of(CORPORA, "columns college", "give the path of a file, or a name that 'outcross studies' lists"),
    of(CORPORA, "quarantine release people.yaml {part} --reason alike", "release them where repeats are real"),
    of(CORPORA, "quarantine release people.yaml {part} --reason x --guard duplicates",
       "choose from the guards that reject rows of it: duplicates"),
    of(CORPORA, "quarantine reject people.yaml {over} --reason x --guard synthetic_share",
       "choose from the guards that reject rows of it: synthetic_share"),
    of(CORPORA, "quarantine release people.yaml {over} --reason 'for once' --past-bound --json",
       "release fewer, add real rows first, or pass --past-bound"),
    of(CORPORA, "quarantine reject people.yaml {part} --reason twice", "a decision needs a reason"),
    of(CORPORA, "quarantine release people.yaml {over} --reason few --row 0 --json",
       "name rows with --row, or reject the batch", "choose rows with --row or --guard"),
    of(CORPORA, "audit people.yaml --head audited.json --rederive", "give what 'outcross audit' printed as the head",
       "keep what 'outcross audit' prints as the head", "restore them from a copy"),
    of(CORPORA, "audit people.yaml", "restore it from a copy", "restore its files from a copy"),
    of(CORPORA, "audit people.yaml --sign key.pem", "the key cannot be read (No such file or directory); check the"),
    of(CORPORA, (make_public_key, "audit people.yaml --sign key.pem", "audit people.yaml --verify public.pem"),
       "make it with 'openssl pkey -in key.pem -pubout -out public.pem'", "restore heads/ from a copy, or --sign one"),
    of(CORPORA, "trim people.yaml --share 0.05 --dry-run", "is not between 0 and the bound of 0.3 (stated"),
    of(CORPORA, "trim people.yaml --share 0.05 --reason 'of March'", "a trim needs a reason"),
    of(CORPORA, "accept-change people.yaml --level work=mine --reason 'a mine opened'", "; give --reason",
       "give one of --level, --range, --unit and --absent", "is not of the form COLUMN=VALUE; write it so"),
    of(CORPORA, "accept-change people.yaml --range age=0..150 --reason 'all ages' --json", "is no number; write it li"),
    of(CORPORA, "accept-change people.yaml --unit wage=100 --reason cents", "did you mean 'wage'"),
    of(CORPORA, "withdraw people.yaml --batch {part} --dry-run", "or look first with --dry-run",
       "name the rows in one way, by batch, generator, licence, consent or rows"),
    of(CORPORA, "withdraw people.yaml --generator copula --reason ended --json", "a withdrawal needs a reason"),
    of(CORPORA, ("withdraw people.yaml --batch {part} --reason x", "descendants people.yaml --withdrawal 7",
                 "withdraw people.yaml --decided 7 --reason x"),
       "--withdrawal names the rows by itself; leave out", "--decided is about an earlier withdrawal; give it with"),
    of(CORPORA, "descendants people.yaml --batch {clean}", "name the rows by --batch or another option"),
    of(CORPORA, "descendants people.yaml --generator copula --json", "its rows have 'copula': choose one of these"),
    of(CORPORA, "declare people.yaml --batch {clean} --origin unknown --reason told --dry-run",
       "provenance 'given': origin: Input should be 'real'", "nothing is declared; state --origin",
       "a declaration needs a reason, which the ledger records; state one"),
    of(CORPORA, "declare people.yaml --batch {clean} --origin real --depth 0 --reason x --dry-run", "state --depth as"),
    of(CORPORA, (edit("people.yaml", "licences:\n- CC0-1.0\n", "licences:\n- CC0-1.0\n- ours\n"),
                 "declare people.yaml --batch {clean} --licence ours --reason x"),
       "or add the licence to the corpus file", "or add it to 'licences' in the corpus file"),
    of(CORPORA, "export people.yaml --format croissant --version 4", "; choose one of croissant, openlineage, card, "),
    of(CORPORA, "export people.yaml --format card", "--lineage belongs to a study's --generation; give both, or leave"),
    of(CORPORA, "export people.yaml --format card --version 2", "--version is for a corpus and --generation for a stu"),
    of(CORPORA, "take people.yaml --to rows", "--replicate belongs to a study's --share; give both, or leave it out"),
]  # fmt: skip
_FIRST = "init real.csv --label y --group kind --generator copula --replicates 3 --generations 2"
_MIXED = "mix real.csv pool.csv --label y --dry-run"
_RUN = f"mix real.jsonl pool.csv --learner '{sys.executable} -S"
_GOOD = (
    f"{_RUN} good.py' --metric mae --dry-run --test later=later.csv --workers 1 --read null_values=[]",
    f"{_RUN} good.py' --time-limit 60 --dry-run --json",
)
OF_FILES = [
    of(FILES, f"{_FIRST} --dry-run --json", "; correct --label", "; correct --group", "a column has one role",
       "choose from cvae, diffusion, copula", "choose another generator"),
    of(FILES, f"{_FIRST} --read null_values=[] --name first", "choose another --name, or remove it",
       "use lower-case letters, digits, '_' and '-', at most 60", "write KEY=VALUE"),
    of(FILES, "init real.csv --replicates 3 --generations 2 --read encoding=utf-8 --dry-run",
       "leave --generator out, and see docs/external.md", "use one such as utf-8"),
    of(FILES, _MIXED, "give its rows the same columns under the same names", "name a file of synthetic rows",
       "name the column with --label", "or remove --metric", "or remove --time-limit", "or --learner alone"),
    of(FILES, "mix real.csv few.csv --label y --shares 0.146 --dry-run", "lower the share to 0.146 or less, or add 29",
       "write numbers from 0.001 to 0.99, separated by commas"),
    *(of(MIXES, each, "or correct --learner", "; close it", "name a program, such as --learner 'python train.py'",
         "write NAME=PATH", "give each its own name", "fix that line", "fix the error that it reports",
         "make it write {", "and make it write a number", "raise --time-limit, or make the command faster")
      for each in _GOOD),
    of(MIXES, f"{_RUN} odd.py' --metric churn=higher --dry-run", "say which way is better, --metric churn=higher",
       "state it with --metric churn=higher or --metric churn=lower"),
    of(MIXES, mix_place.MIX, "choose another --name, run it as it is with 'outcross study done.yaml'"),
]  # fmt: skip
_BENCHED = "bench shapes --repeats 2 --data table.csv --label y --json"
_SIZES = "--rows 7 --generations 3 --replicates 100 --seed 5 --processes 1"
OF_THE_PROGRAM = [
    of(PROGRAM, f"accept a13 A6 {_SIZES} --root kept --json", "; choose from A1, A2, A3", "is too few; use at least "),
    of(PROGRAM, _BENCHED, "no such file; check the path", "name the column that a classifier has to predict",
       "add --data FILE or remove --label"),
    of(PROGRAM, "bench shapes --write page.md", "lies in one that cannot be written; choose another file"),
    of(PROGRAM, "calibrate --family linear --studies 20 --compared 20 --seed 1 --write marked.md",
       "no family has 'cubic' in its name; choose from", "; add the lines '<!-- calibration: written by"),
]  # fmt: skip
REMEDIES = [*OF_STUDIES, *OF_CORPORA, *OF_FILES, *OF_THE_PROGRAM]
COMPLETED: Mapping[str, str] = {
    "audit": "audit people",
    "withdraw people --batch {clean} --reason …": "withdraw people --batch {clean} --reason x",
    "mix REAL SYNTHETIC": _MIXED,
    "bench shapes --data …": _BENCHED,
    "bench shapes --json …": _BENCHED,
    "bench shapes --label …": _BENCHED,
    "bench shapes --repeats …": _BENCHED,
    "bench shapes --write …": "bench shapes --write page.md",
}
"""A command that a message names with gaps → the same with them filled."""
