"""The pages about Python run as they stand: each block of ``docs/python.md``, each cell of ``docs/notebook.ipynb``."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import outcross as oc

pytestmark = pytest.mark.long(seconds=30)

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run_cell(source: str, names: dict[str, Any], where: str) -> Any:
    """Run statements as a notebook does, and return the value of the last one, if it is an expression."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), where, "exec"), names)
    return None if last is None else eval(compile(ast.Expression(last.value), where, "eval"), names)


def test_the_blocks_of_the_page_run_one_after_the_other(folder: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {"__name__": "page"}
    for number, block in enumerate(blocks, start=1):
        run_cell(block, names, f"docs/python.md, block {number}")
    assert (folder / "report.html").stat().st_size > 100_000
    cohort = oc.Cohort(rows=names["run"].rows(0).drop("origin", "row_id"), schema=SCHEMA, seeds={0: 1, 1: 2, 2: 3})
    fitted = names["Resample"]().fit(cohort)
    drawn = fitted.sample(rows=5, seeds={0: 4, 1: 5, 2: 6})
    assert drawn["replicate"].to_list() == [0] * 5 + [1] * 5 + [2] * 5
    assert (
        names["Resample"]().load(fitted.tensors(), fitted.card()).sample(rows=5, seeds={0: 4, 1: 5, 2: 6}).equals(drawn)
    )


SCHEMA = oc.Schema((oc.Column(name="mean radius", role=oc.Role.NUMERIC),))


def test_the_names_that_the_page_lists_are_those_that_there_are() -> None:
    listed = re.findall(r"^\| (.*?) \|", (DOCS / "python.md").read_text("utf-8"), re.MULTILINE)
    named = set(re.findall(r"oc\.(\w+)", " ".join(listed)))
    assert named | {"__version__"} == set(oc.__all__)


def test_the_notebook_runs_and_is_kept_without_outputs(folder: Path) -> None:
    notebook = json.loads((DOCS / "notebook.ipynb").read_text("utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells)
    names: dict[str, Any] = {"__name__": "notebook"}
    shown = [run_cell("".join(cell["source"]), names, f"docs/notebook.ipynb, {cell['id']}") for cell in cells]
    table, run, loss, rows, report = (shown[at] for at in (1, 2, 5, 6, 7))
    assert table.filter(metric="copies")["repeats"].item() == 1.0
    assert run.verdicts()["decided"].to_list() == [True]
    assert names["answer"].share == run.verdicts()["safe_share"][0]
    assert shown[4].columns == ["share", "lower", "fitted", "upper"]
    assert (
        loss.height == 4 and loss.filter(generation=3)["replace"].item() > loss.filter(generation=3)["fixed-0"].item()
    )
    assert rows["origin"].to_list() == ["real", "synthetic"] * 4
    assert "srcdoc=" in report._repr_html_()
