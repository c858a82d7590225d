"""The YAML files of corpora."""

from pathlib import Path

from outcross.assets.corpus.corpus import Corpus
from outcross.jobs.files.settings_files import SettingsFiles

CORPORA = SettingsFiles(
    model=Corpus,
    noun="corpus",
    plural="corpora",
    example="'corpus:' and 'anchor:'",
    shipped_folder=Path(__file__).parents[1] / "corpora",
    variable="OUTCROSS_CORPORA",
    registry="corpora.json",
)
