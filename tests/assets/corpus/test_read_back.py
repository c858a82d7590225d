"""Rows stored as JSON are read back exactly, or reported as unreadable; never changed."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcross.assets.anchor import split
from outcross.assets.corpus.audit.audit import audit
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import COLUMNS
from outcross.assets.corpus.quarantine.read_back import MISFIT, _is_picture, _row, read_back
from outcross.resources.schema import Column, Role
from tests.assets.corpus.people import people, start, take

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> OpenCorpus:
    return start(tmp_path_factory.mktemp("read_back") / "people")


def kept(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as a quarantine stores them."""
    raw = rows.select(raw=pl.struct(pl.all()).struct.json_encode())["raw"]
    return pl.DataFrame({"position": range(rows.height), "raw": raw}, schema_overrides={"position": pl.Int64})


def canonical(corpus: OpenCorpus, rows: list[tuple[float, int, str, str | None]]) -> pl.DataFrame:
    told = {"origin": "synthetic", "depth": 1}
    frame = pl.DataFrame(
        {
            "wage": [row[0] for row in rows],
            "age": [row[1] for row in rows],
            "work": [row[2] for row in rows],
            "sex": ["f"] * len(rows),
            "y": ["no"] * len(rows),
            "generator": [row[3] for row in rows],
        },
        schema={**corpus.schema.polars, "generator": pl.String},
    )
    others = [pl.lit(told.get(name), dtype=dtype).alias(name) for name, dtype in COLUMNS.items() if name != "generator"]
    return frame.with_columns(others).select(*corpus.schema.names, *COLUMNS)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.tuples(NUMBER, st.integers(-(2**53), 2**53), TEXT, st.none() | TEXT), min_size=1, max_size=20))
def test_any_canonical_row_is_read_back_exactly(
    corpus: OpenCorpus, rows: list[tuple[float, int, str, str | None]]
) -> None:
    sent = canonical(corpus, rows)
    found = read_back(kept(sent), corpus)
    assert found.refused.height == 0
    assert found.rows.select(sent.columns).equals(sent)
    assert found.rows["wage"].reinterpret(signed=True).equals(sent["wage"].reinterpret(signed=True))


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 100_000,
        '{"wage": 1.5}',
        '{"wage": NaN}',
        "\x00",
    ],
)
def test_json_that_is_not_a_canonical_row_is_refused(corpus: OpenCorpus, raw: str) -> None:
    found = read_back(pl.DataFrame({"position": [7], "raw": [raw]}), corpus)
    assert found.rows.height == 0
    assert found.refused.rows() == [(7, MISFIT)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wage", '"1.5"'),
        ("wage", "NaN"),
        ("wage", "1e999"),
        ("wage", "true"),
        ("wage", "null"),
        ("age", "1.0"),
        ("age", "1" * 30),
        ("age", "1" * 5_000),
        ("work", "5"),
        ("work", "[]"),
        ("origin", '"made up"'),
        ("origin", "null"),
        ("depth", "-1"),
        ("depth", "99999999999"),
        ("generator", "{}"),
    ],
)
def test_a_value_of_another_type_is_refused(corpus: OpenCorpus, name: str, value: str) -> None:
    sent = kept(canonical(corpus, [(1.5, 30, "shop", "copula")]))["raw"][0]
    values = {
        "wage": "1.5", "age": "30", "work": '"shop"', "origin": '"synthetic"', "depth": "1", "generator": '"copula"'
    }  # fmt: skip
    changed = sent.replace(f'"{name}":{values[name]}', f'"{name}":{value}')
    assert changed != sent
    found = read_back(pl.DataFrame({"position": [0], "raw": [changed]}), corpus)
    assert found.refused["why"].to_list() == [MISFIT]


KINDS: dict[str, tuple[type, ...]] = {"wage": (float, type(None)), "age": (int, type(None)), "depth": (int, type(None))}
PICTURE = Column(name="face", role=Role.IMAGE, shape=(2, 2), levels=15)


@pytest.mark.parametrize(
    ("raw", "fits"),
    [
        ('{"wage": 1.5, "age": 3, "depth": 0}', True),
        ('{"wage": null, "age": null, "depth": null}', True),
        ('{"wage": 1, "age": 3, "depth": 0}', False),
        ('{"wage": 1.5, "age": 3.0, "depth": 0}', False),
        ('{"wage": 1.5, "age": true, "depth": 0}', False),
        ('{"age": 3, "wage": 1.5, "depth": 0}', False),
        ('{"wage": 1.5, "age": 3}', False),
        ('{"wage": 1.5, "age": 3, "depth": 0, "more": 1}', False),
        ('{"wage": 1.5, "age": 9223372036854775807, "depth": 2147483647}', True),
        ('{"wage": 1.5, "age": -9223372036854775808, "depth": 0}', True),
        ('{"wage": 1.5, "age": 9223372036854775808, "depth": 0}', False),
        ('{"wage": 1.5, "age": -9223372036854775809, "depth": 0}', False),
        ('{"wage": 1.5, "age": 3, "depth": 2147483648}', False),
        ('{"wage": 1.5, "age": 3, "depth": -1}', False),
        ("[]", False),
        ("{", False),
        ("[" * 100_000, False),
    ],
)
def test_a_row_that_fitted_has_the_columns_in_order_and_values_of_their_kinds_and_ranges(raw: str, fits: bool) -> None:
    assert (_row(raw, KINDS, {}) is not None) is fits


@pytest.mark.parametrize(
    ("pixels", "fits"),
    [
        ("[0, 15, 3, 4]", True),
        ("[0, 16, 3, 4]", False),
        ("[0, -1, 3, 4]", False),
        ("[0, 1, 3]", False),
        ("[0, 1, 3, 4, 5]", False),
        ("[0, 1.0, 3, 4]", False),
        ("[0, true, 3, 4]", False),
    ],
)
def test_a_picture_that_fitted_has_all_its_pixels_as_grey_values(pixels: str, fits: bool) -> None:
    assert (_row(f'{{"face": {pixels}}}', {"face": (list,)}, {"face": PICTURE}) is not None) is fits


def test_a_picture_whose_grey_values_are_not_stated_has_256() -> None:
    any_grey = dataclasses.replace(PICTURE, levels=None)
    assert _is_picture([0, 255, 1, 2], any_grey) and not _is_picture([0, 256, 1, 2], any_grey)


def test_rows_stored_when_the_sign_of_a_zero_counted_are_derived_again_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, exact = start(tmp_path), split._exact
    zeros = people(6, 1).with_columns(wage=pl.Series([-0.0, 0.0, -0.0, 1.0, 2.0, 3.0]))
    with monkeypatch.context() as earlier:
        earlier.setattr(split, "_exact", lambda values, **_: exact(values, signed_zeros=True))
        assert take(corpus, tmp_path / "earlier.parquet", zeros).rows_admitted == 6
    assert audit(corpus, from_originals=True).problems == ()
    twice = zeros.head(2).with_columns(age=40, work=pl.lit("shop"), sex=pl.lit("f"), y=pl.lit("no"))
    assert take(corpus, tmp_path / "now.parquet", twice).rows_admitted == 1, "-0 and 0 are one content"
