"""A team's own Dagster project, with an executor, a resource and an asset, and a study and a corpus beside them."""

from pathlib import Path

import polars as pl
import yaml

STUDY = {
    "study": "sales-study",
    "source": {"kind": "files", "path": "sales.csv"},
    "generator": {"kind": "copula", "draws": 4},
    "metrics": ["shapes"],
    "generations": 2,
    "replicates": 1,
    "arms": {"replace": {"policy": "replace"}},
    "webhook": "http://127.0.0.1:9/hook",
}
CORPUS = {
    "corpus": "sales",
    "anchor": {"kind": "files", "path": "../census/sales.csv"},
    "bound": {"study": "sales-study"},
    "inbox": "inbox",
}
_PYTHON = """
import dagster as dg

class Shop(dg.ConfigurableResource):
    city: str

@dg.asset
def turnover(store: Shop) -> str:
    return store.city

@dg.definitions
def defs() -> dg.Definitions:
    return dg.Definitions(
        assets=[turnover], resources={"store": Shop(city="Delft")}, executor=dg.multiprocess_executor
    )
"""
_PROJECT = """
[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "NAME"
"""


def write_project(folder: Path, name: str) -> Path:
    """Write the project below a folder, as a module of this name; return its folder of definitions."""
    defs = folder / name / "defs"
    for each in (defs / "census", defs / "people", defs / "alerts"):
        each.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(_PROJECT.replace("NAME", name))
    (folder / name / "__init__.py").touch()
    (defs / "__init__.py").touch()
    (defs / "shop.py").write_text(_PYTHON)
    rows = pl.DataFrame({"price": [float(n % 17) for n in range(200)], "kind": ["ab"[n % 2] for n in range(200)]})
    rows.write_csv(defs / "census" / "sales.csv")
    state(defs / "census", "StudyComponent", STUDY)
    state(defs / "people", "CorpusComponent", CORPUS)
    (defs / "alerts" / "defs.yaml").write_text("type: outcross.components.AlertsComponent\n")
    return defs


def state(folder: Path, component: str, attributes: dict[str, object]) -> None:
    """Write the ``defs.yaml`` of a component."""
    stated = {"type": f"outcross.components.{component}", "attributes": attributes}
    (folder / "defs.yaml").write_text(yaml.safe_dump(stated))
