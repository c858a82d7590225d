"""Where real data comes from: one file a source, and the registry that study files choose from."""

from typing import Annotated

from pydantic import Field

from outcross.resources.sources.breast_cancer import BreastCancer
from outcross.resources.sources.college import College
from outcross.resources.sources.contract import RealData, Source
from outcross.resources.sources.digits import Digits
from outcross.resources.sources.files import Files
from outcross.resources.sources.population import Population
from outcross.resources.sources.python_docs import PythonDocs
from outcross.resources.sources.text_files import TextFiles

AnySource = Annotated[
    Digits | BreastCancer | College | PythonDocs | Files | TextFiles | Population, Field(discriminator="kind")
]
"""The settings of any source, told apart by ``kind``."""

SOURCES: dict[str, type[Source]] = {
    "digits": Digits,
    "breast_cancer": BreastCancer,
    "college": College,
    "python_docs": PythonDocs,
    "files": Files,
    "text_files": TextFiles,
    "population": Population,
}
"""Kind → source."""

__all__ = [
    "SOURCES",
    "AnySource",
    "BreastCancer",
    "College",
    "Digits",
    "Files",
    "Population",
    "PythonDocs",
    "RealData",
    "Source",
    "TextFiles",
]
