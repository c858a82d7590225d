"""The bundled sources, the registry, and the development data."""

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError

from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role
from outcross.resources.sources import (
    SOURCES,
    AnySource,
    BreastCancer,
    College,
    Digits,
    Files,
    PythonDocs,
    RealData,
    Source,
    packaged,
)
from outcross.resources.sources.file_source import FileSource
from outcross.resources.sources.population import Population
from outcross.resources.tokens import tokenize
from tests.shared_data import shared_data


def assert_canonical(data: RealData) -> None:
    assert dict(data.rows.schema) == data.schema.polars
    for column in data.schema.columns:
        assert column.nullable or data.rows[column.name].null_count() == 0


@pytest.mark.parametrize("source", [Digits(), BreastCancer(), College(), PythonDocs()], ids=lambda source: source.kind)
def test_a_bundled_source_is_canonical_and_the_same_each_time(source: Source) -> None:
    data = source.load()
    assert_canonical(data)
    assert data.rows.equals(source.load().rows)


def test_digits_are_images_of_seventeen_greys_with_ten_labels() -> None:
    data = Digits().load()
    assert data.schema.image == Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=16)
    assert data.rows["image"].explode().max() == 16
    assert data.rows["label"].unique().sort().to_list() == [str(digit) for digit in range(10)]


def test_breast_cancer_has_thirty_measurements_and_the_published_diagnoses() -> None:
    data = BreastCancer().load()
    assert len(data.schema.numeric) == 30
    assert dict(data.rows["label"].value_counts().iter_rows()) == {"malignant": 212, "benign": 357}


def test_college_gives_the_published_regression_of_wages_on_schooling() -> None:
    """Wooldridge, Introductory Econometrics, equation 4.21: 1.472, 0.0667, 0.0769, 0.0049 with 6,763 people."""
    data = College().load()
    rows = data.rows
    schooling = rows.select(pl.lit(1.0), "junior", "university", "experience").to_numpy()
    found, *_ = np.linalg.lstsq(schooling, rows["log_wage"].to_numpy(), rcond=None)
    assert rows.height == 6763
    assert found == pytest.approx([1.472, 0.0667, 0.0769, 0.0049], abs=6e-4)
    assert [column.name for column in data.schema.with_role(Role.GROUP)] == ["sex", "race"]
    assert rows["race"].value_counts(sort=True)["race"].to_list() == ["other", "black", "hispanic"]


@pytest.mark.parametrize("block", [16, 64, 1000])
def test_every_row_of_the_python_docs_has_the_same_tokens_and_almost_all_text_is_kept(block: int) -> None:
    from pydoc_data.topics import topics

    rows = PythonDocs(block=block).load().rows["text"].to_list()
    assert {len(tokenize(row)) for row in rows} == {block}
    assert sum(len(tokenize(text)) for text in topics.values()) - len(rows) * block < block


def test_a_block_longer_than_half_the_python_docs_is_refused() -> None:
    with pytest.raises(BadInput, match=r"python_docs.*lower 'block'"):
        PythonDocs(block=100_000).load()


def test_the_registry_reads_every_kind_and_refuses_others() -> None:
    adapter: TypeAdapter[Source] = TypeAdapter(AnySource)
    for kind, source in SOURCES.items():
        settings: dict[str, Any] = {"kind": kind}
        if issubclass(source, FileSource):
            settings["path"] = "x.csv"
        if source is Population:
            settings |= {"rows": 10, "of": {"family": "gaussian"}}
        assert isinstance(adapter.validate_python(settings), source)
    with pytest.raises(ValidationError):
        adapter.validate_python({"kind": "rumour"})
    with pytest.raises(ValidationError):
        adapter.validate_python({"kind": "digits", "levels": 3})


def test_neither_the_registry_nor_a_bundled_table_loads_anything_heavy() -> None:
    load = "[source().load() for source in (sources.Digits, sources.BreastCancer, sources.College)]"
    code = f"import sys, outcross.resources.sources as sources; {load}; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())
    assert "outcross.resources.sources.files" in loaded
    assert not loaded & {"sklearn", "wooldridge", "torch", "pandas", "fsspec", "pydoc_data"}


def test_digits_and_breast_cancer_are_those_of_scikit_learn_to_the_bit() -> None:
    from sklearn.datasets import load_breast_cancer, load_digits

    digits, found = load_digits(), Digits().load().rows
    assert np.array_equal(found["image"].to_numpy(), digits.data)
    assert found["label"].to_list() == [str(digit) for digit in digits.target]
    tumours, rows = load_breast_cancer(), BreastCancer().load().rows
    assert rows.columns == [*tumours.feature_names, "label"]
    assert np.array_equal(rows.drop("label").to_numpy(), tumours.data)
    assert rows["label"].to_list() == [tumours.target_names[code] for code in tumours.target]


BUNDLED = [(Digits(), "scikit-learn"), (BreastCancer(), "scikit-learn"), (College(), "wooldridge")]


@pytest.mark.parametrize(("source", "package"), BUNDLED, ids=["digits", "breast_cancer", "college"])
def test_a_bundled_source_whose_package_or_file_is_gone_says_what_to_install(
    source: Source, package: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = ModuleSpec(package, None, is_package=True)
    found.submodule_search_locations = [str(tmp_path)]
    for spec, fault in ((None, "is not installed; install it"), (found, "lacks its file .*; install it again: pip")):
        monkeypatch.setattr(packaged, "find_spec", lambda name, spec=spec: spec)
        with pytest.raises(BadInput, match=f"source '{source.kind}': package '{package}' {fault}"):
            source.load()


def test_adult_keeps_its_columns_and_nulls() -> None:
    path = shared_data("adult.parquet")
    data = Files(path=str(path), columns={"income": "label"}).load()  # type: ignore[dict-item]
    assert_canonical(data)
    assert data.rows.shape == (32_561, 15)
    assert [len(data.schema.numeric), len(data.schema.discrete)] == [6, 9]
    assert data.schema.label is not None and data.schema.label.name == "income"
    nullable = {column.name for column in data.schema.columns if column.nullable}
    assert nullable == {"work-class", "occupation", "native-country"}
    assert data.rows.null_count().row(0) == pl.read_parquet(path).null_count().row(0)


def test_mnist_is_images_of_28_by_28_bytes() -> None:
    path = shared_data("mnist10k.parquet")
    data = Files(path=str(path), rows_limit=1000).load()
    assert_canonical(data)
    assert data.schema.image == Column(name="image", role=Role.IMAGE, shape=(28, 28), levels=255)
    assert data.schema.label == Column(name="label", role=Role.LABEL, kind="whole")
    assert data.rows["image"].equals(pl.read_parquet(path, n_rows=1000)["image"])


def test_wikitext_is_cut_into_equal_rows_over_both_files() -> None:
    folder = shared_data("wikitext2_test.txt").parent
    data = Files(path=str(folder / "wikitext2_*.txt"), block=128).load()
    assert_canonical(data)
    assert {len(tokenize(row)) for row in data.rows["text"]} == {128}
    assert len(data.rows) > 4_000
