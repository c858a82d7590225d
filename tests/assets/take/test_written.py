"""Rows of each format are written as they came in it: fields of CSV, types of Parquet, bytes of image files, or PNG."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from outcross.assets.artefacts import CARRIED, Artefacts
from outcross.assets.study.study import Study
from outcross.assets.take.choice import choose
from outcross.assets.take.of_study import take_study
from outcross.assets.take.put import put
from outcross.assets.take.taken import Taken, claims_frame
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.carried.as_came import CONTENT, NAME, AsCame
from outcross.resources.carried.carried import Carried
from outcross.resources.carried.rows import Rows
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.files import Files
from outcross.resources.sources.read_as_came import read_as_came
from outcross.resources.store import Store

SCHEMA = Schema((Column(name="x", role=Role.NUMERIC), Column(name="kind", role=Role.LABEL, nullable=True)))
ROWS = pl.DataFrame({"x": [1.5, 2.0, 0.25], "kind": ["a", None, "b"]}, schema=SCHEMA.polars)
ORIGINS = ["real", "real", "synthetic"]
CSV = 'note;x;kind\n007;1,50;a\n"a;b";2.0;\n"";.25;b\n'


def taken(rows: Rows, form: str, **keys: Any) -> Taken:
    claims = claims_frame(pl.DataFrame({"origin": ORIGINS, "weight": [0.5, 0.5, 2.0]}))
    return Taken(rows=rows, claims=claims, form=form, card=lambda files: f"# {len(files)} files", about={}, **keys)


def carried(came: AsCame | None, rows: pl.DataFrame = ROWS, schema: Schema = SCHEMA) -> Rows:
    assert came is not None
    return Rows(rows=rows, schema=schema, carried=Carried.of_one(came, np.arange(came.rows)))


def test_fields_of_csv_are_written_as_they_came_with_their_separator(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    source = Files.model_validate({"kind": "files", "path": "a.csv"}, context={"base": tmp_path})
    came = read_as_came(source)
    rows = carried(came)
    assert came is not None and came.separator == ";"
    found = taken(rows, "csv", separator=came.separator)
    assert put(found, tmp_path / "b.csv").path.read_text() == CSV
    wide = put(found, tmp_path / "c.csv", columns=True).path.read_text().splitlines()
    assert wide[0] == "note;x;kind;provenance_origin;provenance_weight" and wide[3] == '"";.25;b;synthetic;2.0'
    mix = put(found, tmp_path / "mix").path
    assert json.loads((mix / "mixture.json").read_text())["probabilities"] == pytest.approx([1 / 3, 2 / 3])
    made = AsCame(format="parquet", table=pa.table({"x": [0.25], "kind": ["b"], "deep": [{"n": [1]}], "raw": [b"\0"]}))
    two = Carried(parts=(came, made), part=np.array([0, 0, 1]), place=np.array([0, 1, 0]))
    mixed = put(taken(Rows(rows=ROWS, schema=SCHEMA, carried=two), "csv"), tmp_path / "d.csv").path
    assert mixed.read_text().splitlines()[::3] == ["note,x,kind,deep,raw", ',0.25,b,"{""n"":[1]}",AA==']


@pytest.mark.parametrize("form", ["parquet", "arrow", "json"])
def test_columns_are_written_with_their_types(tmp_path: Path, form: str) -> None:
    table = pa.table({"x": pa.array([1.5, 2, 0.25], pa.float32()), "kind": ["a", None, "b"], "deep": [[1], None, []]})
    came = AsCame(format="json", table=pa.table({"line": ['{"x": 1.50}', '{"x":2}', "{}"]}))
    rows = carried(came if form == "json" else AsCame(format=form, table=table))
    path = put(taken(rows, form), tmp_path / f"a.{form}").path
    wide = put(taken(rows, form), tmp_path / f"b.{form}", columns=True).path
    if form == "json":
        assert path.read_text() == '[\n{"x": 1.50},\n{"x":2},\n{}\n]\n'
        assert json.loads(wide.read_text())[2] == {"provenance_origin": "synthetic", "provenance_weight": 2.0}
        return
    read = pq.read_table if form == "parquet" else lambda each: pa.ipc.open_file(each).read_all()
    assert read(path).equals(table)
    assert read(wide).column("provenance_origin").to_pylist() == ORIGINS


def png(value: int) -> bytes:
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    Image.new("L", (2, 2), value).save(buffer, "PNG")
    return buffer.getvalue()


def test_pictures_are_files_in_a_folder_of_their_class_as_they_came_or_as_png(tmp_path: Path) -> None:
    from PIL import Image

    image = Column(name="image", role=Role.IMAGE, shape=(2, 2), levels=16)
    schema = Schema((image, Column(name="label", role=Role.LABEL)))
    rows = pl.DataFrame({"image": [[0] * 4, [8] * 4, [16] * 4], "label": ["a", "a", "b/c"]}, schema=schema.polars)
    files = pa.table({NAME: ["x/1.png", "y/1.png", "z/2.png"], CONTENT: [png(1), png(2), png(3)]})
    found = taken(carried(AsCame(format="image", table=files), rows, schema), "image")
    mix = put(found, tmp_path / "mix").path
    written = {str(each.relative_to(mix)): each.read_bytes() for each in mix.rglob("*.png")}
    assert written == {"real/a/1.png": png(1), "real/a/1-2.png": png(2), "synthetic/b_c/2.png": png(3)}
    assert json.loads((mix / "synthetic.provenance.json").read_text()) == {"origin": "synthetic"}
    drawn = put(taken(Rows(rows=rows, schema=schema), "image"), tmp_path / "drawn").path
    values = [np.asarray(Image.open(each)).max() for each in sorted(drawn.rglob("*.png"))]
    assert values == [0, 128, 255]
    with pytest.raises(BadInput, match="rows that came as image have no columns to state their provenance in"):
        put(found, tmp_path / "no", columns=True)
    with pytest.raises(BadInput, match="these rows came as image; name a folder"):
        put(found, tmp_path / "no.csv")


def test_rows_that_are_text_files_are_those_files_again_byte_for_byte(tmp_path: Path) -> None:
    real = {"guide/a.md": b"# One\r\n\r\nfirst words\r\n", "guide/deep/a.md": "\ufeffzweite Wörter\n".encode()}
    made = {"a.md": b"third words", "empty.md": b" \n"}
    for folder, files in (("real", real), ("made", made)):
        for name, content in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    sources = [
        Files.model_validate(
            {"kind": "files", "path": f"{folder}/**/*.md", "rows": "files"}, context={"base": tmp_path}
        )
        for folder in ("real", "made")
    ]
    (tmp_path / "made" / "z.md").write_text("fourth words")
    read = [source.load() for source in sources]
    came = [read_as_came(source) for source in sources]
    assert [each.rows for each in came if each is not None] == [len(each.rows) for each in read] == [2, 2]
    parts = [each for each in came if each is not None]
    two = Carried(parts=parts, part=np.array([0, 0, 1]), place=np.array([0, 1, 0]))
    texts = pl.concat([read[0].rows, read[1].rows[:1]])
    rows = Rows(rows=texts, schema=read[0].schema, carried=two)
    mix = put(taken(rows, parts[0].format), tmp_path / "mix").path
    written = {str(each.relative_to(mix)): each.read_bytes() for each in mix.rglob("*.md") if each.parent != mix}
    assert written == {
        "real/a.md": real["guide/a.md"],
        "real/deep/a.md": real["guide/deep/a.md"],
        "synthetic/a.md": made["a.md"],
    }
    assert rows.lines()[0] == '{"text":"# One\\n\\nfirst words\\n"}', "a program is handed the text"
    plain = put(taken(Rows(rows=texts, schema=read[0].schema), parts[0].format), tmp_path / "plain").path
    assert (plain / "real" / "0.txt").read_text() == texts["text"][0]


def test_rows_that_a_generator_made_have_what_is_modelled_and_say_what_is_lost(tmp_path: Path) -> None:
    x = np.random.default_rng(0).standard_normal(40)
    pl.DataFrame({"x": x, "y": x + 1, "id": [f"row {each:.9f}" for each in x]}).write_parquet(tmp_path / "a.parquet")
    settings = {
        "study": "fitted",
        "source": {"kind": "files", "path": "a.parquet", "columns": {"id": "ignore"}},
        "generator": {"kind": "gaussian"},
        "rows": 10,
        "generations": 2,
        "replicates": 1,
        "metrics": ["variance_ratio"],
        "ladders": {"sub": {"policy": "fixed", "shares": [0.5]}},
        "endpoints": {"variance_ratio": {"tolerance": 0.5}},
    }
    study = Study.model_validate(settings, context={"base": tmp_path})
    artefacts = Artefacts(study, Store(tmp_path / "data"))
    run_plainly(artefacts, study.lineages, checks=False)
    assert not artefacts.store.exists(artefacts.address(CARRIED)), "no row of a generator's has what real ones carry"
    found = take_study(artefacts, choose(artefacts, "0.5"))
    assert "columns 'id' are not there: a generator that makes rows of its own has none" in found.notes[0]
    written = put(found, tmp_path / "mix")
    made = pq.read_table(written.path / "synthetic.parquet")
    assert made.column_names == ["x", "y"] and made.num_rows == 5
    sidecar = json.loads((written.path / "synthetic.parquet.provenance.json").read_text())
    assert {key: sidecar[key] for key in ("generator", "parent", "depth")} == {
        "generator": "gaussian",
        "parent": "fitted",
        "depth": 1,
    }
