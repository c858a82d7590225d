"""Options that may be repeated and hold ``NAME=VALUE``."""

from typing import Any


def read_pairs(values: list[str] | None, option: str, shape: str, *, alone: bool = False) -> dict[str, str]:
    """Read the values of an option; a name alone, where that is allowed, has an empty value.

    Raises:
        BadInput: a value is no such pair, or a name occurs twice.
    """
    from outcross.resources.errors import BadInput

    found: dict[str, str] = {}
    for value in values or []:
        name, equals, rest = value.partition("=")
        if not name or (not rest and (equals or not alone)):
            raise BadInput(f"{option} {value!r}: write {shape}")
        if name in found:
            raise BadInput(f"{option} names '{name}' twice; give each its own name")
        found[name] = rest
    return found


def read_value(key: str, text: str) -> Any:
    """Read the value of a key of ``--read`` as YAML; raises ``BadInput`` if it is none."""
    from outcross.jobs.files.yaml_text import NotStrict, load_yaml
    from outcross.resources.errors import BadInput

    try:
        return load_yaml(text)
    except NotStrict as error:
        raise BadInput(f"--read {key}: {text!r:.60} is {error}") from None
