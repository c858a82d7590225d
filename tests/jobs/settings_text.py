"""Every default and bound that a user relies on, as text, for a file that a reviewer reads as a diff.

``make snapshot`` writes ``tests/jobs/settings.txt`` again after an intended change.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.provenance import Sidecar
from outcross.assets.metrics.contract import Metric
from outcross.assets.metrics.registry import METRICS
from outcross.assets.study import health_bounds
from outcross.assets.study.policies import POLICIES
from outcross.assets.study.study import Study
from outcross.jobs.cli.offered import commands
from outcross.resources.generators import GENERATORS

SETTINGS = Path(__file__).with_name("settings.txt")
BOUNDS = ("default", "minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "minLength", "maxLength", "minItems")


def describe_settings() -> str:
    """Describe the keys of both kinds of files, the guards and the options of every command, a line each.

    A line has what is a number or a default and can slip unseen; what a key means is told by its documentation.
    """
    models = [*_models(Study, Corpus, Sidecar), *_flags(POLICIES), *_flags(GENERATORS)]
    blocks = [*models, _study_guards(), _corpus_guards(), *map(_metric, METRICS), *_commands()]
    return "\n\n".join(blocks) + "\n"


def _models(*models: type[BaseModel]) -> Iterator[str]:
    found: dict[str, dict[str, Any]] = {}
    for model in models:
        schema = model.model_json_schema()
        found |= {model.__name__: schema, **schema.get("$defs", {})}
    for name, schema in sorted(found.items()):
        lines = [_line(key, about) for key, about in sorted(schema.get("properties", {}).items())]
        yield "\n".join([f"{name}, other keys {schema.get('additionalProperties', True)}", *lines])


def _line(key: str, about: dict[str, Any]) -> str:
    alternatives = [about, *about.get("anyOf", [])]
    stated = [f"{bound} {each[bound]!r}" for each in alternatives for bound in BOUNDS if bound in each]
    return f"  {key}: {', '.join(stated) or 'stated'}"


def _flags(kinds: Mapping[str, type[BaseModel]]) -> Iterator[str]:
    """What each kind of a registry states of itself, besides the settings that a user gives it."""
    for name, kind in kinds.items():
        stated = {flag: getattr(kind, flag) for flag in sorted(kind.__class_vars__) if not flag.startswith("_")}
        lines = [f"  {flag}: {_listed(value)}" for flag, value in stated.items() if not callable(value)]
        yield "\n".join([f"what '{name}' is", *lines])


def _metric(metric: Metric) -> str:
    flags = [each.name for each in fields(metric) if each.name.startswith("needs_") or each.name == "absolute"]
    about = [f"  {flag}" for flag in flags if getattr(metric, flag)]
    about += [f"  {name}: {_listed(getattr(metric, name))}" for name in ("modalities", "opt_in")]
    about += [f"  {each.metric}: {each.definition}; {each.direction}" for each in metric.endpoints]
    return "\n".join([f"metric {metric.name}", *about])


def _listed(value: object) -> str:
    return ", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else repr(value)


def _study_guards() -> str:
    lines = [f"  {each.vital} ({each.check}): {each.upper}" for each in health_bounds.GUARDS]
    return "\n".join(["guards of a study", *lines])


def _corpus_guards() -> str:
    lines = [f"  {name} ({each.level}): {each.lower} to {each.upper}, {each.mode}" for name, each in GUARDS.items()]
    return "\n".join(["guards of a corpus", *lines])


def _commands() -> Iterator[str]:
    for name, command in sorted(commands().items()):
        lines = [_option(each) for each in command.params if each.param_type_name == "option"]
        yield "\n".join([f"outcross {name}".strip(), *sorted(lines)])


def _option(option: Any) -> str:
    bounds = [f"{end} {bound}" for end in ("min", "max") if (bound := getattr(option, end, None)) is not None]
    default = None if callable(option.default) else option.default
    return f"  {max(option.opts, key=len)}: {', '.join([f'default {default!r}', *bounds])}"


if __name__ == "__main__":
    SETTINGS.write_text(describe_settings(), encoding="utf-8")
