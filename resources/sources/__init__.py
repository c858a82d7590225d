"""Where real data comes from: one file a source, and the registry that study files choose from."""

from typing import Annotated

from pydantic import Field

from resources.sources.breast_cancer import BreastCancer
from resources.sources.college import College
from resources.sources.contract import RealData, Source
from resources.sources.digits import Digits
from resources.sources.files import Files
from resources.sources.population import Population
from resources.sources.python_docs import PythonDocs
from resources.sources.text_files import TextFiles

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
