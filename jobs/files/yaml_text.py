"""YAML of which keys are text, as they stand: a column may be called ``2019``, ``yes`` or ``null``."""

from typing import Any

import yaml


class _TextKeys(yaml.SafeLoader):
    """The safe loader, for which a key is a string whatever it looks like; one that is no scalar is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        for key, _ in node.value:
            key.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep=deep)


def load_yaml(text: str) -> Any:
    """Read one document; raises ``yaml.YAMLError`` where it is not YAML."""
    return yaml.load(text, Loader=_TextKeys)  # noqa: S506 - a subclass of the safe loader
