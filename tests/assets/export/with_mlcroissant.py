"""MLCommons' own reader of Croissant: a description is validated, and every record of every table is loaded.

mlcroissant 1.1.1 (Apache-2.0) reads files by their paths relative to the description, verifies the sha256 of a table
of one file, and does not check what ``rai:hasSyntheticData`` and the terms of PROV-O mean.
"""


def load_records(path: str) -> dict[str, int]:
    """Table → how many records were loaded; raises where the description or a file is not as it should be."""
    import mlcroissant

    dataset = mlcroissant.Dataset(jsonld=path)
    return {table.name: sum(1 for _ in dataset.records(table.id)) for table in dataset.metadata.record_sets}


def validate(path: str) -> None:
    """Check a description whose files are not there; raises where it is not as it should be."""
    import mlcroissant

    mlcroissant.Dataset(jsonld=path)
