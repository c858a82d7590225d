"""Table of ``outcross init``: what it infers and writes, and what it refuses with which remedy."""

from pathlib import Path

import pytest

from tests.jobs.cli import mix_place
from tests.jobs.cli.row import Row, check, misuse, ok

_SAID = "study file inferred models rows expected_seconds expected_bytes text"
_FIRST = "init real.csv --label y --group kind --generator copula --replicates 3 --generations 2"

INIT = [
    ok(
        f"{_FIRST} --read null_values=[] --name first",
        "Real rows: a table; 35 to learn from, 15 held out to judge.",
        "Not measured: endpoint 'rarest_group_utility' needs a group with at least 30 rows",
        "Target: 'y', a number with 50 different values.",
        "Group: 'kind'; each of its levels",
        "Expected: about",
        "columns: {y: target, kind: group}",
        "run: outcross study first.yaml",
        changes=True,
    ),
    ok(f"{_FIRST} --dry-run --json", '"study": "real"', "replicates: 3 ", keys=_SAID),
    misuse("init real.csv --label salary", "no column 'salary' (but 'x', 'y', 'kind', 'note'); correct --label"),
    misuse("init real.csv --group salary", "no column 'salary' (but 'x', 'y', 'kind', 'note'); correct --group"),
    misuse("init real.csv --label kind --group kind", "--label and --group name a column twice"),
    misuse("init real.csv --group kind --group kind", "--label and --group name a column twice"),
    misuse("init real.csv --generator pool", "rows made elsewhere are compared with real ones by 'outcross mix"),
    misuse("init real.csv --generator external", "is stated in the study file", "docs/external.md"),
    misuse("init real.csv --generator gan", "'gan' is not known; choose from cvae, diffusion, copula, "),
    misuse("init real.csv --generator ngram", "generator 'ngram' models text, but the source has table data"),
    misuse("init real.csv --name taken", "taken.yaml exists", "it is no study that can be run; choose another --name"),
    misuse("init real.csv --name Real", "'Real' is no name of a study; use lower-case letters"),
    misuse("init real.csv --read encoding=x", "--read: 'encoding': "),
    misuse("init real.csv --read a", "--read 'a': write KEY=VALUE"),
    misuse("init real.csv --replicates 2", "--replicates", "greater than or equal to 3"),
    misuse("init real.csv --generations 1", "--generations", "greater than or equal to 2"),
    misuse("init absent.csv", "absent.csv"),
    misuse("init", "Missing argument 'real'"),
]


@pytest.mark.parametrize("row", INIT, ids=str)
def test_a_study_is_written_as_its_row_says(tmp_path: Path, row: Row) -> None:
    mix_place.write(tmp_path)
    check(row, tmp_path, copy=tmp_path.with_name("copy"))
