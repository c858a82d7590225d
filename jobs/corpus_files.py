"""Corpus files."""

from pathlib import Path

from outcross.assets.intake.corpus import Corpus
from outcross.jobs.settings_files import Shelf

CORPORA = Shelf(
    model=Corpus,
    noun="corpus",
    plural="corpora",
    example="'corpus:' and 'anchor:'",
    shipped=Path(__file__).parent / "corpora",
    variable="OUTCROSS_CORPORA",
    registry="corpora.json",
)
