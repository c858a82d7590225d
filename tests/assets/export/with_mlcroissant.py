"""Hold exports against MLCommons' own reader: each is validated, and every record of every table is loaded.

It is a program of its own, for an environment of its own::

    python -m venv check && check/bin/pip install mlcroissant pyarrow
    check/bin/python tests/assets/export/with_mlcroissant.py CORPUS_FOLDER/croissant.json …

mlcroissant 1.1.1 (Apache-2.0) reads files by their paths relative to the description, verifies the sha256 of a table
of one file, and says nothing of what ``rai:hasSyntheticData`` and the terms of PROV-O mean.
"""

import sys


def loaded(path: str) -> dict[str, int]:
    """Table → how many records were loaded; raises where the description or a file is not as it should be."""
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=path)
    return {table.name: sum(1 for _ in dataset.records(table.id)) for table in dataset.metadata.record_sets}


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(each, loaded(each))  # noqa: T201
