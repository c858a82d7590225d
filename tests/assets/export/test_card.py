"""The dataset card: metadata that the Hub reads, a page for people, and no name that does more than show."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from outcross.assets.corpus.generator_terms import Terms
from outcross.assets.export import Description, card, croissant
from outcross.resources.safe_text import markdown
from tests.assets.corpus.versions import FIRST, HOSTILE, SECOND, TRIMMED
from tests.assets.export.exports import HOSTILE_DATASETS, generation, small_study, tame

_PAGE = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_OURS = {
    "heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "table_open", "table_close",
    "thead_open", "thead_close", "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open",
    "td_close", "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close",
}  # fmt: skip
_INLINE = {"text", "text_special", "softbreak", "strong_open", "strong_close"}


def parts(dataset: Description) -> tuple[dict[str, Any], str]:
    """The metadata and the page, as the Hub's own client reads them."""
    from huggingface_hub import DatasetCard

    read = DatasetCard(card.write(dataset))
    return read.data.to_dict(), read.text.removeprefix("\n")


def kinds(tokens: list[Token]) -> set[str]:
    inline = {child.type for token in tokens for child in token.children or ()}
    return {token.type for token in tokens} | inline


def shown(page: str) -> str:
    return "\n".join("".join(child.content for child in token.children or ()) for token in _PAGE.parse(page))


def test_the_hub_finds_tags_licence_size_and_task() -> None:
    metadata, _ = parts(tame())
    assert metadata == {
        "pretty_name": "adult",
        "license": "cc-by-4.0",
        "tags": ["synthetic", "tabular", "outcross"],
        "size_categories": ["n<1K"],
        "task_categories": ["tabular-classification"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": ["parts/anchor.parquet", "parts/b2.parquet"]}],
            }
        ],
    }


def test_only_synthetic_content_is_tagged_so() -> None:
    assert "synthetic" not in parts(tame(FIRST))[0]["tags"]
    assert "synthetic" in parts(tame(TRIMMED))[0]["tags"]
    undeclared = dataclasses.replace(SECOND, counts=(FIRST.counts[0],), declared_share=0.0)
    assert "synthetic" in parts(tame(undeclared))[0]["tags"], "estimated above zero, though declared real"


def test_files_that_hold_rows_left_out_are_not_offered_for_loading() -> None:
    metadata, page = parts(tame(TRIMMED))
    assert "configs" not in metadata
    assert "leave out those whose batch and position are listed" in shown(page)


def test_the_page_says_share_depth_generator_guards_and_limits() -> None:
    page = shown(parts(tame())[1])
    for said in (
        "25 of 125 rows are declared synthetic, a share of 0.2000",
        "100 rows of depth 0, 25 rows of depth 1",
        "copula",
        "with a 95 % interval of 0.1700 to 0.2600",
        "at or below 0.3000 (study census, ladder substitution, endpoint loss); this dataset is within it",
        "3 numbers were checked",
        "weights sha256: " + "b" * 64,
        "do not measure a population",
    ):
        assert said in page


def test_a_share_above_its_bound_is_said() -> None:
    page = shown(parts(tame(dataclasses.replace(SECOND, bound=0.1)))[1])
    assert "this dataset is above it" in page
    assert "The synthetic share is above the bound" in page


@pytest.mark.parametrize(
    ("licences", "said"),
    [
        ((), {"license": "unknown"}),
        (("MIT", "cc0 1.0"), {"license": ["mit", "cc0-1.0"]}),
        (("ODbL",), {"license": "odbl"}),
        (("Ours!", ), {"license": "other", "license_name": "ours"}),
        (("https://x.org/t",), {"license": "other", "license_name": "https-x.org-t", "license_link": "https://x.org/t"}),
        (("GPL-3.0-only",), {"license": "other", "license_name": "gpl-3.0-only",
                             "license_link": "https://spdx.org/licenses/GPL-3.0-only.html"}),
        (("<b>",), {"license": "other", "license_name": "b"}),
        (("\n",), {"license": "other", "license_name": "other"}),
    ],
)  # fmt: skip
def test_a_licence_is_said_as_the_hub_knows_it(licences: tuple[str, ...], said: dict[str, Any]) -> None:
    metadata, _ = parts(dataclasses.replace(tame(), licences=licences))
    assert {key: value for key, value in metadata.items() if key.startswith("license")} == said


@pytest.mark.parametrize(
    ("rows", "size"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (10**7, "10M<n<100M"), (10**11, "100B<n<1T"), (10**13, "n>1T")],
)
def test_the_size_is_a_category_of_the_hub(rows: int, size: str) -> None:
    counted = dataclasses.replace(tame(), counts=(dataclasses.replace(SECOND.counts[0], rows=rows),))
    assert parts(counted)[0]["size_categories"] == [size]


@pytest.mark.parametrize("dataset", HOSTILE_DATASETS.values(), ids=HOSTILE_DATASETS)
def test_no_name_breaks_out_of_the_card(dataset: Description) -> None:
    metadata, page = parts(dataset)
    assert metadata == card.metadata(dataset).to_dict()
    assert set(metadata) <= {
        "pretty_name", "license", "license_name", "license_link", "tags", "size_categories", "task_categories",
        "configs",
    }  # fmt: skip
    assert metadata["tags"] == ["synthetic", "tabular", "outcross"]
    assert all(character.isprintable() for character in metadata["pretty_name"])
    assert kinds(_PAGE.parse(page)) <= _OURS | _INLINE
    assert "<" not in page
    headings = [line for line in page.split("\n") if line.startswith("#")]
    assert [line for line in headings if line.startswith("## ")] == [
        f"## {name}"
        for name in (
            "What it is made of", "Generators", "Guards", "How it was made", "Columns", "Files", "Limits",
        )
    ]  # fmt: skip
    assert len(headings) == 8
    assert not re.search(r"(?i)\bhttps?://|\bwww\.|[a-z]@[a-z]", page), "nothing that the Hub would link by itself"
    assert max(len(line) for line in page.split("\n")) < 4_000


@given(st.text(max_size=60))
def test_escaped_text_shows_itself_and_nothing_else(text: str) -> None:
    for page in (
        markdown(text),
        f"# {markdown(text)}",
        f"- {markdown(text)}",
        f"| {markdown(text)} | b |\n| --- | --- |",
    ):
        tokens = _PAGE.parse(page)
        assert kinds(tokens) <= _OURS | _INLINE
        assert sum(token.type == "th_open" for token in tokens) in {0, 2}
    line = " ".join(text.split())
    if line.isprintable():
        assert shown(f"a {markdown(line)}").strip() == f"a {line}".strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_shows_itself(text: str) -> None:
    seen = shown(f"a {markdown(text, 10**6)}")
    for character in set(text):
        if character.isprintable():
            assert character in seen


def test_a_generation_has_a_card(tmp_path: Path) -> None:
    metadata, page = parts(generation(small_study(tmp_path), 2))
    assert metadata["tags"] == ["synthetic", "tabular", "outcross"]
    assert metadata["license"] == "mit"
    assert "small: generation 2 of accumulate" in shown(page)
    assert "80 rows of depth 0, 80 rows of depth 1, 80 rows of depth 2" in shown(page)


def test_terms_of_generators_and_marks_of_others_are_repeated_on_the_card_and_in_croissant() -> None:
    dataset = tame()
    name = next(iter(dataset.generators))
    terms = (
        Terms(generator=name, version="2.1", text="research | only"),
        Terms(generator="gone", version=None, text="x"),
    )
    told = dataclasses.replace(dataset, terms=terms, marks=("marked by others: 3 rows",))
    page = shown(parts(told)[1])
    assert f"{name}@2.1" in page and "research | only" in page and "gone" not in page
    assert "Marks of others" in page and "marked by others: 3 rows" in page
    assert "Marks of others" not in shown(parts(dataset)[1])
    written = croissant.document(told)
    stated = {each["name"]: each["sc:value"] for each in written["additionalProperty"]}
    assert stated[f"terms of generator {name}@2.1"] == "research | only"
    assert "marked by others: 3 rows" in written["rai:dataLimitations"]
