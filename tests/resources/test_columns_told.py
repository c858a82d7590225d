"""What becomes of columns that no setting names: their roles, what is told of them, and what they are pasted as."""

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
import yaml

from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.sources import Files, RealData
from outcross.resources.sources.canonical import canonical
from outcross.resources.sources.column_record import ColumnRecord, read_records, to_block, told

WORDS = ["box", "late", "nice", "quick", "staff", "wrong", "refund", "parcel", "please"]
THAI = [chr(0x0E01 + place) for place in range(40)]
HAN = [chr(0x4E00 + place) for place in range(60)]


def load(folder: Path, table: dict[str, list[Any]], *, typed: bool = False, **options: object) -> RealData:
    name = "a.parquet" if typed else "a.csv"
    frame = pl.DataFrame(table)
    frame.write_parquet(folder / name) if typed else frame.write_csv(folder / name)
    return Files.model_validate({"path": name, **options}, context={"base": folder}).load()


def of(data: RealData, name: str) -> ColumnRecord:
    return next(record for record in data.columns if record.name == name)


def sentence(start: int, words: list[str], count: int, glue: str = " ") -> str:
    return glue.join(Random(start).choices(words, k=count))


OTHER = [place % 5 for place in range(60)]
ROWS = range(60)
# name → (a column, the role, whether it is told, a part of what is said)
GUESSED: dict[str, tuple[str, list[Any], str, bool, str]] = {
    "decimal comma": ("price", [f"{place},5" for place in ROWS], "numeric", True, "'0,5' is 0.5"),
    "missing": ("income", [*[str(place) for place in range(58)], "NA", "?"], "numeric", True, "'?', 'NA' read as miss"),
    "dates": ("day", [f"{place % 28 + 1:02d}.03.2024" for place in ROWS], "numeric", True, "'%d.%m.%Y'"),
    "German dates": ("day", [f"{place % 28 + 1}. März 2024" for place in ROWS], "numeric", True, "language 'de'"),
    "parentheses": (
        "gain",
        [f"({place})" if place % 2 else str(place) for place in ROWS],
        "numeric",
        True,
        "'(1)' is -1",
    ),
    "codes of five": ("code", [f"{place * 1000:05d}" for place in ROWS], "ignore", True, "as identifiers do"),
    "two dates": ("day", [f"{place % 12 + 1}/03/2024" for place in ROWS], "categorical", True, "'%m/%d/%Y'"),
    "nanoseconds": ("at", [f"2024-03-15 10:20:30.{place:09d}" for place in ROWS], "numeric", False, ""),
    "two ways": (
        "day",
        [f"{place % 28 + 1}.03.2024" if place % 2 else f"2024-03-{place % 28 + 1:02d}" for place in ROWS],
        "categorical",
        True,
        "mixes dates of ISO 8601 ('2024-03-01') and dates spelt '%d.%m.%Y' ('2.03.2024')",
    ),
    "two currencies": ("price", [f"{'$€'[place % 2]}{place}.50" for place in ROWS], "categorical", True, "unit '€'"),
    "durations": ("took", [f"{place}:30:05" for place in ROWS], "numeric", True, "'0:30:05' is 0:30:05"),
    "many levels": ("band", [f"b{place % 40}" for place in ROWS], "categorical", True, "40 distinct values in 60 rows"),
    "whole dates": ("order_day", [20240301 + place % 28 for place in ROWS], "numeric", True, "20240301 is 2024-03-01"),
    "nearly numbers": ("price", [*[f"{place},5" for place in range(59)], "?x"], "categorical", True, "1 other value"),
    "nearly dates": ("day", [f"{place % 31 + 1}.02.20{place:02d}" for place in ROWS], "categorical", True, "'29.02"),
    "row numbers": ("id", list(ROWS), "ignore", True, "numbers the rows"),
    "a key": ("order_no", [place * 7 for place in ROWS], "numeric", True, "named like an identifier"),
    "a counter": ("visit", [place + 100 for place in ROWS], "numeric", True, "counts up by 1"),
    "postcodes": ("plz", [10115 + place % 9 for place in ROWS], "numeric", True, "named like a postcode"),
    "codes": ("plz", [f"0{place % 9}115" for place in ROWS], "categorical", False, ""),
    "identifiers": ("key", [f"k{place}" for place in ROWS], "ignore", True, "as identifiers do"),
    "names": ("who", [f"Ann {chr(65 + place)}y" for place in ROWS], "ignore", True, "as identifiers do"),
    "sentences": ("words", [sentence(place, WORDS, 9) for place in ROWS], "text", False, "9 words"),
    "short prompts": ("user_prompt", [f"why is {place} odd" for place in ROWS], "text", False, "4 words a row"),
    "prompts": ("prompt", [f"rhyme {WORDS[place % 9]}{place}" for place in ROWS], "text", False, "named like a text"),
    "Chinese": ("says", [sentence(place, HAN, 14, "") for place in ROWS], "text", False, "without spaces"),
    "Thai": ("says", [sentence(place, THAI, 20, "") for place in ROWS], "text", False, "without spaces"),
    "yes and no": ("answer", [("yes", "no")[place % 2] for place in ROWS], "categorical", False, ""),
    "spaces": ("work", [(" Private", " Gov")[place % 2] for place in ROWS], "categorical", False, "white space"),
    "sounds": ("file", [f"clips/{place}.wav" for place in ROWS], "ignore", True, "names of files"),
    "reserved": ("weight", OTHER, "numeric", True, "is called 'weight_'"),
    "quantity": ("target", [place / 7 for place in ROWS], "numeric", True, "holds a quantity"),
}


@pytest.mark.parametrize("case", GUESSED)
def test_a_column_has_the_role_that_its_values_and_name_show_and_is_told_where_it_may_surprise(
    tmp_path: Path, case: str
) -> None:
    name, values, role, is_told, said = GUESSED[case]
    data = load(tmp_path, {name: values, "other": OTHER})
    record = of(data, name)
    assert (record.role, record.told) == (role, is_told), record
    assert said in record.line
    assert (record in told(data.columns)) == is_told
    kept = [each.source_name for each in data.schema.columns]
    assert (record.called is None) == (role == "ignore") == (name not in kept)
    assert not of(data, "other").told


@pytest.mark.parametrize("case", [case for case, (*_, is_told, _) in GUESSED.items() if is_told and case != "reserved"])
def test_the_remedy_that_is_told_can_be_pasted_and_read(tmp_path: Path, case: str) -> None:
    name, values, *_ = GUESSED[case]
    data = load(tmp_path, {name: values, "other": OTHER})
    written = [yaml.safe_load(part) for part in re.findall(r"columns: \{.*?\}+(?=['\"])", of(data, name).remedy)]
    assert written or "null_values" in of(data, name).remedy
    for setting in written:
        again = load(tmp_path, {name: values, "other": OTHER}, **setting)
        assert not of(again, name).told, setting


def test_columns_are_pasted_as_they_were_read(tmp_path: Path) -> None:
    columns = {
        f"{case} {name}": values for case, (name, values, *_) in GUESSED.items() if "date" in case or "," in case
    }
    columns |= {
        "2019": OTHER,
        "": OTHER,
        "broken\u2028name": OTHER,
        "yes": [f"{place},5" for place in ROWS],
        "text": [sentence(each, WORDS, 6) for each in ROWS],
    }
    data = load(tmp_path, columns)
    again = load(tmp_path, columns, **yaml.safe_load(to_block(data.columns)))
    assert again.schema == data.schema
    assert again.rows.equals(data.rows)


def test_what_became_of_columns_is_read_back_from_a_store(tmp_path: Path) -> None:
    data = load(tmp_path, {"price": GUESSED["decimal comma"][1], "key": GUESSED["identifiers"][1]})
    stored = [{**record.to_json(), "later": 1} for record in data.columns]
    assert tuple(read_records(json.loads(json.dumps(stored)))) == data.columns


@pytest.mark.parametrize(
    "case",
    [
        "decimal comma",
        "missing",
        "dates",
        "German dates",
        "parentheses",
        "whole dates",
        "spaces",
        "durations",
        "nanoseconds",
    ],
)
def test_a_batch_is_spelt_as_its_anchor_or_as_programs_write_it(tmp_path: Path, case: str) -> None:
    name, values, *_ = GUESSED[case]
    data = load(tmp_path, {name: values, "other": OTHER})
    column = Schema.from_json(json.loads(json.dumps(data.schema.to_json()))).columns[0]
    for batch in (pl.Series(values), pl.Series([str(value) for value in values])):
        fitted, reasons = canonical(batch, column)
        assert fitted.equals(data.rows[name], check_names=False) and not reasons.count()
    if case == "decimal comma":
        assert canonical(pl.Series(["0.5", "7.25"]), column)[0].to_list() == [0.5, 7.25]
        assert canonical(pl.Series(["0,5", "x"]), column)[1].to_list() == [None, "holds 'x', which is no number"]


def test_text_in_a_typed_file_is_read_alike_but_digits_alone_stay_codes(tmp_path: Path) -> None:
    columns = {"price": [f"{place}.50" for place in ROWS], "code": [str(place % 7) for place in ROWS]}
    data = load(tmp_path, {**columns, "fee": [f"€{place}" for place in ROWS]}, typed=True)
    assert [column.role.value for column in data.schema.columns] == ["numeric", "categorical", "numeric"]


def test_the_decimal_mark_of_one_column_decides_what_another_leaves_open(tmp_path: Path) -> None:
    data = load(tmp_path, {"price": ["68,81", "60,77"], "weight_g": ["1,234", "5,678"], "sum": ["1.234", "5.678"]})
    assert data.rows["weight_g"].to_list() == [1.234, 5.678]
    assert data.rows["sum"].to_list() == [1234, 5678]


SETTINGS: list[tuple[dict[str, Any], list[str], list[Any]]] = [
    ({"columns": {"a": {"role": "numeric", "decimal": ","}}}, ["1,234", "5,678"], [1.234, 5.678]),
    ({"columns": {"a": {"role": "numeric", "decimal": "."}}}, ["1,234", "5,678"], [1234, 5678]),
    ({"decimal": ","}, ["1,234", "5.678"], [1.234, 5678.0]),
    ({"columns": {"a": {"role": "numeric", "date": "%d/%m/%Y"}}}, ["1/2/1970", "2/1/1970"], [31, 1]),
    ({"date": "%m/%d/%Y"}, ["1/2/1970", "2/1/1970"], [1, 31]),
    ({"columns": {"a": "numeric"}}, ["20240301", "20240302"], [20240301, 20240302]),
    ({"columns": {"a": {"role": "numeric", "date": "%Y%m%d"}}}, ["19700102", "19700201"], [1, 31]),
    ({"columns": {"a": "numeric"}}, ["$1,234.5", "$2"], [1234.5, 2.0]),
    ({"columns": {"a": "categorical"}}, ["1,5", " 2,5"], ["1,5", "2,5"]),
    ({"null_values": {"a": ["NA", -999]}}, ["NA", "-999", "FR"], [None, None, "FR"]),
    ({"null_values": {"a": [-999]}}, ["5", "-999", "7"], [5, None, 7]),
    ({"null_values": {"a": ["never"]}}, ["2024-03-01", "never"], [19783, None]),
    ({"null_values": ["?"]}, [" ?", " Gov"], [None, "Gov"]),
    ({"null_values": [None, True]}, ["NULL", "yes", "x"], [None, None, "x"]),
    ({"columns": {"a": {"role": "numeric", "decimal": ","}}, "null_values": {"a": ["x"]}}, ["1,5", "x"], [1.5, None]),
]


@pytest.mark.parametrize(("settings", "texts", "values"), SETTINGS, ids=str)
def test_settings_say_how_text_is_spelt(
    tmp_path: Path, settings: dict[str, Any], texts: list[str], values: list[Any]
) -> None:
    data = load(tmp_path, {"a": texts, "b": OTHER[: len(texts)]}, **settings)
    assert data.rows["a"].to_list() == values
    column = data.schema.columns[0]
    if not isinstance(settings.get("null_values"), list):  # these, the reader of the batch knows
        assert canonical(pl.Series(texts), column)[0].to_list() == values
    assert not of(data, "a").told


REFUSED: list[tuple[dict[str, Any], list[str], tuple[str, ...]]] = [
    ({"a": {"role": "numeric", "decimal": ","}}, ["1,5", "2,5", "x"], ("'x'", "decimal mark ','", "'null_values'")),
    ({"a": {"role": "numeric", "date": "%d.%m.%Y"}}, ["31.12.2024", "12/31/2024"], ("'12/31/2024'", "%d.%m.%Y")),
    ({"a": "numeric"}, ["1/2/2024", "3/4/2024"], ("'%d/%m/%Y'", "'%m/%d/%Y'", "date:")),
    ({"a": "numeric"}, ["1", "x"], ("'x'", "not a number", "'null_values'")),
]


@pytest.mark.parametrize(("columns", "texts", "says"), REFUSED, ids=str)
def test_text_that_does_not_fit_its_settings_is_refused_with_the_value_and_the_remedy(
    tmp_path: Path, columns: dict[str, Any], texts: list[str], says: tuple[str, ...]
) -> None:
    with pytest.raises(BadInput) as raised:
        load(tmp_path, {"a": texts}, columns=columns)
    for part in ("column 'a'", *says):
        assert part in str(raised.value)


def test_settings_of_other_roles_and_unknown_columns_are_refused(tmp_path: Path) -> None:
    for setting in ({"role": "label", "decimal": ","}, {"role": "numeric", "decimal": ",", "date": "%Y"}):
        with pytest.raises(ValueError, match="remove"):
            Files.model_validate({"path": "a.csv", "columns": {"a": setting}})
    with pytest.raises(BadInput, match=r"no column 'b'.*correct 'null_values'"):
        load(tmp_path, {"a": [1, 2]}, null_values={"b": ["x"]})


def test_keys_that_are_not_set_are_in_no_fingerprint() -> None:
    source = Files.model_validate({"path": "a.csv", "columns": {"a": "label"}})
    assert source.model_dump(mode="json") == {
        "kind": "files", "path": "a.csv", "format": None, "rows_limit": None, "nan": "error", "null_values": [],
        "separator": None, "block": source.block,
        "columns": {"a": {"role": "label", "shape": None, "levels": None, "integer": None}},
    }  # fmt: skip
    stated = Files.model_validate(
        {"path": "a.csv", "decimal": ",", "columns": {"a": {"role": "numeric", "date": "%Y%m%d"}}}
    )
    assert stated.model_dump()["decimal"] == "," and stated.model_dump()["columns"]["a"]["date"] == "%Y%m%d"


def test_a_prompt_beside_a_response_is_never_left_out(tmp_path: Path) -> None:
    texts = {name: [sentence(place + at, WORDS, 4) for place in ROWS] for at, name in enumerate(["prompt", "response"])}
    with pytest.raises(BadInput, match=r"'template: prompt-response'.*columns: \{prompt: ignore\}"):
        load(tmp_path, texts)
    kept = load(tmp_path, texts, columns={"response": "ignore"})
    assert kept.schema.names == ["prompt"]


def test_a_name_that_differs_by_case_alone_is_told_with_the_other(tmp_path: Path) -> None:
    data = load(tmp_path, {"Age": OTHER, "age": OTHER})
    assert [record.why for record in told(data.columns)] == [
        "is called 'age_' from here on, since it differs from 'Age' by case alone"
    ]


def test_where_every_column_is_left_out_each_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"every column is ignored.*'key': differs in every row.*'id': numbers the rows"):
        load(tmp_path, {"key": [f"k{place}" for place in ROWS], "id": list(ROWS)})


def test_a_first_row_that_looks_like_data_is_refused_or_noted_where_it_is_stated_to_be_names(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("39, Gov, <=50K\n" + "".join(f"{30 + n % 20}, Gov, <=50K\n" for n in range(30)))
    with pytest.raises(BadInput, match=r"looks like data.*'header: false'.*'header: true'"):
        Files.model_validate({"path": "a.csv"}, context={"base": tmp_path}).load()
    data = Files.model_validate({"path": "a.csv", "header": True}, context={"base": tmp_path}).load()
    assert any("looks like data" in note and "header: false" in note for note in data.notes)
    assert [record.name for record in told(data.columns)] == ["39"] and "header: false" in of(data, "39").line
    years = load(tmp_path, {"2019": OTHER, "2020": OTHER, "kind": ["a", "b"] * 30}, header=True)
    assert not any("looks like data" in note for note in years.notes)
