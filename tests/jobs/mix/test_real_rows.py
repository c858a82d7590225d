"""What is inferred of real rows: what they are, and which model learns from them."""

from pathlib import Path

import pytest

from outcross.jobs.mix.real_rows import infer_real_rows
from outcross.resources.errors import BadInput

ROWS = "\n".join(
    f"{index * 0.37},{index % 3},{index % 40},{'yes' if index % 2 else 'no'},2024-01-{1 + index % 28:02d},"
    f"the customer number {index} called again"
    for index in range(60)
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real")
    (folder / "people.csv").write_text(f"income,class_no,age,kept,day,remark\n{ROWS}\n")
    (folder / "named.csv").write_text("income,class,age\n" + "\n".join(f"{i}.5,{i % 2},{i}" for i in range(60)))
    (folder / "texts.txt").write_text("a cat sat on the mat and looked at a dog . " * 200)
    (folder / "remarks.csv").write_text(
        "remark,kept\n" + "\n".join(f"the customer number {i} called again,{'ab'[i % 2]}" for i in range(60))
    )
    return folder


@pytest.mark.parametrize(
    ("file", "label", "learner", "columns", "says"),
    [
        ("people.csv", "kept", "classifier", {"remark": "ignore", "kept": "label"}, "names classes (2)"),
        (
            "people.csv",
            "class_no",
            "classifier",
            {"remark": "ignore", "class_no": "label"},
            "3 different whole",
        ),
        ("people.csv", "age", "regressor", {"remark": "ignore", "age": "target"}, "is a number (40 different values)"),
        ("people.csv", "income", "regressor", {"remark": "ignore", "income": "target"}, "is a number (60"),
        ("named.csv", None, "classifier", {}, "of 'class', the label of the source (2 classes)"),
        ("texts.txt", None, "language_model", {}, "nats per word of real text"),
    ],
)
def test_the_learner_follows_from_the_column_that_is_predicted(
    folder: Path, file: str, label: str | None, learner: str, columns: dict[str, str], says: str
) -> None:
    found = infer_real_rows(str(folder / file), {}, label=label, own_learner=False)
    assert (found.learner, found.columns) == (learner, columns)
    assert says in " ".join(found.said)


def test_texts_that_no_shipped_learner_of_a_label_reads_are_left_out_and_told(folder: Path) -> None:
    said = infer_real_rows(str(folder / "people.csv"), {}, label="kept", own_learner=False).said
    assert any("Left out: 'remark', as texts" in each for each in said)
    own = infer_real_rows(str(folder / "people.csv"), {}, label=None, own_learner=True)
    assert (own.learner, own.modality, own.columns) == ("external", "text", {})


@pytest.mark.parametrize(
    ("file", "label", "reading", "says"),
    [
        ("people.csv", "salary", {}, "has no column 'salary' (it has 'income', "),
        ("people.csv", "day", {}, "'day' holds dates or times"),
        ("remarks.csv", "kept", {}, "nothing is left to predict 'kept' from"),
        ("people.csv", None, {"columns": {"remark": "ignore"}}, "name the column with --label (it has 'income', "),
        ("people.csv", None, {"colums": 1}, "--read: 'colums': "),
    ],
)
def test_rows_without_anything_to_learn_are_refused_with_the_columns_they_have(
    folder: Path, file: str, label: str | None, reading: dict[str, object], says: str
) -> None:
    with pytest.raises(BadInput) as refused:
        infer_real_rows(str(folder / file), reading, label=label, own_learner=False)
    assert says in str(refused.value)
