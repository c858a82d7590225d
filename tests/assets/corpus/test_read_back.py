"""Rows stored as JSON are read back exactly, or reported as unreadable; never changed."""

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import COLUMNS
from outcross.assets.corpus.quarantine.read_back import MISFIT, read_back
from tests.assets.corpus.people import start

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
