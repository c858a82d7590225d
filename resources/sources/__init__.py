"""The sources that a study can name by ``kind``. To add one, add a file here and a line that imports it."""

from typing import TYPE_CHECKING

from outcross.resources.registry import any_of, by_tag, kinds_in
from outcross.resources.sources.breast_cancer import BreastCancer as BreastCancer
from outcross.resources.sources.college import College as College
from outcross.resources.sources.contract import RealData as RealData
from outcross.resources.sources.contract import Source as Source
from outcross.resources.sources.digits import Digits as Digits
from outcross.resources.sources.files import Files as Files
from outcross.resources.sources.population import Population as Population
from outcross.resources.sources.python_docs import PythonDocs as PythonDocs
from outcross.resources.sources.text_files import TextFiles as TextFiles

_KINDS = kinds_in(globals(), Source)  # type: ignore[type-abstract]

SOURCES: dict[str, type[Source]] = by_tag(_KINDS, "kind")
"""Kind → source."""

if TYPE_CHECKING:
    AnySource = Source
else:
    AnySource = any_of(_KINDS, "kind")
"""The settings of any source, discriminated by ``kind``."""
