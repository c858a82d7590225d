"""The marks of a dataset card of the Hub: the block of YAML at its head.

Specification: https://huggingface.co/docs/hub/datasets-cards. A card that names data files is about these alone.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import yaml

from outcross.assets.corpus.marks.mark import Mark, Says

MACHINE = "machine-generated"
_SYNTHETIC_TAGS = ("synthetic", "synthetic-data")
"""Tags that say that some rows are synthetic, such as that of Outcross's own cards."""
_FRONT = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_MOST_FRONT = 2**18


class _Plain(yaml.SafeLoader):
    """YAML without aliases, so that a few lines cannot stand for many."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse an alias; see the base class."""
        if self.check_event(yaml.AliasEvent):
            raise ValueError("its YAML has an alias")
        return super().compose_node(parent, index)


def read_card(content: bytes, data: str, alone: bool) -> Iterator[Mark]:
    """Yield the marks of a card.

    Args:
        content: of the file.
        data: path of the data within the card's folder.
        alone: whether it is about this data, whatever files it names.

    Raises:
        ValueError: its block of YAML cannot be read.
    """
    front = _FRONT.match(content[:_MOST_FRONT])
    if front is None:
        return
    try:
        stated = yaml.load(front[1].decode("utf-8", "replace"), Loader=_Plain)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None
    if not isinstance(stated, dict) or not (alone or _is_about(stated, data)):
        return
    yield from _creators(stated, "language_creators", alone_says="synthetic")
    yield from _creators(stated, "annotations_creators", alone_says="mixed")
    tags = _words(stated.get("tags"))
    if MACHINE in tags:
        yield Mark(kind="", says="synthetic", statement=f"tag {MACHINE}")
    for tag in (each for each in _SYNTHETIC_TAGS if each in tags):
        yield Mark(kind="", says="mixed", statement=f"tag {tag}")
    if sources := [each for each in _words(stated.get("source_datasets")) if each != "original"]:
        yield Mark(kind="", says=None, statement=f"source_datasets: {', '.join(sources[:10])}")


def _creators(stated: dict[Any, Any], key: str, *, alone_says: Says) -> Iterator[Mark]:
    words = _words(stated.get(key))
    if MACHINE in words:
        says = alone_says if len(words) == 1 else "mixed"
        yield Mark(kind="", says=says, statement=f"{key}: {', '.join(words)}")


def _words(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [each.strip() for each in listed[:1_000] if isinstance(each, str)]


def _is_about(stated: dict[Any, Any], data: str) -> bool:
    """Whether a card names the data, or no files at all and lies in the same folder."""
    named = list(_data_files(stated.get("configs")))
    return any(fnmatchcase(data, each) for each in named) if named else "/" not in data


def _data_files(configs: Any) -> Iterator[str]:
    """Yield the paths and patterns that the configurations of a card name."""
    for config in configs if isinstance(configs, list) else []:
        waiting = [config.get("data_files") if isinstance(config, dict) else None]
        while waiting:
            match waiting.pop():
                case str() as path:
                    yield path.removeprefix("./")
                case list() as several:
                    waiting += several[:1_000]
                case dict() as split:
                    waiting.append(split.get("path"))
