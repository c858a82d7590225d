"""Tables of the commands about a study: exit code, refusal, what is printed, and whether anything changes."""

from pathlib import Path

import pytest

from tests.jobs.cli.row import Row, check, misuse, ok, problem
from tests.jobs.workplace import Workplace

_NOWHERE = "no study is named 'nowhere'; known studies: breast_cancer, "
_ARMS = "choose from accumulate, fixed-0, fixed-0.5, replace"
_LINEAGES = "give --lineage accumulate | fixed-0 | fixed-0.5 | replace"
_STUDY = "study columns notes outdated runs added seconds verdicts comparisons report"

STUDY = [
    ok("study small.yaml", "safe up to", "harmful from", "Report: "),
    ok("study small.yaml --json", '"runs": []', '"endpoint": "loss"', "report.html", keys=_STUDY),
    ok("study small.yaml --arms 'replace, accumulate' --workers 1 --json", '"runs": []', keys=_STUDY),
    misuse(
        "study small.yaml --replicates 2", "(replicates 3, now 2), which this run would replace", "or add --replace"
    ),
    ok("study small.yaml --replace --json", '"runs": []', keys=_STUDY),
    ok("study small.yaml --dry-run", "accumulate", "Expected: ", "Nothing was stored."),
    misuse("study home", "home is where Outcross keeps what it made; give the name of a study, or its file"),
    misuse("study small.yaml --arms unheard", f"has no arm 'unheard'; {_ARMS}"),
    misuse("study small.yaml --arms ''", f"has no arm ''; {_ARMS}"),
    misuse("study small.yaml --arms replace,", f"has no arm ''; {_ARMS}"),
    misuse("study small.yaml --arms Replace", f"has no arm 'Replace' (did you mean 'replace'?); {_ARMS}"),
    misuse("study small.yaml --generations 1", "--generations", "greater than or equal to 2"),
    misuse("study small.yaml --replicates 0", "--replicates", "greater than or equal to 1"),
    misuse("study small.yaml --replicates 1.5", "--replicates", "valid integer"),
    misuse("study small.yaml --workers 0", "--workers", "greater than or equal to 1"),
    misuse("study nowhere", _NOWHERE),
    misuse("study nowhere.yaml", "nowhere.yaml: there is no such study file; check the path"),
    misuse("study ''", "no study is named ''"),
    misuse("study", "Missing argument 'study'"),
    misuse("study other", "OUTCROSS_STUDIES names 'absent', which does not exist", OUTCROSS_STUDIES="absent"),
]
STUDIES = [
    ok("studies", "breast_cancer", "small"),
    ok("studies --json", '"study": "small"', '"broken": []', keys="studies broken"),
    ok("studies --json", '"error": "OUTCROSS_STUDIES names', keys="studies broken", OUTCROSS_STUDIES="absent"),
    ok("studies", "Broken: OUTCROSS_STUDIES names 'absent'", OUTCROSS_STUDIES="absent"),
    ok("studies --json", '"broken": []', keys="studies broken", OUTCROSS_STUDIES=""),
    misuse("studies small", "unexpected extra argument"),
]
VERDICT = [
    ok("verdict small", "substitution", "loss", "•"),
    ok(
        "verdict small.yaml --json",
        '"safe_share"',
        '"decided"',
        keys="study verdicts comparisons renewed_anchors withdrawn_rows",
    ),
    ok("verdict small --fail-unless-decided --min-share 0", "•"),
    problem("verdict small --min-share 1", "Not met: ladder 'substitution', endpoint 'loss': "),
    misuse("verdict small --min-share 1.5", "--min-share", "less than or equal to 1"),
    problem(
        "verdict digits",
        "digits/verdict is not in the store",
        "or run the study, by name or by file: outcross study digits",
    ),
    problem("verdict digits --json", "digits/verdict is not in the store"),
    misuse("verdict nowhere", _NOWHERE),
    misuse("verdict", "Missing argument 'study'"),
]
COMPARE = [
    problem("compare small digits", "digits/verdict is not in the store"),
    misuse("compare small", "small: name two studies or more, each once"),
    misuse("compare small small.yaml", "small, small: name two studies or more, each once"),
    misuse("compare small nowhere", _NOWHERE),
]
DELETE = [
    ok("delete small --yes", "of study 'small' in ", "small.yaml stays.", changes=True),
    misuse("delete small", "this would remove ", "; confirm with --yes"),
    misuse("delete digits --yes", "study 'digits' has nothing in the store at "),
    misuse("delete nowhere --yes", _NOWHERE),
]
REPORT = [
    ok("report small", "small/report/report.html"),
    ok("report small -o out.html", "out.html", changes=True),
    ok("report small --output out.html", "out.html", changes=True),
    misuse("report small --pdf --docs", "--docs and --pdf are two things to write; give one of them"),
    misuse("report digits --docs", "nothing of study 'digits' has been checked yet; run it first, by "),
    misuse("report small --pdf -o nowhere/out.pdf", "nowhere/out.pdf cannot be written (No such file or directory)"),
    problem("report digits", "digits/report is not in the store"),
    problem("report digits -o out.html", "digits/report is not in the store"),
    misuse("report small -o nowhere/out.html", "nowhere/out.html cannot be written (No such file or directory)"),
    misuse("report small -o .", ". cannot be written (Is a directory); choose another file"),
    misuse("report nowhere", _NOWHERE),
]
SQL = [
    ok("sql 'select 1 as one'", "one"),
    ok("sql 'select null as a, 2 as b' --json", '"columns": ["a", "b"], "rows": [[null, 2]]', keys="columns rows"),
    ok("sql 'select 1 as one where false' --json", '"columns": ["one"], "rows": []', keys="columns rows"),
    misuse("sql ''", "'' is not a query; write a statement that only reads"),
    misuse("sql ';'", "is not a query"),
    misuse("sql 'delete from verdicts'", "delete"),
    misuse("sql 'drop view evaluations'", "drop"),
    misuse("sql 'explain analyze select 1'", "EXPLAIN ANALYZE runs what it explains; write 'explain select …'"),
    ok("sql 'explain select 1' --timeout 5", "Projection"),
    misuse(
        "sql 'select max(a.range + b.range) from range(400000) a, range(900000) b' --timeout 0.1", "raise --timeout"
    ),
    misuse("sql 'select 1' --timeout 0", "greater than or equal to 0.1"),
    ok("sql 'explain (format json) select 1'", "explain_value"),
    ok("sql 'with a as (select 1 as one) select * from a;'", "one"),
    misuse("sql 'select 1; drop view evaluations'", "is not one statement that only reads; write a single 'select …'"),
    misuse("sql \"select 1; copy (select 1) to 'home/data/a.parquet'\"", "is not one statement that only reads"),
    misuse("sql \"explain analyze copy (select 1) to 'home/data/a.parquet'\"", "is not one statement that only reads"),
    misuse("sql \"explain/**/analyze copy (select 1) to 'home/data/a.parquet'\"", "EXPLAIN ANALYZE"),
    misuse("sql \"with a as (copy (select 1) to 'home/data/a.parquet') select 1\"", "it has COPY"),
    misuse("sql 'with a as (select 1) insert into verdicts select * from a'", "is not a query"),
    misuse("sql \"select * from 'small.yaml'\"", "small.yaml"),
    misuse("sql 'select nonsense from nowhere'", "nowhere"),
    misuse("sql", "Missing argument 'query'"),
]
EXPORT = [
    ok("export small --format card --generation 0", "# small: generation 0 of shared"),
    ok("export small --format card --generation 0 --lineage shared", "# small: generation 0 of shared"),
    ok("export small --format card --generation 2 --lineage replace", "# small: generation 2 of replace"),
    ok("export small --format openlineage --generation 1 --lineage fixed-0.5", '"eventType": "COMPLETE"'),
    problem("export digits --format card --generation 0", "is not in the store"),
    misuse("export small --format card --generation 3 --lineage replace", "has generations 0 to 2; choose one of them"),
    misuse("export small --format card --generation -1", "--generation", "greater than or equal to 0"),
    misuse("export small --format card --generation 1", f"needs a lineage; {_LINEAGES}"),
    misuse("export small --format card --generation 1 --lineage shared", f"has no lineage 'shared'; {_LINEAGES}"),
    misuse("export small --format card --generation 1 --lineage ''", f"has no lineage ''; {_LINEAGES}"),
    misuse("export small --format card --generation 0 --lineage other", f"has no lineage 'other'; {_LINEAGES}"),
    misuse("export nowhere --format card --generation 0", _NOWHERE),
]
_TAKEN = "study ladder share chosen arm generation replicate to sha256 format files notes"
TAKE = [
    ok("take small --share 0.5 --to mix", "real.parquet: ", "mix sha256 ", changes=True),
    ok("take small.yaml --share 0.5 --ladder substitution --replicate 1 --to a.parquet --columns --json",
       '"replicate": 1', '"origin": "mixed"', keys=_TAKEN, changes=True),
    misuse("take small --share safe --endpoint loss --to mix", "the safe share for loss is at least 0."),
    misuse("take small --share 0.5 --endpoint loss --to mix", "--endpoint says whose share is best or safe"),
    misuse("take small --share 0.3 --to mix", "ran no share 0.3 in ladder 'substitution'; choose --share 0"),
    misuse("take small --share best --to mix", "did not ask whether synthetic rows help 'loss'"),
    misuse("take small --share most --to mix", "--share 'most' is no share; give best, safe, or a number"),
    misuse("take small --share 0.5 --ladder other --to mix", "has no ladder 'other'; give --ladder substitution"),
    misuse("take small --share safe --endpoint recall --to mix", "has no verdict on 'recall'", "give --endpoint loss"),
    misuse("take small --share 0.5 --replicate 99 --to mix", "choose one of them"),
    misuse("take small --share 0.5 --replicate -1 --to mix", "--replicate", "greater than or equal to 0"),
    misuse("take small --share 0.5 --to .", ". is there already; name another folder or file"),
    misuse("take small --share 0.5 --to mix.csv", "these rows came as parquet; name a file that ends in .parquet"),
    misuse("take small --share 0.5 --version 1 --to mix", "--version is for a corpus and --share for a study"),
    misuse("take small --to mix", "'small' is a study; give --share best"),
    misuse("take small --share 0.5", "Missing option '--to'"),
    misuse("take digits --share safe --ladder substitution --to mix", "no verdict", "run the study, by name"),
    misuse("take nowhere --share safe --to mix", _NOWHERE),
]  # fmt: skip
ROWS = [*STUDY, *STUDIES, *VERDICT, *COMPARE, *DELETE, *REPORT, *SQL, *EXPORT, *TAKE]


@pytest.fixture(scope="module")
def finished(done: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study of which a row may rewrite the views."""
    return done.copy_to(tmp_path_factory.mktemp("finished") / "small").folder


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_command_about_a_study_ends_as_its_row_says(finished: Path, tmp_path: Path, row: Row) -> None:
    check(row, finished, copy=tmp_path / "copy")
