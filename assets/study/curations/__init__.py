"""The curations that an arm can name by ``kind``. To add one, add a file here and a line that imports it."""

from typing import TYPE_CHECKING

from outcross.assets.study.curations.bradley_terry import BradleyTerry as BradleyTerry
from outcross.assets.study.curations.contract import Curation as Curation
from outcross.assets.study.curations.deduplicate import Deduplicate as Deduplicate
from outcross.assets.study.curations.verify import Verify as Verify
from outcross.resources.registry import any_of, by_tag, kinds_in

_KINDS = kinds_in(globals(), Curation)  # type: ignore[type-abstract]

CURATIONS: dict[str, type[Curation]] = by_tag(_KINDS, "kind")
"""Kind → curation."""

if TYPE_CHECKING:
    AnyCuration = Curation
else:
    AnyCuration = any_of(_KINDS, "kind")
"""Settings of any curation, discriminated by ``kind``."""
