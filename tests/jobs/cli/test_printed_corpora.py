"""What the commands about files, corpora and verdicts print, from values: every column, every number, every word."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.audit.audit import Audit
from outcross.assets.corpus.intake.estimate_file import NO_KNOWN, FileShare
from outcross.assets.corpus.intake.outcome import Outcome
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.records import Count, Estimate, PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.quarantine.quarantine import QuarantinedBatch, RefusedFile
from outcross.assets.corpus.share_bound import Bound
from outcross.assets.corpus.undeclared.batch_share import BatchShare, UndeclaredRows
from outcross.assets.corpus.undeclared.estimate import SyntheticShare
from outcross.jobs.cli import audit, columns, corpus, estimate, guards, ingest, quarantine, tables, trim
from outcross.jobs.cli.told_columns import print_told
from outcross.resources.sources.column_record import ColumnRecord
from tests.jobs.cli.lines import Show, shown_by

AT = "2026-01-02T03:04:05+00:00"
DATE = AT[:10]


@pytest.fixture
def show(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Show:
    monkeypatch.setenv("COLUMNS", "300")
    return shown_by(capsys)


def undeclared(rows: int, **changes: Any) -> UndeclaredRows:
    about = {"share": 0.25, "lower": 0.125, "upper": 0.5, "auc": 0.754, "decided": True, "reason": "they differ"}
    certain = {"declared": 0, "equal": 1003, "near copy": 2}
    found = SyntheticShare(
        **{**about, "rows": rows, "rows_estimated": rows, "certain": certain, "generators": {}, **changes}
    )
    return UndeclaredRows(rows=rows, found=found, lower=found.lower, upper=found.upper)


BATCH = BatchShare(rows=4000, declared=1000, real=undeclared(3000), known={"study made": 2000, "copula": 7})


def test_an_estimate_is_printed_with_its_interval_and_what_is_certain(show: Show) -> None:
    assert show(estimate._print, "a.csv", FileShare(rows=5200, found=BATCH)) == [
        "a.csv: 43.8% of the rows can be told to be synthetic (95 % interval: 34.4% to 62.5%)",
        "they differ",
        "rows | number | ",
        "in the file | 5,200 | ",
        "that do not fit the corpus's columns | 1,200 | ",
        "declared synthetic | 1,000 | certain",
        "equal to a known synthetic row | 1,003 | certain; 3,000 rows were compared",
        "nearly equal to a known synthetic row | 2 | certain; 3,000 rows were compared",
        "compared with study made (2,000 rows), copula (7 rows): the classifier's AUC is 0.75",
    ]


def test_an_estimate_that_cannot_tell_says_why_and_what_it_did_not_look_into(show: Show) -> None:
    unknown = undeclared(4, decided=False, lower=0.0, upper=1.0, auc=None, reason="too few")
    batch = BatchShare(rows=4, declared=0, others=unknown, unused=("gan: it has 3 rows",))
    assert show(estimate._print, "a.csv", FileShare(rows=4, found=batch, cause="the header is missing")) == [
        "a.csv: cannot tell what share is synthetic: anything from 0.0% to 100.0%",
        "too few",
        "the header is missing",
        "rows | number | ",
        "in the file | 4 | ",
        "that do not fit the corpus's columns | 0 | ",
        "declared synthetic | 0 | certain",
        "equal to a known synthetic row | 1,003 | certain; 4 rows were compared",
        f"• not looked into: near copies of known synthetic rows: {NO_KNOWN}",
        "• not compared with: gan: it has 3 rows",
    ]


def test_of_rows_that_are_all_declared_nothing_was_left_to_look_into(show: Show) -> None:
    (answer, reason, *lines) = show(estimate._print, "a.csv", FileShare(rows=2, found=BatchShare(rows=2, declared=2)))
    assert answer == "a.csv: 100.0% of the rows can be told to be synthetic (95 % interval: 100.0% to 100.0%)"
    assert reason == "every row is declared synthetic"
    assert not any("not looked into" in line for line in lines)


def test_what_became_of_files_is_a_table_and_a_line_for_each_reason(show: Show) -> None:
    whole = Outcome(status="admitted", batch="b1", file="a.csv", version=2, rows_in=1500, rows_admitted=1500)
    held = Outcome(
        status="held",
        batch="b2",
        file="b.csv",
        version=3,
        rows_in=4,
        rows_quarantined=4,
        reasons=("licence: none", "synthetic_share: 1"),
        cause="column 'x' is missing",
        not_looked_into=("near_duplicates: no",),
    )
    refused = Outcome(status="refused", batch="", file="c.csv", reasons=("no table" + "." * 2000,))
    lines = show(ingest._print_outcomes, [whole, held, refused], "people")
    assert lines[:4] == [
        "file | batch | outcome | version | rows | admitted | held",
        "a.csv | b1 | admitted | 2 | 1,500 | 1,500 | 0",
        "b.csv | b2 | held | 3 | 4 | 0 | 4",
        "c.csv |  | refused | – | 0 | 0 | 0",
    ]
    assert lines[4:8] == [
        "• b.csv: licence: none",
        "• b.csv: synthetic_share: 1",
        "• b.csv: column 'x' is missing",
        "• b.csv: not looked into: near_duplicates: no",
    ]
    assert "".join(lines[8:-2]) == "• c.csv: no table" + "." * (1000 - 17 - 1) + "…"
    assert lines[-2:] == [
        "→ b.csv: licence: outcross quarantine show people b2",
        "→ b.csv: synthetic_share: outcross trim people --dry-run",
    ]


VERSION = Version(
    corpus="people",
    number=1,
    parent=None,
    at=AT,
    by="ada",
    action="anchor",
    reason="start",
    batch=None,
    rows_in=4000,
    rows_admitted=3000,
    rows_quarantined=1000,
    parts=(),
    left_out=(),
    counts=(
        Count(origin="real", depth=0, generator=None, licence=None, rows=2000),
        Count(origin="synthetic", depth=None, generator="gan", licence="MIT", rows=1000),
    ),
    declared_share=1 / 3,
    estimated=None,
    bound=None,
    bound_from="",
    guards=(),
)


def test_a_version_is_printed_with_its_rows_by_origin_and_its_history(show: Show) -> None:
    later = replace(VERSION, number=2, action="ingest", rows_in=0, rows_admitted=0, rows_quarantined=0)
    assert show(corpus._print_version, VERSION, [VERSION, later]) == [
        "people, version 1: 3,000 rows, 33.3% declared synthetic, no bound",
        "origin | depth | generator | licence | rows",
        "real | 0 | – | – | 2,000",
        "synthetic | – | gan | MIT | 1,000",
        "no. | what was done | rows | admitted | held | synthetic | guards",
        "1 | anchor: start | 4,000 | 3,000 | 1,000 | 33.3% | –",
        f" | {DATE}, ada |  |  |  |  | ",
        "2 | ingest: start | 0 | 0 | 0 | 33.3% | –",
        f" | {DATE}, ada |  |  |  |  | ",
    ]


def result(guard: str, metric: str, value: float, **changes: Any) -> GuardResult:
    plain = {"group": "", "lower": None, "upper": None, "passed": False, "blocking": False, "why": ""}
    return GuardResult(guard=guard, metric=metric, value=value, **plain | changes)


GUARDS = (
    result("drift", "auc", 0.7, blocking=True),
    result("tails", "tail_mass", 0.1),
    result("copies", "copied", 0.0, passed=True, blocking=True),
    result("range", "rows_held", 1_334),
    result("duplicates", "rows_observed", 3),
    result("range", "cause", 0.0),
    result("estimated_share", "estimate", 0.3),
    result("language", "not_looked_into", 0.0),
)


def test_a_line_of_the_history_names_the_guards_that_held_and_in_brackets_those_that_observe() -> None:
    named = corpus._name_guards(replace(VERSION, guards=GUARDS))
    assert named == "drift, range 1,334, (tails), (duplicates 3)"


def test_the_last_versions_are_printed_and_the_number_of_earlier_ones(show: Show) -> None:
    history = [replace(VERSION, number=number) for number in (1, 2, 3)]
    lines = show(corpus._print_version, history[-1], history, None, last=2)
    assert [line[0] for line in lines if "anchor: start" in line] == ["2", "3"]
    assert lines[-1] == "1 earlier version: outcross corpus people --last 0"
    assert "earlier" not in "".join(show(corpus._print_version, history[-1], history, None, last=3))


def test_rows_that_wait_in_quarantine_are_counted(show: Show) -> None:
    taken = replace(VERSION, action="ingest", rows_quarantined=1_200)
    decided = PartRef(path="p", sha256="s", rows=1_199, batch="b")
    history = [VERSION, taken, replace(taken, rows_quarantined=0, decided=(decided,))]
    waits = "In quarantine, waiting for a decision: 1 row. See: outcross quarantine list people"
    assert show(corpus._print_version, history[-1], history)[-1] == waits
    assert corpus._count_waiting(history[:2]) == 1_200
    assert corpus._count_waiting([]) == 0


def test_a_bound_that_has_changed_since_is_printed_beside_the_one_that_the_version_was_held_to(show: Show) -> None:
    version = replace(VERSION, bound=0.08, bound_from="then")
    (first, *_) = show(corpus._print_version, version, [], Bound(0.05, "now"))
    assert first.endswith("at most 5.0% (now); the version was held to at most 8.0% (then)")
    (first, *_) = show(corpus._print_version, version, [], Bound(0.08, "now"))
    assert first.endswith("at most 8.0% (then)")


@pytest.mark.parametrize(
    ("decided", "opening"),
    [(True, "estimated synthetic share:"), (False, "synthetic share: cannot tell; so far")],
)
def test_a_version_says_its_bound_and_its_estimate(decided: bool, opening: str, show: Show) -> None:
    found = Estimate(share=0.25, lower=0.125, upper=0.5, auc=None, decided=decided, how="by a classifier")
    version = replace(VERSION, bound=0.0, bound_from="the corpus file", estimated=found)
    assert show(corpus._print_version, version, [])[:2] == [
        "people, version 1: 3,000 rows, 33.3% declared synthetic, at most 0.0% (the corpus file)",
        f"{opening} 25.0% (95 % interval: 12.5% to 50.0%); by a classifier",
    ]


QUARANTINED = QuarantinedBatch(
    batch="b1", file="f" * 70, rows=1500, reasons={"licence": 1400, "duplicates": 100}, version=3, at=AT
)
REFUSED = RefusedFile(batch="b2", file="g" * 70, reason="no table", at=AT, bytes=12345)
HELD_LINES = [
    "batch | file | waiting | rejected by",
    f"b1 | {'f' * 59}… | 1,500 | licence 1,400",
    " | version 3 |  | duplicates 100",
    f" | {DATE} |  | ",
    "→ b1: outcross quarantine show people b1",
]
REFUSED_LINES = [
    "refused file | batch | bytes | reason",
    f"{'g' * 59}… | b2 | 12,345 | no table",
    f"{DATE} |  |  | ",
    f"{'g' * 59}… | – | – | no table",
    f"{DATE} |  |  | ",
]
BOTH_REFUSED = [REFUSED, replace(REFUSED, batch="", bytes=None)]


@pytest.mark.parametrize(
    ("held", "files", "lines"),
    [
        ([], [], ["people: no rows in quarantine, no refused files"]),
        ([QUARANTINED], [], HELD_LINES),
        ([], BOTH_REFUSED, REFUSED_LINES),
        ([QUARANTINED], BOTH_REFUSED, [*HELD_LINES, *REFUSED_LINES]),
    ],
)
def test_a_quarantine_lists_batches_and_refused_files_and_says_so_where_it_has_neither(
    held: list[QuarantinedBatch], files: list[RefusedFile], lines: list[str], show: Show
) -> None:
    assert show(quarantine._print_quarantine, "people", held, files) == lines


def test_quarantined_rows_and_decisions_are_printed(show: Show) -> None:
    rows = pl.DataFrame({"position": [7], "raw": ['{"a": 1}'], "reasons": [["one", "two"]]})
    assert show(quarantine._print_rows, rows) == ["row | reasons | as it came", '7 | one; two | {"a": 1}']
    assert show(quarantine._print_version, VERSION, "4 rows released", as_json=False) == [
        "people, version 1: 4 rows released; 3,000 rows, 33.3% synthetic"
    ]


@pytest.mark.parametrize(
    ("rows", "guard", "chosen"),
    [
        (None, None, None),
        ([], [], None),
        ([0], None, [0]),
        ([3, 1], [], [3, 1]),
    ],
)
def test_rows_are_chosen_by_number_and_without_any_choice_all_are(
    rows: list[int] | None, guard: list[str] | None, chosen: list[int] | None
) -> None:
    unasked: Any = None  # no guard is named
    assert quarantine._choose_positions(unasked, "b1", rows, guard) == chosen


AUDIT = Audit(
    corpus="people",
    version=3,
    versions=1234,
    batches=1,
    rows_in=4000,
    rows_admitted=3000,
    rows_quarantined=1000,
    rows_released=2000,
    rows_rejected=1500,
    rows_withdrawn=0,
    rows_erased=0,
    head="ab" * 32,
    kept=None,
    signed=None,
    rows_rederived=None,
    to_take_over=0,
    unnamed_files=0,
    unnamed=(),
    limits=("truth: what was claimed",),
    problems=(),
)
COUNTED = "4,000 rows in {} = 3,000 admitted + 1,000 quarantined (since then 2,000 released, 1,500 rejected)"


def test_an_audit_says_what_it_verified(show: Show) -> None:
    verified = "Verified: 1,234 versions; every stored file that they name has the bytes that they name."
    for batches, counted in ((0, "0 batches"), (1, "1 batch"), (2000, "2,000 batches")):
        assert show(audit._print, replace(AUDIT, batches=batches), taken_over=None, signature=None) == [
            f"people, version 3: {COUNTED.format(counted)}",
            f"Head: version 3, sha256 {AUDIT.head}",
            verified,
            "This audit does not show:",
            "• truth: what was claimed",
        ]


def test_an_audit_says_what_its_options_found_and_names_files_that_nothing_names(show: Show) -> None:
    found = replace(AUDIT, kept=1, signed=2, rows_rederived=4000, unnamed=("a", "b"), unnamed_files=1002)
    assert show(audit._print, found, taken_over=3, signature="heads/3.json")[2:-2] == [
        "Taken over: version 3 names what versions of the earlier layout rest on, as it lies today.",
        "Verified: 1,234 versions; every stored file that they name has the bytes that they name.",
        "The head that was kept is that of version 1; 2 versions were added since.",
        "The newest signed head is that of version 2.",
        "Derived again from the originals: 4,000 stored rows.",
        "Signed: heads/3.json",
        "1,002 files that no version names, and nothing reads:",
        "• a",
        "• b",
        "• and 1,000 more",
    ]


def test_an_audit_names_each_problem_up_to_a_thousand_characters(show: Show) -> None:
    found = replace(AUDIT, head="", problems=("a part is missing", "y" * 1001), limits=())
    lines = show(audit._print, found, taken_over=None, signature=None)
    assert lines[1:-1] == ["2 problems:", "• a part is missing", f"• {'y' * 997}…"]


def test_columns_are_printed_with_their_types_roles_and_reasons(show: Show) -> None:
    wage = ColumnRecord(
        name="wage", called="wage", type="text", role="numeric", nulls=1500, why="digits", remedy="x: y"
    )
    key = ColumnRecord(name="key", called=None, type="Int64", role="ignore", nulls=0, why="an identifier")
    shown = columns._Shown(columns=[wage, key], notes=["2 rows were empty", "z" * 1100])
    lines = show(columns._print, shown)
    assert lines[:4] == [
        "column | type in the file | role | nulls | why",
        "wage | text | numeric | 1,500 | digits; x: y",
        "key | Int64 | ignore | 0 | an identifier",
        "• 2 rows were empty",
    ]
    assert "".join(lines[4:]) == f"• {'z' * 997}…"


@pytest.mark.parametrize(
    ("length", "said"), [(900, 900), (2000, 1000)], ids=["a remedy in full", "a longer line with an ellipsis"]
)
def test_a_column_that_users_hear_of_is_a_line_of_standard_error(
    length: int, said: int, capsys: pytest.CaptureFixture[str]
) -> None:
    left = ColumnRecord(name="k", called=None, type="text", role="ignore", nulls=0, why="", told=True)
    opening = len(left.line)
    print_told([replace(left, why="w" * (length - opening)), replace(left, told=False)])
    captured = capsys.readouterr()
    (line,) = captured.err.splitlines()
    assert (len(line), line.endswith("…"), captured.out) == (said, length > said, "")


@pytest.mark.parametrize(
    ("thing", "is_settings"),
    [
        ("census.yaml", True),
        ("https://example.org/census.yml", True),
        ("college", True),
        ("people.csv", False),
        ("https://example.org/table", False),
        ("part*", False),
        ("here", False),
    ],
)
def test_a_name_without_a_suffix_is_one_of_settings_unless_a_file_or_a_url_has_it(
    thing: str, is_settings: bool, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").touch()
    assert columns._names_settings(thing) is is_settings


def test_guards_are_printed_with_their_bounds_and_open_sides(show: Show) -> None:
    about = {"level": "row", "mode": "enforce", "reason": "why", "remedy": "how"}
    lines = show(
        guards._print,
        [
            {"guard": "one", "lower": 0.0, "upper": None, **about},
            {"guard": "two", "lower": None, "upper": 0.25, **about, "mode": "observe"},
        ],
    )
    assert lines == [
        "guard | stops | at least | at most | mode | reason and remedy",
        "one | row | 0 | – | enforce | why.",
        " |  |  |  |  | how",
        "two | row | – | 0.25 | observe | why.",
        " |  |  |  |  | how",
    ]


def test_verdicts_are_a_table_and_a_sentence_each(show: Show) -> None:
    decided = {
        "ladder": "substitution",
        "endpoint": "loss",
        "definition": "worse",
        "tolerance": 0.05,
        "tolerance_of": "gain",
        "outcome": "limit",
        "safe_share": 0.5,
        "lower_95": 0.259,
        "upper_95": 0.591,
        "decided": True,
        "reference": "holdout",
        "sentence": "Up to 25 % is safe.",
        "details": ["2 replicates.", "At 50 % it does."],
    }
    none_known = {"safe_share": None, "lower_95": 0.1, "upper_95": None, "outcome": "not decided", "decided": False}
    open_one = {**decided, **none_known, "tolerance_of": "relative", "sentence": "Nothing is known.", "details": []}
    in_units = {**decided, "tolerance_of": "absolute", "outcome": "safe at every share tried", "lower_95": 1.0}
    in_units |= {"rows": 2_500, "reference": "later"}
    compared = pl.DataFrame({"primary": [True, False], "sentence": ["One loses less.", "On another endpoint."]})
    kept = {"verdict": pl.DataFrame([decided, open_one, in_units], infer_schema_length=None), "comparison": compared}
    store = SimpleNamespace(exists=kept.__contains__)
    artefacts: Any = SimpleNamespace(address=str, load=kept.__getitem__, store=store)
    assert show(tables.print_verdicts, artefacts) == [
        "ladder | endpoint | rows | tolerance | safe up to | harmful from | found",
        "substitution | loss | – | 5 % of the gain | 25 % | 59.1 % | limit",
        "substitution | loss | – | 5 % | – | – | not decided",
        "substitution | loss on later | 2,500 | 0.05 | 100 % | 59.1 % | safe at every share tried",
        "• Up to 25 % is safe.",
        "  2 replicates.",
        "  At 50 % it does.",
        "• Nothing is known.",
        "• Up to 25 % is safe.",
        "  2 replicates.",
        "  At 50 % it does.",
        "• One loses less.",
    ]


def test_a_plan_as_json_has_both_sides_and_the_ways_to_the_bound() -> None:
    from tests.jobs.cli.test_printed import AFTER, BEFORE, PLAN

    told = trim._plan_json(PLAN)
    assert (told["leave_out"], told["how"], told["real_rows"]) == (500, "the deepest first", 2000)
    assert (told["before"]["rows"], told["after"]["rows"]) == (BEFORE.rows, AFTER.rows)
    assert trim._outcome(PLAN, replace(VERSION, number=7)) == "people, version 7: 500 rows were left out."
