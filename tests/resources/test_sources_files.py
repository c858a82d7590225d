"""Files that load: their formats, paths, roles and notes."""

import csv
import gzip
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role, Schema
from outcross.resources.sources import AnySource, BreastCancer, Digits, Files, RealData, Source
from outcross.resources.tokens import tokenize


def load(folder: Path, **options: object) -> RealData:
    data = Files.model_validate(options, context={"base": folder}).load()
    assert dict(data.rows.schema) == data.schema.polars
    return data


def load_csv(folder: Path, text: str, **options: object) -> RealData:
    (folder / "a.csv").write_text(text, encoding="utf-8", newline="")
    return load(folder, path="a.csv", **options)


def load_frame(folder: Path, **columns: object) -> RealData:
    pl.DataFrame(columns).write_parquet(folder / "a.parquet")
    return load(folder, path="a.parquet")


def roles(schema: Schema) -> dict[str, str]:
    return {column.name: column.role.value for column in schema.columns}


# Formats


def test_the_same_table_loads_alike_from_every_format(tmp_path: Path) -> None:
    table = BreastCancer().load().rows
    table.write_parquet(tmp_path / "a.parquet")
    table.write_csv(tmp_path / "b.csv")
    table.write_csv(tmp_path / "c.tsv", separator="\t")
    table.write_ndjson(tmp_path / "d.jsonl")
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress((tmp_path / "b.csv").read_bytes()))
    (tmp_path / "f.ndjson.gz").write_bytes(gzip.compress((tmp_path / "d.jsonl").read_bytes()))
    for file in sorted(tmp_path.iterdir()):
        data = load(tmp_path, path=file.name)
        assert roles(data.schema) == roles(BreastCancer().load().schema), file.name
        assert data.rows.equals(table), file.name


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl"])
def test_images_load_alike_from_parquet_and_json_lines(tmp_path: Path, name: str) -> None:
    digits = Digits().load()
    write = digits.rows.write_parquet if name.endswith("parquet") else digits.rows.write_ndjson
    write(tmp_path / name)
    data = load(tmp_path, path=name)
    assert data.schema.polars == digits.schema.polars
    assert data.rows.equals(digits.rows)


def test_plain_text_is_cut_into_equal_rows_that_lose_only_the_last_tokens(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("One, two;\n\nthree four. Five! six")
    data = load(tmp_path, path="a.txt", block=3)
    assert data.rows["text"].to_list() == ["One , two", "; three four", ". Five !"]
    assert any("last 1 tokens" in note for note in data.notes)


def test_the_format_can_be_set_where_the_extension_does_not_decide_it(tmp_path: Path) -> None:
    (tmp_path / "a.data").write_text("a;b\n1;x\n2;y\n")
    data = load(tmp_path, path="a.data", format="csv", separator=";")
    assert roles(data.schema) == {"a": "numeric", "b": "categorical"}


def test_keys_that_a_json_line_leaves_out_are_null(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n\n{"b": "x\u2028y", "a": 2}\n', encoding="utf-8")
    data = load(tmp_path, path="a.jsonl")
    assert data.rows.to_dict(as_series=False) == {"a": [1, 2], "b": [None, "x\u2028y"]}


def test_json_values_of_mixed_types_are_all_kept_as_text(tmp_path: Path) -> None:
    values = [1, "x", True, None, 2.5, {"k": [1]}, 2**70]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"a": value}) for value in values))
    data = load(tmp_path, path="a.jsonl")
    assert data.rows["a"].to_list() == ["1", "x", "true", None, "2.5", '{"k": [1]}', str(2**70)]
    assert any("kept as text" in note for note in data.notes)


# Paths


def test_relative_paths_are_resolved_against_the_base_and_settings_do_not_contain_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n2\n")
    source = TypeAdapter(AnySource).validate_python({"kind": "files", "path": "a.csv"}, context={"base": tmp_path})
    assert len(source.load().rows) == 2
    assert str(tmp_path) not in source.model_dump_json()
    read_back: Source = TypeAdapter(AnySource).validate_json(source.model_dump_json(), context={"base": tmp_path})
    assert read_back == source


def test_without_a_base_relative_paths_are_resolved_against_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n2\n")
    source = Files(path="a.csv")
    monkeypatch.chdir(tmp_path)
    assert len(source.load().rows) == 2


def test_a_glob_reads_its_matches_sorted_and_each_file_once(tmp_path: Path) -> None:
    folder = tmp_path / "with [brackets]"
    folder.mkdir()
    for number in (2, 1, 3):
        (folder / f"part{number}.csv").write_text(f"a,b\n{number},x\n{number},y\n")
    assert load(folder, path=["part2.csv", "part*.csv"]).rows["a"].to_list() == [2, 2, 1, 1, 3, 3]
    assert load(tmp_path, path="**/part3.csv").rows["a"].to_list() == [3, 3]
    assert load(folder, path="part*.csv", rows_limit=3).rows["a"].to_list() == [1, 1, 2]


def test_files_may_order_their_columns_differently(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,x\n")
    (tmp_path / "b.csv").write_text("b,a\ny,2\n")
    assert load(tmp_path, path="*.csv").rows.to_dict(as_series=False) == {"a": [1, 2], "b": ["x", "y"]}


def test_a_column_of_two_types_in_two_files_is_read_as_the_wider_one_and_noted(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1, 2]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"a": [0.5, 1.5]}).write_parquet(tmp_path / "b.parquet")
    data = load(tmp_path, path="*.parquet")
    assert data.rows["a"].to_list() == [1.0, 2.0, 0.5, 1.5]
    assert any("different types" in note for note in data.notes)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Keep the test's output free of requests."""


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", ["a.parquet", "a.csv"])
def test_a_web_address_is_downloaded(tmp_path: Path, web: str, name: str) -> None:
    table = pl.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    (table.write_parquet if name.endswith("parquet") else table.write_csv)(tmp_path / name)
    assert load(tmp_path, path=f"{web}/{name}?key=1").rows.equals(table)


def test_an_object_store_is_read_and_listed(tmp_path: Path) -> None:
    import fsspec

    store = fsspec.filesystem("memory")
    for number in (1, 2):
        store.pipe_file(f"/team/part{number}.csv", f"a\n{number}\n{number}\n".encode())
    assert load(tmp_path, path="memory://team/part*.csv").rows["a"].to_list() == [1, 1, 2, 2]
    assert load(tmp_path, path="memory://team/part2.csv").rows["a"].to_list() == [2, 2]


# Roles and values


def test_roles_are_inferred_from_the_values_and_the_name_of_the_label(tmp_path: Path) -> None:
    text = "few,real,flag,word,Target\n" + "".join(f"{n % 2},{n / 7},{n > 9},w{n % 3},{n % 4}\n" for n in range(40))
    data = load_csv(tmp_path, text)
    assert roles(data.schema) == {
        "few": "numeric", "real": "numeric", "flag": "categorical", "word": "categorical", "Target": "label",
    }  # fmt: skip
    assert [column.integer for column in data.schema.columns] == [True, False, False, False, False]


def test_without_a_column_named_like_one_there_is_no_label(tmp_path: Path) -> None:
    assert load_csv(tmp_path, "a,income\n1,x\n2,y\n3,x\n").schema.label is None


def test_a_quantity_named_target_is_numeric_and_noted(tmp_path: Path) -> None:
    data = load_csv(tmp_path, "a,target\n1,0.5\n2,1.5\n")
    assert roles(data.schema)["target"] == "numeric"
    assert any("holds a quantity" in note for note in data.notes)


def test_numbers_mixed_with_words_are_categories_with_every_value_kept_and_noted(tmp_path: Path) -> None:
    data = load_csv(tmp_path, "a\n1\n2.50\ntwo\n1\n")
    assert data.rows["a"].to_list() == ["1", "2.50", "two", "1"]
    assert any("1 other value ('two')" in note for note in data.notes)


def test_words_that_stand_for_missing_values_can_be_named(tmp_path: Path) -> None:
    data = load_csv(tmp_path, "a,b\n1,x\nn/a,y\n3,?\n", null_values=["n/a", "?"])
    assert data.rows.to_dict(as_series=False) == {"a": [1, None, 3], "b": ["x", "y", None]}
    assert [column.nullable for column in data.schema.columns] == [True, True]


def test_leading_zeros_and_numbers_beyond_64_bits_keep_their_digits(tmp_path: Path) -> None:
    data = load_csv(tmp_path, f"code,big\n01234,{2**64}\n99999,{2**64 + 1}\n")
    assert data.rows.row(0) == ("01234", str(2**64))


def test_identifiers_and_row_numbers_are_ignored_with_a_note_unless_given_a_role(tmp_path: Path) -> None:
    text = ",key,a\n" + "".join(f"{n},k{n},{n % 5}\n" for n in range(30))
    data = load_csv(tmp_path, text)
    assert data.schema.names == ["a"]
    assert sum("ignored" in note for note in data.notes) == 2
    assert load_csv(tmp_path, text, columns={"key": "group", "": "numeric"}).schema.names == ["_", "key", "a"]


def test_long_and_different_strings_are_text_and_rows_without_any_are_left_out(tmp_path: Path) -> None:
    sentences = [f"sentence number {n} has more words than any category has" for n in range(6)]
    data = load_frame(tmp_path, review=[*sentences, None, "\u200b\n"], stars=[1] * 8)
    assert roles(data.schema) == {"review": "text", "stars": "numeric"}
    assert data.rows["review"].to_list() == sentences
    assert any("2 rows without text" in note for note in data.notes)
    assert any("the same value in every row: 'stars'" in note for note in data.notes)


def test_a_file_of_empty_texts_is_refused_with_their_number(tmp_path: Path) -> None:
    pl.DataFrame({"text": ["", " \u200b", "a word"]}).write_parquet(tmp_path / "empty.parquet")
    with pytest.raises(BadInput, match="has 1 rows with text, and 2 without, but at least 2 are needed"):
        Files.model_validate({"path": str(tmp_path / "empty.parquet"), "columns": {"text": "text"}}).load()


def test_texts_with_invisible_or_uncomposed_characters_are_kept_with_a_note(tmp_path: Path) -> None:
    texts = ["nai\u0308ve", "in\u200bvisible", "plain"]
    pl.DataFrame({"text": texts}).write_parquet(tmp_path / "a.parquet")
    data = load(tmp_path, path="a.parquet", columns={"text": "text"})
    assert data.rows["text"].to_list() == texts
    assert any("2 rows have characters that are invisible or not in composed form" in note for note in data.notes)


def test_dates_are_counted_in_days_and_times_in_the_coarsest_unit_that_is_exact(tmp_path: Path) -> None:
    data = load_csv(tmp_path, "day,at\n1970-01-02,1970-01-01 00:01:00\n1969-12-31,1970-01-01T00:00:00.5\n")
    assert data.rows.to_dict(as_series=False) == {"day": [1, -1], "at": [60_000, 500]}
    assert [column.unit for column in data.schema.columns] == ["d", "ms"]
    typed = pl.DataFrame({"day": ["1970-01-02", "1969-12-31"]}).select(pl.col("day").str.to_date())
    assert load_frame(tmp_path, day=typed["day"]).rows["day"].to_list() == [1, -1]


def test_a_date_that_does_not_exist_makes_the_column_categorical(tmp_path: Path) -> None:
    assert load_csv(tmp_path, "day\n2024-02-30\n2024-02-28\n").rows["day"].to_list() == ["2024-02-30", "2024-02-28"]


def test_a_declared_role_overrides_the_inferred_one(tmp_path: Path) -> None:
    settings = {"a": "categorical", "b": "label", "c": "ignore", "d": {"role": "numeric", "integer": False}}
    data = load_csv(tmp_path, "a,b,c,d\n007,1.0,z,1\n8,2.0,z,2\n", columns=settings)
    assert roles(data.schema) == {"a": "categorical", "b": "label", "d": "numeric"}
    assert data.rows.row(0) == ("007", "1.0", 1.0)


def test_whole_floats_of_a_typed_file_become_labels_without_a_fraction(tmp_path: Path) -> None:
    assert load_frame(tmp_path, x=[0.5, 1.5], label=[1.0, 2.0]).rows["label"].to_list() == ["1", "2"]


def test_nan_and_infinity_become_null_where_asked(tmp_path: Path) -> None:
    data = load_csv(tmp_path, "a\n1.5\n+inf\n-inf\n", nan="null")
    assert data.rows["a"].to_list() == [1.5, None, None]
    assert data.schema.columns[0].nullable
    assert any("2 NaN or infinite values became null" in note for note in data.notes)


def test_reserved_column_names_are_changed_with_a_note(tmp_path: Path) -> None:
    data = load_csv(tmp_path, "weight,weight_,a\n1,2,3\n4,5,6\n")
    assert data.schema.names == ["weight__", "weight_", "a"]
    assert any("'weight' is called 'weight__'" in note for note in data.notes)


def test_names_that_polars_reads_as_patterns_are_ordinary_names(tmp_path: Path) -> None:
    data = load_csv(tmp_path, "^a.*$,*,ab\n1,2,\n3,4,5\n")
    assert data.rows.to_dict(as_series=False) == {"^a.*$_": [1, 3], "*_": [2, 4], "ab": [None, 5]}


@pytest.mark.parametrize(("highest", "levels"), [(0, 1), (1, 1), (2, 16), (16, 16), (17, 255), (255, 255)])
def test_grey_levels_are_the_lowest_usual_ones_that_hold_every_pixel(tmp_path: Path, highest: int, levels: int) -> None:
    data = load_frame(tmp_path, image=[[0, 0, 0, highest], [0, 0, 0, 0]])
    assert data.schema.image is not None
    assert (data.schema.image.shape, data.schema.image.levels) == ((2, 2), levels)


def test_images_of_rows_of_pixels_define_their_shape(tmp_path: Path) -> None:
    data = load_frame(tmp_path, x=[[[1, 2, 3], [4, 5, 6]], [[6, 5, 4], [3, 2, 1]]])
    assert data.schema.image is not None and data.schema.image.shape == (2, 3)
    assert data.rows["x"].to_list() == [[1, 2, 3, 4, 5, 6], [6, 5, 4, 3, 2, 1]]


def test_shape_and_levels_can_be_given(tmp_path: Path) -> None:
    pl.DataFrame({"x": [[1.0] * 6, [2.0] * 6]}).write_parquet(tmp_path / "a.parquet")
    picture = {"role": "image", "shape": [3, 2], "levels": 3}
    image = load(tmp_path, path="a.parquet", columns={"x": picture}).schema.image
    assert image is not None and (image.shape, image.levels) == ((3, 2), 3)


# Values with at least one letter, so that the column cannot be numeric.
def _without_outer_space(cell: str) -> str:
    return str(pl.Series([cell]).str.strip_chars()[0])


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8).map(lambda text: f"é{text}")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(st.none() | CELLS, min_size=3, max_size=19).filter(any))
def test_every_category_and_null_of_a_csv_survives(tmp_path: Path, cells: list[str | None]) -> None:
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["n", "c"], *([n, cell or ""] for n, cell in enumerate(cells))])
    data = load(tmp_path, path="a.csv", columns={"c": "categorical"})
    assert data.rows["c"].to_list() == [cell and _without_outer_space(cell) for cell in cells]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=20))
def test_every_float_of_a_csv_survives_to_its_last_bit(tmp_path: Path, numbers: list[float]) -> None:
    data = load_csv(tmp_path, "x\n" + "".join(f"{number!r}\n" for number in numbers))
    assert data.schema.columns[0].role is Role.NUMERIC
    assert data.rows["x"].to_list() == numbers


def test_tokens_of_a_loaded_text_are_those_of_the_file(tmp_path: Path) -> None:
    text = "Ünïcode, हिन्दी — «quotes» " * 20
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    rows = load(tmp_path, path="a.txt", block=7).rows["text"].to_list()
    assert [token for row in rows for token in tokenize(row)] == tokenize(text)[: 7 * len(rows)]
