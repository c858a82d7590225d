"""Tables of the commands about a corpus: exit code, refusal, what is printed, and whether anything changes."""

import shutil
from pathlib import Path

import pytest

from tests.jobs.cli.corpus_place import ids_of
from tests.jobs.cli.row import Row, check, misuse, ok, problem

_NOWHERE = "no corpus is named 'nowhere'; known corpora: college, people. Give one of these"
_REAL = "--origin real --licence CC0-1.0 --consent survey"
_MADE = "--origin synthetic --generator copula --licence CC0-1.0"
_PEOPLE = "--corpus people.yaml"
_PLAN = "corpus version bound bound_from real_rows leave_out lacking how before after applied"  # of a trim
_DECISION = (
    "corpus number action batch reason by at rows_in rows_admitted rows_quarantined rows declared_share"  # of a version
)
_AUDITED = (
    "corpus version versions head kept signed batches rows_in rows_admitted rows_quarantined rows_released "
    "rows_rejected rows_withdrawn rows_erased rows_rederived to_take_over "
    "unnamed_files unnamed limits problems proven taken_over signature"
)
_VERSION = (
    "corpus number parent at by action reason batch rows_in rows_admitted rows_quarantined parts left_out decided "
    "counts declared_share estimated bound bound_from guards held expected parent_sha256 files accumulated recent "
    "evidence withdrawals erased declarations anchor accepted"
)

INGEST = [
    ok(
        f"ingest new.parquet {_PEOPLE} {_REAL} --json",
        '"status": "admitted"',
        keys="corpus files columns",
        changes=True,
    ),
    ok(f"ingest new.parquet clean.parquet {_PEOPLE} {_REAL}", "admitted", "known", changes=True),
    ok(
        f"ingest clean.parquet {_PEOPLE} {_REAL} --json",
        '"status": "known"',
        '"version": 2',
        keys="corpus files columns",
    ),
    problem(f"ingest doubled.parquet {_PEOPLE} {_REAL} --json", '"status": "partly admitted"', changes=True),
    problem(f"ingest new.parquet {_PEOPLE} --origin real --licence ours", "held", changes=True),
    problem(f"ingest many.parquet {_PEOPLE} {_MADE}", "held", "synthetic_share: ", "at most 30.0%", changes=True),
    problem(f"ingest many.parquet {_PEOPLE} --origin mixed --licence CC0-1.0", "synthetic_share: ", changes=True),
    problem(f"ingest many.parquet {_PEOPLE} --origin unknown --licence CC0-1.0", "synthetic_share: ", changes=True),
    problem(f"ingest torn.parquet {_PEOPLE} {_REAL}", "refused", "torn.parquet", changes=True),
    problem(f"ingest absent.parquet {_PEOPLE} --json", '"status": "refused"', '"batch": ""', changes=True),
    problem(f"ingest new.parquet torn.parquet {_PEOPLE} {_REAL}", "admitted", "refused", changes=True),
    problem(f"ingest '' {_PEOPLE} {_REAL}", "file '' does not exist", changes=True),
    misuse(f"ingest new.parquet {_PEOPLE} --origin fake", "provenance 'on the command line': origin", "'real'"),
    misuse(f"ingest new.parquet {_PEOPLE} --origin ''", "provenance 'on the command line': origin"),
    misuse(f"ingest new.parquet {_PEOPLE} --generator {'g' * 201}", "generator: String should have at most 200"),
    misuse("ingest new.parquet --corpus nowhere", _NOWHERE),
    misuse("ingest new.parquet", "Missing option '--corpus'"),
    misuse(f"ingest {_PEOPLE}", "Missing argument 'files'"),
]
_READ_AS = "of columns notes block"
COLUMNS = [
    ok("columns people.yaml", "wage", "Float64", "stated in 'columns'", "columns:", "y: label"),
    ok("columns people --json", '"name": "wage"', '"block": "columns:', keys=_READ_AS),
    ok("columns college", "as the source states", "sex: group"),
    ok("columns part.parquet --json", '"setting": "categorical"', keys=_READ_AS),
    misuse("columns nowhere", "'nowhere' is no data file, and no study or corpus is known by that name"),
    misuse("columns absent.csv", "file 'absent.csv' does not exist"),
    misuse("columns absent.yaml", "absent.yaml: there is no such study file; check the path"),
    misuse("columns torn.parquet", "cannot be read as Parquet"),
    misuse("columns", "Missing argument 'thing'"),
]
CORPUS = [
    ok("corpus people.yaml", "people, version 6: ", "left out to reach 10.0%"),
    ok("corpus people.yaml --version 1", "people, version 1: 323 rows, 0.0% declared synthetic, at most 30.0%"),
    ok("corpus people.yaml --version 4 --json", '"number": 4', '"rows_admitted": 60', keys=_VERSION),
    ok("corpus people.yaml --last 2", "4 earlier versions: outcross corpus people --last 0"),
    ok("corpus people.yaml --report -o people.html", "people.html", changes=True),
    ok("corpus people.yaml --report --last 2", "reports/people.html", changes=True),
    ok("corpus people.yaml --docs --output docs", "docs/index.html", changes=True),
    misuse("corpus people.yaml --renew-anchor --last 1 --alone --dry-run", "10 rows, and a renewal needs 50"),
    misuse("corpus people.yaml --renew-anchor --batch {made} --dry-run", "40 of its 40 rows are declared synthetic"),
    misuse("corpus people.yaml --renew-anchor --batch x --last 1 --dry-run", "give one of them"),
    misuse("corpus people.yaml --renew-anchor", "a renewal needs a reason", "give --reason, or --dry-run"),
    misuse("corpus people.yaml --renew-anchor --last 0 --dry-run", "--last 0 chooses no batch"),
    misuse("corpus people.yaml --renew-anchor --report", "give it without --report"),
    misuse("corpus people.yaml --dry-run", "are of a renewal; add --renew-anchor"),
    misuse("corpus people.yaml --report --docs", "--report, --docs, and --version or --json are for different ends"),
    misuse("corpus people.yaml --report --json", "give one of them"),
    misuse("corpus people.yaml --report --recheck", "give one of them"),
    misuse("corpus people.yaml --recheck", "corpus 'people' names no protected set; add 'protected: {benchmark:"),
    misuse("corpus people.yaml -o people.html", "-o is for a page or for rows; give --report, --docs or"),
    misuse("corpus people.yaml --report -o new.parquet/people.html", "new.parquet/people.html cannot be written"),
    misuse("corpus people.yaml --last -1", "--last", "greater than or equal to 0"),
    problem("corpus people.yaml --version 7", "corpus 'people' has no version 7; the last are 2, 3, 4, 5, 6"),
    misuse("corpus people.yaml --version 0", "--version", "greater than or equal to 1"),
    misuse("corpus people.yaml --version -1", "--version", "greater than or equal to 1"),
    misuse("corpus people.yaml --version last", "--version", "valid integer"),
    misuse("corpus nowhere", _NOWHERE),
    misuse("corpus ''", "no corpus is named ''"),
    misuse("corpus absent.yaml", "absent.yaml: there is no such corpus file; check the path"),
    misuse("corpus", "Missing argument 'corpus'"),
]
ESTIMATE = [
    ok(
        f"estimate new.parquet {_PEOPLE} --json",
        keys="marks corpus file rows rows_unread share lower upper decided reason auc declared looked_at certain known "
        "merged unused cause not_looked_into",
    ),
    ok(f"estimate stated.parquet {_PEOPLE}", "100.0% of the rows can be told", "declared synthetic │ 5"),
    misuse(f"estimate torn.parquet {_PEOPLE}", "torn.parquet"),
    misuse(f"estimate absent.parquet {_PEOPLE}", "absent.parquet' does not exist or is not a regular file"),
    misuse(f"estimate '' {_PEOPLE}", "does not exist or is not a regular file; check the path"),
    misuse(f"estimate home {_PEOPLE}", "'home' does not exist or is not a regular file; check the path"),
    misuse("estimate new.parquet --corpus nowhere", _NOWHERE),
    misuse("estimate new.parquet", "Missing option '--corpus'"),
]
LIST = [
    ok("quarantine list people.yaml", "duplicates 4", "synthetic_share 300", "bad.parquet"),
    ok("quarantine list people.yaml --json", '"reasons": {"duplicates": 4}', keys="corpus waiting refused"),
    misuse("quarantine list nowhere", _NOWHERE),
]
SHOW = [
    ok("quarantine show people.yaml {part}", "the batch has this row already"),
    ok("quarantine show people.yaml {part} --limit 1 --json", '"position": 10', keys="corpus batch rows"),
    ok("quarantine show people.yaml {clean} --json", '"rows": []', keys="corpus batch rows"),
    ok("quarantine show people.yaml {over} --likeliest --limit 2", "1.000", "│ 0.9 to 1", "--below 0.1"),
    ok(
        "quarantine show people.yaml {over} --likeliest --limit 1 --json",
        '"synthetic_probability": 1.0',
        keys="corpus batch probabilities rows",
    ),
    misuse("quarantine show people.yaml {part} --likeliest", "reasons of their own", "choose rows with --row"),
    misuse("quarantine show people.yaml {part} --limit 0", "--limit", "greater than or equal to 1"),
    misuse("quarantine show people.yaml {bad}", "corpus 'people' has no batch"),
    misuse("quarantine show people.yaml ''", "corpus 'people' has no batch ''; run 'outcross quarantine list people'"),
]
RELEASE = [
    ok("quarantine release people.yaml {part} --reason alike", "4 rows of batch {part} released", changes=True),
    ok(
        "quarantine release people.yaml {part} --reason x --row 11 --row 10 --row 11 --json",
        '"action": "release"',
        '"rows_admitted": 2',
        keys=_DECISION,
        changes=True,
    ),
    ok("quarantine release people.yaml {part} --reason x --guard duplicates", "4 rows", changes=True),
    ok("quarantine release people.yaml {part} --reason x --row 10 --guard duplicates", "4 rows", changes=True),
    ok(
        "quarantine release people.yaml {over} --reason 'for once' --past-bound --json",
        '"reason": "for once (past the bound of 30.0%)"',
        '"rows_admitted": 300',
        changes=True,
    ),
    ok("quarantine release people.yaml {over} --reason few --row 0 --json", '"reason": "few"', changes=True),
    misuse(
        "quarantine release people.yaml {over} --reason 'for once'",
        "with 300 rows of it, ",
        "at most 30.0% is allowed (stated in the corpus file)",
        "release fewer, add real rows first, or pass --past-bound",
    ),
    misuse("quarantine release people.yaml {over} --reason x --guard synthetic_share", "or pass --past-bound"),
    misuse("quarantine release people.yaml {part} --reason x --row 3", "not in quarantine", "row 3"),
    misuse("quarantine release people.yaml {part} --reason x --row -1", "--row", "greater than or equal to 0"),
    misuse("quarantine release people.yaml {part} --reason x --guard licence", "choose from the guards", "duplicates"),
    misuse("quarantine release people.yaml {part} --reason x --guard ''", "only '' rejects", "duplicates"),
    misuse("quarantine release people.yaml {part} --reason ''", "a decision needs a reason"),
    misuse("quarantine release people.yaml {part} --reason '  '", "a decision needs a reason"),
    misuse("quarantine release people.yaml {over} --reason x --below 0.1", "below 0.1; the smallest is 1; name rows"),
    misuse("quarantine release people.yaml {over} --reason x --below 0", "0 is no probability to be below"),
    misuse("quarantine release people.yaml {over} --reason x --below 0.1 --row 1", "leave out rows and guards"),
    misuse("quarantine release people.yaml {over} --reason x --dry-run", "--dry-run is for --below"),
    misuse("quarantine release people.yaml {part}", "Missing option '--reason'"),
    misuse("quarantine release people.yaml {clean} --reason x", "has no rows in quarantine"),
]
REJECT = [
    ok("quarantine reject people.yaml {part} --reason twice", "4 rows of batch {part} rejected", changes=True),
    ok(
        "quarantine reject people.yaml {over} --reason x --row 0 --row 299 --json",
        '"action": "reject"',
        '"rows_quarantined": 2',
        keys=_DECISION,
        changes=True,
    ),
    ok("quarantine reject people.yaml {over} --reason x --guard synthetic_share", "300 rows", changes=True),
    misuse("quarantine reject people.yaml {over} --reason x --row 300", "not in quarantine", "row 300"),
    misuse("quarantine reject people.yaml {over} --reason x --guard duplicates", "synthetic_share"),
    misuse("quarantine reject people.yaml {over} --reason ' '", "a decision needs a reason"),
    misuse("quarantine reject people.yaml {over}", "Missing option '--reason'"),
    misuse("quarantine reject people.yaml '\x1b[2J' --reason x", "corpus 'people' has no batch"),
]
AUDIT = [
    ok("audit people.yaml", "people, version 6: 404 rows in 4 batches = ", "Verified: 6 versions"),
    ok(
        "audit people.yaml --json",
        '"proven": true',
        keys=_AUDITED,
    ),
    ok("audit people.yaml", "Head: version 6, sha256 ", "This audit does not show:", "deletion: without a head"),
    ok(
        "audit people.yaml --head audited.json --rederive",
        "that of version 6; 0 versions",
        "Derived again",
        "stored rows",
    ),
    ok("audit people.yaml --sign key.pem", "Signed: ", "heads/00000006.json", changes=True),
    problem("audit people.yaml --verify public.pem", "no head of corpus 'people' is signed by this key"),
    problem(f"audit people.yaml --head {'0' * 64}", "the head 000000000000… that was kept outside is no version"),
    misuse("audit people.yaml --head people.yaml", "people.yaml has no head of 64 hexadecimal digits"),
    misuse("audit people.yaml --head nowhere", "'nowhere' is neither 64 hexadecimal digits nor a file"),
    misuse("audit people.yaml --sign absent.pem", "absent.pem: the key cannot be read"),
    misuse("audit people.yaml --verify people.yaml", "no public key", "openssl pkey"),
    misuse("audit nowhere", _NOWHERE),
]
DAMAGED = [
    problem("audit people.yaml", "3 problems:", "is missing; restore it from a copy"),
    problem("audit people.yaml --sign key.pem", "3 problems:"),
    problem("audit people.yaml --json", '"proven": false', "is missing; restore it from a copy"),
]
TRIM = [
    ok("trim people.yaml", "people is within the share of 30.0%: nothing to leave out."),
    ok("trim people.yaml --share 0.3 --reason ''", "nothing to leave out"),
    ok("trim people.yaml --share 0.05 --dry-run", "Nothing was changed. Without --dry-run, ", "rows are left out"),
    ok("trim people.yaml --share 0 --dry-run --json", '"real_rows": null', '"applied": null', keys=_PLAN),
    ok("trim people.yaml --share 0 --json", '"not_real": 0', '"applied": 7', keys=_PLAN, changes=True),
    ok("trim people.yaml --share 0.05 --reason 'of March'", "people, version 7: ", changes=True),
    misuse("trim people.yaml --share 0.05 --reason ' '", "a trim needs a reason"),
    misuse("trim people.yaml --share 0.31", "between 0 and the bound of 0.3 (stated in the corpus file)"),
    misuse("trim people.yaml --share -0.01", "between 0 and the bound"),
    misuse("trim people.yaml --share nan --dry-run", "between 0 and the bound"),
    misuse("trim people.yaml --share much", "--share"),
    misuse("trim nowhere", _NOWHERE),
]
ACCEPT = [
    ok(
        "accept-change people.yaml --level work=mine --reason 'a mine opened'",
        "people, version 7: level work=mine counts as normal from now on.",
        changes=True,
    ),
    ok(
        "accept-change people.yaml --range age=0..150 --reason 'all ages' --json",
        '"low": 0.0',
        keys="corpus version accepted",
        changes=True,
    ),
    ok("accept-change people.yaml --unit wage=100 --reason cents", "unit wage=100", changes=True),
    ok("accept-change people.yaml --absent sex --reason 'not asked'", "absent sex", changes=True),
    misuse("accept-change people.yaml --level work=shop --reason x", "the anchor has this level already"),
    misuse("accept-change people.yaml --level work --reason x", "is not of the form COLUMN=VALUE"),
    misuse("accept-change people.yaml --unit wages=100 --reason x", "has no column 'wages'", "'wage'"),
    misuse("accept-change people.yaml --range wage=low..3 --reason x", "'low' is no number"),
    misuse("accept-change people.yaml --absent y --reason x", "role 'label'"),
    misuse("accept-change people.yaml --absent sex --level work=mine --reason x", "accept one change"),
    misuse("accept-change people.yaml --reason x", "give one of --level, --range, --unit and --absent"),
    misuse("accept-change people.yaml --level work=mine", "needs a reason", "give --reason"),
    misuse("accept-change nowhere --level a=b --reason x", _NOWHERE),
]
_WITHDRAWN = (
    "corpus version what rows quarantined left_out decided withdrawn copies of_anchor anchored in_anchors unknown "
    "batches lost_originals erase descendants applied"
)
WITHDRAW = [
    ok(
        "withdraw people.yaml --batch {part} --dry-run",
        "batch {part}: 10 of the corpus, 4 in quarantine",
        "people:3",
        "Nothing was changed",
    ),
    ok(
        "withdraw people.yaml --generator copula --reason ended --json",
        '"rows": 40',
        '"applied": 7',
        keys=_WITHDRAWN,
        changes=True,
    ),
    ok("withdraw people.yaml --rows clean.parquet --erase --reason asked", "erased", "--decided 7", changes=True),
    ok("withdraw people.yaml --licence CC0-1.0 --dry-run", "rows 0, 1, 2, 3, 4 and 318 more of the anchor"),
    ok("withdraw people.yaml --consent survey --dry-run --json", '"applied": null', keys=_WITHDRAWN),
    misuse("withdraw people.yaml --batch {part}", "state the --reason"),
    misuse("withdraw people.yaml --batch {part} --reason ' '", "a withdrawal needs a reason"),
    misuse("withdraw people.yaml --batch {part} --generator copula --dry-run", "batch and generator was given"),
    misuse("withdraw people.yaml --dry-run", "name the rows in one way, by batch, generator, licence, consent or rows"),
    misuse("withdraw people.yaml --batch anchor --dry-run", "the anchor cannot be taken out of its corpus"),
    misuse("withdraw people.yaml --batch {bad} --dry-run", "corpus 'people' has no batch"),
    misuse("withdraw people.yaml --rows torn.parquet --dry-run", "torn.parquet"),
    misuse("withdraw people.yaml --decided 4 --reason x", "version 4 withdrew nothing"),
    misuse("withdraw people.yaml --decided 4 --erase --reason x", "give it with --reason alone"),
    misuse("withdraw nowhere --dry-run", _NOWHERE),
]
DESCENDANTS = [
    ok("descendants people.yaml --batch {clean}", "people:2", "people:6"),
    ok("descendants people.yaml --generator copula --json", '"people:4"', keys="corpus descendants"),
    ok("descendants people.yaml --licence CC0-1.0", "people:2"),
    ok("descendants people.yaml --consent survey", "people:3"),
    ok("descendants people.yaml --rows clean.parquet", "people:2"),
    misuse("descendants people.yaml --withdrawal 4", "version 4 withdrew nothing; no version did; name"),
    misuse("descendants people.yaml --withdrawal 4 --batch {clean}", "--withdrawal names the rows by itself"),
    misuse("descendants people.yaml --generator kopula", "no row of generator 'kopula'; its rows have 'copula'"),
    misuse("descendants people.yaml --rows absent.parquet", "file 'absent.parquet' does not exist"),
    misuse("descendants nowhere --batch x", _NOWHERE),
]
_ANEW = "corpus batch reason counts declared_share estimated recent bound bound_from within_bound applied"
DECLARE = [
    ok(
        "declare people.yaml --batch {clean} --origin synthetic --generator copula --generator-version 2 --parent x "
        "--depth 2 --consent terms --licence CC0-1.0 --reason told --json",
        '"depth": 2',
        '"applied": 7',
        keys=_ANEW,
        changes=True,
    ),
    ok("declare people.yaml --batch {clean} --origin unknown --reason told --dry-run", "Nothing was changed."),
    misuse("declare people.yaml --batch {clean} --reason told", "nothing is declared; state --origin"),
    misuse("declare people.yaml --batch {clean} --origin real --depth 1 --reason x", "real rows have 0"),
    misuse("declare people.yaml --batch {clean} --origin fake --reason x", "origin"),
    misuse("declare people.yaml --batch {clean} --licence ours --reason x", "is none of 'licences'"),
    misuse("declare people.yaml --batch {bad} --origin real --reason x", "has no batch"),
    misuse("declare people.yaml --batch {clean} --origin real --reason ' '", "a declaration needs a reason"),
    misuse("declare people.yaml --origin real --reason x", "Missing option '--batch'"),
    misuse("declare nowhere --batch x --origin real --reason x", _NOWHERE),
]
GUARDS = [
    ok("guards", "synthetic_share", "duplicates"),
    ok("guards --json", '"corpus": null', keys="corpus guards"),
    ok("guards people.yaml --json", '"corpus": "people"', keys="corpus guards"),
    misuse("guards nowhere", _NOWHERE),
    misuse("guards ''", "no corpus is named ''"),
]
EXPORT = [
    ok(
        "export people.yaml --format card",
        "| Version | 6 |",
        "20 rows lie in the files and are not part of this version",
    ),
    ok("export people.yaml --format card --version 2", "| Version | 2 |"),
    ok("export people.yaml --format statement", "# Statement of corpus people, version 6", "not recorded"),
    ok("take people.yaml --to rows", "real.parquet: ", "synthetic.parquet: ", "made by copula", changes=True),
    ok(
        "take people.yaml --version 2 --to a.parquet --json",
        '"version": 2',
        '"format": "parquet"',
        changes=True,
        keys="corpus version to sha256 format files notes",
    ),
    problem("take people.yaml --version 9 --to rows", "has no version 9"),
    misuse("take people.yaml --version 0 --to rows", "--version", "greater than or equal to 1"),
    misuse(
        "take people.yaml --replicate 1 --to rows", "--replicate belongs to a study's --share; give both, or leave it"
    ),
    misuse("take people.yaml --to anchor.parquet", "anchor.parquet is there already"),
    misuse("take nowhere --to rows", _NOWHERE),
    ok("export people.yaml --format croissant --version 4", '"version": "4'),
    ok("export people.yaml --format openlineage --version 3 -o lineage.json", "lineage.json", changes=True),
    ok("export people.yaml --format card --output .", "README.md", changes=True),
    ok("export people.yaml --format expectations", '"name": "people_profile"', "expect_column_values_to_be_in_set"),
    problem("export people.yaml --format card --version 7", "has no version 7"),
    misuse("export people.yaml --format card --version 0", "--version", "greater than or equal to 1"),
    misuse(
        "export people.yaml --format pdf",
        "no format is named 'pdf'; choose one of croissant, openlineage, card, expectations",
    ),
    misuse("export people.yaml --format ''", "no format is named ''"),
    misuse("export people.yaml", "Missing option '--format'"),
    misuse("export people.yaml --format card --lineage a", "--lineage belongs to a study's --generation"),
    misuse("export people.yaml --format card --version 1 --generation 0", "give one of them"),
    misuse("export people.yaml --format card -o nowhere/card.md", "nowhere/card.md cannot be written"),
    misuse("export nowhere --format card", _NOWHERE),
]
ROWS = [
    *COLUMNS,
    *INGEST,
    *CORPUS,
    *ESTIMATE,
    *LIST,
    *SHOW,
    *RELEASE,
    *REJECT,
    *AUDIT,
    *DAMAGED,
    *TRIM,
    *ACCEPT,
    *WITHDRAW,
    *DESCENDANTS,
    *DECLARE,
    *GUARDS,
    *EXPORT,
]


@pytest.mark.parametrize("row", [row for row in ROWS if row not in DAMAGED], ids=str)
def test_a_command_about_a_corpus_ends_as_its_row_says(people_place: Path, tmp_path: Path, row: Row) -> None:
    check(row, people_place, ids_of(people_place), copy=tmp_path / "copy")


@pytest.mark.parametrize("row", DAMAGED, ids=str)
def test_an_audit_of_a_corpus_that_lost_a_part_ends_as_its_row_says(
    people_place: Path, tmp_path: Path, row: Row
) -> None:
    folder = shutil.copytree(people_place, tmp_path / "copy")
    (part,) = folder.glob(f"home/data/corpora/people/batches/{ids_of(folder)['clean']}/admitted-*.parquet")
    part.unlink()
    check(row, folder)
