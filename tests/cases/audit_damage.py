"""Damage to a corpus, and the finding of an audit that has to tell each."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl

from outcross.assets.corpus.audit.findings import Contradiction, Finding
from outcross.assets.corpus.ledger.ledger import version_path


def flip(path: Path) -> None:
    """Change one byte in the middle."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def without_a_row(path: Path) -> None:
    rows = pl.read_parquet(path)
    rows.head(rows.height - 1).write_parquet(path)


def with_a_row_twice(path: Path) -> None:
    rows = pl.read_parquet(path)
    pl.concat([rows, rows.tail(1)]).write_parquet(path)


def with_another_position(path: Path) -> None:
    rows = pl.read_parquet(path)
    rows.with_columns(pl.when(pl.int_range(pl.len()) == 0).then(7).otherwise("position").alias("position")).cast(
        {"position": pl.Int64}
    ).write_parquet(path)


def decided_otherwise(path: Path) -> None:
    """Reject the first row that was released, as a second decision on it does."""
    rows = pl.read_parquet(path)
    rows.head(1).with_columns(decision=pl.lit("rejected")).vstack(rows).write_parquet(path)


def with_a_row_of_an_earlier_decision(path: Path) -> None:
    """List a row that another file lists already, under another decision than there."""
    (earlier,) = path.parent.glob("decided-3-*.parquet")
    pl.concat([pl.read_parquet(path), pl.read_parquet(earlier).head(1)]).write_parquet(path)


def with_rows_of_the_corpus(path: Path) -> None:
    """Put rows of a batch into the holdout."""
    rows = pl.read_parquet(path)
    (admitted,) = path.parent.parent.glob("batches/*/released-3-*.parquet")
    pl.concat([rows, pl.read_parquet(admitted).select(rows.columns)]).write_parquet(path)


def far_beyond(path: Path) -> None:
    rows = pl.read_parquet(path)
    rows.with_columns(position=pl.col("position") + 10**12).write_parquet(path)


def no_parquet(path: Path) -> None:
    path.write_bytes(b"PAR1 and nothing PAR1")


def another_column(path: Path) -> None:
    pl.read_parquet(path).rename({"position": "place"}).write_parquet(path)


def edited(**changes: object) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return edit


def without_its_original(path: Path) -> None:
    version = json.loads(path.read_text())
    files = [each for each in version["files"] if "/original" not in each["path"]]
    path.write_text(json.dumps(version | {"files": files}))


def called_real(path: Path) -> None:
    version = json.loads(path.read_text())
    for count in version["counts"]:
        if count["origin"] == "synthetic":
            count.update(origin="real", depth=0, licence="other")
    path.write_text(json.dumps(version | {"declared_share": 0.0}))


F, C = Finding, Contradiction
FIRST, SECOND = "batches/FIRST", "batches/SECOND"
THREE_ROWS = {"below": 0.1, "rows": 3, "synthetic": 0.1, "lower": 0.0, "upper": 1.0}
DAMAGE: list[tuple[Finding | Contradiction, str, Callable[[Path], None], str]] = [
    (F.OTHER_BYTES, f"{FIRST}/admitted-*.parquet", flip, "has other bytes than version 2 wrote"),
    (F.OTHER_NUMBER_OF_ROWS, f"{FIRST}/admitted-*.parquet", without_a_row, "has 19 rows, and version 2 wrote 20"),
    (F.LISTED_TWICE, f"{FIRST}/admitted-*.parquet", with_a_row_twice, "lists more than once: row 19"),
    (F.MISSING_PART, f"{FIRST}/admitted-*.parquet", Path.unlink, ".parquet is missing; restore it"),
    (F.UNREADABLE_PART, f"{FIRST}/admitted-*.parquet", no_parquet, "cannot be read as Parquet"),
    (F.UNREADABLE_PART, f"{FIRST}/admitted-*.parquet", another_column, "lacks the column 'position'"),
    (F.MISSING_PART, f"{FIRST}/quarantined-*.parquet", Path.unlink, ".parquet is missing; restore it"),
    (F.UNREADABLE_PART, f"{FIRST}/quarantined-*.parquet", cut, "cannot be read as Parquet"),
    (F.OTHER_BYTES, f"{FIRST}/quarantined-*.parquet", flip, "has other bytes than version 2 wrote"),
    (C.LOST, f"{FIRST}/quarantined-*.parquet", without_a_row, "neither admitted nor quarantined: row 31"),
    (F.LISTED_TWICE, f"{FIRST}/quarantined-*.parquet", with_a_row_twice, "lists more than once: row 31"),
    (C.BOTH, f"{FIRST}/quarantined-*.parquet", with_another_position, "both admitted and quarantined: row 7"),
    (
        F.BEYOND_ORIGINAL,
        f"{FIRST}/quarantined-*.parquet",
        far_beyond,
        "beyond the rows of its original: rows 1000000000020, ",
    ),
    (F.OTHER_ORIGINAL, f"{FIRST}/original.parquet", cut, "original.parquet is not the file that was sent"),
    (F.OTHER_ORIGINAL, f"{FIRST}/original.parquet", flip, "original.parquet is not the file that was sent"),
    (F.MISSING_ORIGINAL, f"{FIRST}/original.parquet", Path.unlink, "the original of batch FIRST is missing"),
    (
        F.WRONG_NUMBERS,
        f"{FIRST}/original.parquet",
        without_a_row,
        "rows in are 31 in the store and 32 in versions/00000002.json",
    ),
    (C.RELEASED_NOWHERE, f"{FIRST}/released-3-*.parquet", without_a_row, "released and in no part: row 22"),
    (F.OTHER_BYTES, f"{FIRST}/released-3-*.parquet", flip, "has other bytes than version 3 wrote"),
    (C.NEVER_RELEASED, f"{FIRST}/decided-3-*.parquet", without_a_row, "in a part and never released: row 22"),
    (
        C.NEVER_QUARANTINED,
        f"{FIRST}/decided-4-*.parquet",
        with_another_position,
        "decided on and never quarantined: row 7",
    ),
    (F.MISSING_PART, f"{FIRST}/decided-4-*.parquet", Path.unlink, "decided-4"),
    (F.WRONG_NUMBERS, f"{SECOND}/admitted-*.parquet", without_a_row, "in the store and 100 in versions/00000005.json"),
    (F.OTHER_BYTES, "left_out/*.parquet", without_a_row, "has other bytes than version 6 wrote"),
    (F.LEFT_OUT_TWICE, "left_out/*.parquet", with_a_row_twice, "left_out lists 1 rows twice"),
    (F.LEFT_OUT_ELSEWHERE, "left_out/*.parquet", far_beyond, "0 of which are in the parts"),
    (F.OTHER_BYTES, "anchor/rows.parquet", without_a_row, "anchor/rows.parquet has other bytes than version 1 wrote"),
    (F.MISSING_FILE, "anchor/profile.json", Path.unlink, "anchor/profile.json is missing, which version 1 names"),
    (F.MISSING_VERSION, version_path(3), Path.unlink, "versions/00000003.json is missing"),
    (F.UNREADABLE_VERSION, version_path(6), cut, "versions/00000006.json: "),
    (
        F.UNREADABLE_VERSION,
        version_path(2),
        edited(rows_in=33, rows_quarantined=13),
        "has 12 rows in quarantine, and 'ingest' quarantined 13",
    ),
    (
        F.WRONG_SUCCESSION,
        version_path(2),
        edited(rows_in=33, rows_admitted=21),
        "21 rows were admitted, and its parts have 20 more",
    ),
    (
        F.UNREADABLE_VERSION,
        version_path(2),
        edited(rows_in=10**15, rows_quarantined=10**15 - 20),
        "has 12 rows in quarantine",
    ),
    (F.UNREADABLE_BATCH, version_path(2), edited(batch="../../.."), "cannot be a path"),
    (F.NO_QUARANTINE, version_path(2), edited(held=None), "versions/00000002.json names no quarantine"),
    (F.WRONG_SUCCESSION, version_path(5), edited(decided=[]), "'decided' does not begin with that of its parent"),
    (F.UNREADABLE_VERSION, version_path(4), edited(number=9), "versions/00000004.json: "),
    (F.WRONG_COUNTS, version_path(6), called_real, "counts 0 rows of origin synthetic"),
    (F.OTHER_EXPECTATION, version_path(3), edited(expected=THREE_ROWS), "expects 0.100 of the 3 rows of batch FIRST"),
    (F.DAMAGED_REFUSAL, "batches/*/refused.json", no_parquet, "refused.json is damaged"),
    (F.MISSING_ORIGINAL, "batches/*/original.csv", Path.unlink, "is missing; restore it from a copy"),
    (F.OTHER_PARENT, version_path(4), edited(by="mallory"), "has other bytes than version 5 names as its parent's"),
    (F.UNLINKED, version_path(6), edited(parent_sha256=None, files=[]), "names neither its parent's sha256"),
    (F.OTHER_FILE, "anchor/profile.json", flip, "anchor/profile.json has other bytes than version 1 names"),
    (F.UNNAMED_SOURCE, version_path(2), without_its_original, "does not name batches/FIRST/original"),
    (F.NO_VERSION, "versions", emptied, "corpus 'people' has no version"),
    (F.UNREADABLE_ORIGINAL, f"{FIRST}/original.parquet", cut, "the original of batch FIRST: "),
    (F.LISTED_TWICE, f"{FIRST}/decided-4-*.parquet", with_a_row_of_an_earlier_decision, "lists more than once: row 20"),
    (
        C.DECIDED_TWICE,
        f"{FIRST}/decided-3-*.parquet",
        decided_otherwise,
        "rejected, withdrawn): row 20",
    ),
    (
        F.HOLDOUT_ROWS,
        "anchor/holdout.parquet",
        with_rows_of_the_corpus,
        ".parquet has 3 rows of the holdout",
    ),
]
"""Finding, the file (FIRST and SECOND stand for the batches, ``*`` for digits of a hash), its damage, and words."""
BY_TEST: dict[Finding, str] = {
    F.ANCHOR_ELSEWHERE: "test_an_audit_finds_a_renewed_anchor_that_is_not_what_was_written",
    F.ANCHOR_SET_ASIDE: "test_an_audit_finds_a_renewed_anchor_that_is_not_what_was_written",
    F.ANCHOR_SIZE: "test_an_audit_finds_a_renewed_anchor_that_is_not_what_was_written",
    F.MISSING_ANCHOR_FILE: "test_a_ledger_of_the_earlier_layout_is_taken_over_once_and_proven_from_then_on",
    F.UNKNOWN_HEAD: "test_a_forgery_is_found_or_said_to_be_out_of_reach_and_then_found_by_the_head",
    F.WRONG_SIGNATURE: "test_a_signed_head_stands_for_its_ledger_and_another_key_or_ledger_is_refused",
    F.NO_SIGNATURE: "test_a_signed_head_stands_for_its_ledger_and_another_key_or_ledger_is_refused",
    F.NOT_REDERIVED: "test_a_forgery_is_found_or_said_to_be_out_of_reach_and_then_found_by_the_head",
    F.NOT_ERASED: "test_erased_bytes_that_lie_there_again_are_a_problem",
    F.QUARANTINED_OTHERWISE: "test_quarantined_rows_that_are_not_in_the_original_are_found_by_deriving_them_again",
}
"""Finding that only an option of an audit, or a ledger of an earlier layout, brings about → the test that shows it."""
