import polars as pl

from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.undeclared.calibration import Rows, draw_calibration
from outcross.assets.corpus.undeclared.certain_rows import CertainRows, find_certain_rows, mark_near_copies
from tests.assets.corpus.mixtures import SCHEMA, real, shuffled


def contents(rows: pl.DataFrame) -> pl.Series:
    return content_hashes(rows, SCHEMA)


def test_declared_and_equal_rows_are_found_and_declared_comes_first() -> None:
    target, known = real(5, 1), shuffled(200, 1)
    target = pl.concat([target, known[:2]])
    origins = pl.Series(["real", "synthetic", None, "unknown", "mixed", "synthetic", "real"])
    found = find_certain_rows(origins, contents(target), known=contents(known), real=contents(real(200, 2)))
    assert found.why.to_list() == [None, "declared", None, None, None, "declared", "equal"]
    assert found.counts == {"declared": 2, "equal": 1, "near copy": 0}


def test_equal_rows_are_no_evidence_where_real_rows_are_equal_too() -> None:
    rows = real(200, 1)
    found = find_certain_rows(None, contents(rows[:10]), known=contents(rows[:20]), real=contents(rows[15:]))
    assert found.why.null_count() == 10
    assert found.by_chance == 10


def test_rows_with_a_small_change_are_near_copies_and_real_rows_are_not() -> None:
    records, anchor = shuffled(300, 1), real(300, 2)
    copies = records[:20].with_columns(pl.col("income") * 1.0001)
    target = pl.concat([real(80, 3), copies])
    none = CertainRows(pl.Series("why", [None] * 100, dtype=pl.String), 0)
    found = mark_near_copies(none, target, SCHEMA, records=records, real=anchor, seed=1)
    assert found.why[80:].to_list() == ["near copy"] * 20
    assert found.why[:80].null_count() == 80


def test_no_row_is_a_near_copy_where_real_rows_are_as_near() -> None:
    records = shuffled(300, 1)
    none = CertainRows(pl.Series("why", [None] * 20, dtype=pl.String), 0)
    found = mark_near_copies(none, records[:20], SCHEMA, records=records, real=records, seed=1)
    assert found.why.null_count() == 20


def test_rows_that_would_be_counted_as_copies_do_not_calibrate() -> None:
    made = shuffled(300, 1)
    samples = {"a": pl.concat([made[:200], made[:50]]), "b": made[180:]}
    rows = {name: Rows.sort(frame, contents(frame), SCHEMA) for name, frame in samples.items()}
    anchor = real(200, 2)
    synthetic = pl.concat(each.contents for each in rows.values()).unique()
    drawn = draw_calibration(Rows.sort(anchor, contents(anchor), SCHEMA), rows, synthetic, seed=1)
    assert [each.frame.height for each in drawn] == [200, 130, 100]


def test_equal_rows_are_spread_over_all_folds() -> None:
    frame = pl.concat([real(3, 1)] * 50)
    rows = Rows.sort(frame, contents(frame), SCHEMA)
    dealt = pl.DataFrame({"content": rows.contents, "fold": rows.folds}).group_by("content", "fold").len()
    assert dealt["len"].to_list() == [10] * 15
