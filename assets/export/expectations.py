"""The suite that is derived from a corpus's anchor, as a project of Great Expectations reads it."""

import json

from outcross.assets.export.description import Description
from outcross.assets.export.format import Format
from outcross.resources.errors import BadInput


def write(dataset: Description) -> str:
    """Write the suite as JSON: ``ExpectationSuite(**json.loads(text))``.

    Raises:
        BadInput: the dataset is of a study, which has no suite.
    """
    if dataset.suite is None:
        raise BadInput(
            f"{dataset.entity.name} is no version of a corpus, so no suite is derived for it; choose another format"
        )
    return json.dumps(dataset.suite, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


FORMAT = Format(
    name="expectations",
    file_name="expectations.json",
    about="suite of Great Expectations derived from the anchor (of a corpus)",
    write=write,
)
