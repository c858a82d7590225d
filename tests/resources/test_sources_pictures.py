"""Pictures as people hold them: encoded bytes, paths, folders, arrays; what is read, and what each refusal offers."""

from pathlib import Path

import pytest

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
from outcross.resources.sources import Files, RealData
from outcross.resources.sources import encoded_images as encoded
from tests.resources.picture_cases import (
    COLOUR,
    FLAT,
    GREY,
    HELD,
    METADATA,
    PARQUET,
    PNGS,
    REFUSED,
    ROWS,
    Held,
    Refused,
    encode,
    files,
    table,
)


def load(folder: Path, **options: object) -> RealData:
    data = Files.model_validate(options, context={"base": folder}).load()
    assert dict(data.rows.schema) == data.schema.polars
    return data


@pytest.mark.parametrize("held", HELD, ids=lambda held: held.name)
def test_pictures_are_read_as_they_are_held(tmp_path: Path, held: Held) -> None:
    held.write(tmp_path)
    data = load(tmp_path, **held.settings)
    image = data.schema.image
    assert image is not None and image.levels == held.levels
    assert image.shape == tuple(held.settings.get("size", (8, 8)))
    if held.pixels is not None:
        assert data.rows[image.name].to_numpy().reshape(held.pixels.shape).tolist() == held.pixels.tolist()
        assert image.channels == (3 if held.pixels.ndim > 3 else 1)
    label = data.schema.label
    assert (None if label is None else data.rows[label.name].to_list()) == (held.labels and list(held.labels))
    assert held.notes in "\n".join(data.notes)


@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.name)
def test_what_is_no_picture_is_refused_with_a_remedy_that_works(tmp_path: Path, refused: Refused) -> None:
    refused.write(tmp_path)
    with pytest.raises(BadInput) as raised:
        load(tmp_path, **refused.settings)
    for part in refused.says:
        assert part in str(raised.value)
    if refused.offers is not None:
        assert load(tmp_path, **{**refused.settings, **refused.offers}).rows.height >= 2


def test_the_images_that_a_table_names_are_part_of_its_version(tmp_path: Path) -> None:
    files({**FLAT, "imgs/metadata.csv": METADATA.encode()})(tmp_path)
    source = Files.model_validate({"path": "imgs"}, context={"base": tmp_path})
    before = source.content_version()
    (tmp_path / "imgs" / "5.png").write_bytes(PNGS[0])
    assert source.content_version() != before


def test_what_was_done_to_a_column_of_pictures_is_told_and_its_settings_can_be_pasted(tmp_path: Path) -> None:
    table(x=[encode(each) for each in COLOUR])(tmp_path)
    (record,) = load(tmp_path, **PARQUET, grey=True).columns
    assert record.told and "converted to grey" in record.why and record.role == Role.IMAGE
    assert load(tmp_path, **PARQUET, grey=True, columns={"x": record.setting}).rows.height == ROWS
    table(x=[encode(each) for each in GREY])(tmp_path)
    (record,) = load(tmp_path, **PARQUET).columns
    assert (record.type, record.why, record.told) == ("images", "by its values", False)
    (record,) = load(tmp_path, **PARQUET, columns={"x": "image"}).columns
    assert record.why == "stated in 'columns'"


def test_all_images_of_a_source_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoded, "MOST_PIXELS", 64 * ROWS - 1)
    table(x=PNGS)(tmp_path)
    with pytest.raises(BadInput, match=r"more than 383 values together; set 'size"):
        load(tmp_path, **PARQUET)
    assert load(tmp_path, **PARQUET, size=[4, 4]).rows.height == ROWS
