"""The SQL views of a store that has a study and a corpus, with their columns and types, as DuckDB describes them."""

from pathlib import Path
from tempfile import TemporaryDirectory

STUDY = {
    "study": "example",
    "source": {"kind": "breast_cancer"},
    "generator": {"kind": "copula"},
    "generations": 2,
    "replicates": 2,
    "rows": 60,
    "metrics": ["shapes"],
    "arms": {"replace": {"policy": "replace"}, "accumulate": {"policy": "accumulate"}},
    "ladders": {"substitution": {"policy": "fixed", "shares": [0, 0.5, 1]}},
    "endpoints": {"column_shapes": {"tolerance": 0.1}},
}
CORPUS = {"corpus": "example", "anchor": {"kind": "breast_cancer"}, "bound": {"share": 0.2}}


def described() -> dict[str, list[tuple[str, str]]]:
    """Return view → its columns, each with its type; of a study and of a corpus there is one example each."""
    from sklearn.datasets import load_breast_cancer

    import outcross as oc
    from outcross.resources.store import Store
    from outcross.resources.warehouse import query

    with TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        oc.run(STUDY, root=root)
        oc.open_corpus(CORPUS, root=root).ingest(
            load_breast_cancer(as_frame=True).frame[:200], origin="real", name="again"
        )
        columns = query(
            Store(root),
            "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal "
            "order by schema_name, table_name, column_index",
        )
    found = dict[str, list[tuple[str, str]]]()
    for schema, view, column, kind in columns.rows():
        found.setdefault(view if schema == "main" else f"{schema}.{view}", []).append((f"`{column}`", kind))
    return found
