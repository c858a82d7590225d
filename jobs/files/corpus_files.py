"""The YAML files of corpora."""

from pathlib import Path
from typing import TYPE_CHECKING

from outcross.jobs.files.settings_files import SettingsFiles

if TYPE_CHECKING:
    from outcross.assets.corpus.corpus import Corpus


def _load_model() -> "type[Corpus]":
    from outcross.assets.corpus.corpus import Corpus

    return Corpus


CORPORA = SettingsFiles(
    load_model=_load_model,
    noun="corpus",
    plural="corpora",
    example="'corpus:' and 'anchor:'",
    shipped_folder=Path(__file__).parents[1] / "corpora",
    variable="OUTCROSS_CORPORA",
    registry="corpora.json",
)
