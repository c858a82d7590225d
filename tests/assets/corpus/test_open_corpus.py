"""A corpus as its folder says what it holds."""

import json
from pathlib import Path

import pytest

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import ABOUT
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.store import Store

GLUCOSE, SITE = Column(name="glucose", role=Role.NUMERIC), Column(name="site_", role=Role.GROUP, source="site")
PATIENT = Column(name="patient", role=Role.CATEGORICAL)


@pytest.mark.parametrize(
    ("entity", "beside", "stored", "found"),
    [
        (None, None, ["glucose", "site_"], None),
        ("site", None, ["glucose", "site_"], SITE),
        ("patient", PATIENT, ["glucose", "site_", "patient"], PATIENT),
    ],
)
def test_the_entity_is_a_column_of_the_rows_or_one_beside_them(
    tmp_path: Path, entity: str | None, beside: Column | None, stored: list[str], found: Column | None
) -> None:
    settings = {"corpus": "visits", "anchor": {"kind": "digits"}, "entity": entity, "bound": {"share": 1.0}}
    corpus = OpenCorpus(Corpus.model_validate(settings), Store(tmp_path), CorpusStore(Store(tmp_path), "visits"))
    assert not corpus.is_started
    about = {"schema": Schema((GLUCOSE, SITE)).to_json()}
    about |= {} if beside is None else {"entity": Schema((beside,)).to_json()}
    corpus.files.put(ABOUT, json.dumps(about).encode())
    assert corpus.is_started and not corpus.has_texts and not corpus.has_pictures
    assert (corpus.stored.names, corpus.entity) == (stored, found)
    assert corpus.schema.names == ["glucose", "site_"] and corpus.columns == corpus.notes == []
