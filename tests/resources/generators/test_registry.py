import inspect
import pkgutil
import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from outcross.resources import generators
from outcross.resources.generators import GENERATORS, AnyGenerator
from outcross.resources.generators.contract import Generator

REQUIRED = {
    "linear_regression": {"noise": 1, "design": "same"},
    "pool": {"path": "made.jsonl"},
    "external": {"command": ["mine", "{train}", "{out}", "{rows}", "{seed}"]},
}


@pytest.mark.parametrize("kind", sorted(GENERATORS))
def test_settings_are_read_by_kind(kind):
    required = REQUIRED.get(kind, {})
    settings = TypeAdapter(AnyGenerator).validate_python({"kind": kind, **required})
    assert type(settings) is GENERATORS[kind]
    assert settings.model_dump()["kind"] == kind
    assert settings.modalities and settings.version


def test_unknown_kinds_and_unknown_settings_are_rejected():
    with pytest.raises(ValidationError, match="kind"):
        TypeAdapter(AnyGenerator).validate_python({"kind": "oracle"})
    with pytest.raises(ValidationError, match="temperature"):
        TypeAdapter(AnyGenerator).validate_python({"kind": "ngram", "temperature": 2})


def test_reading_settings_loads_no_heavy_library():
    heavy = ["torch", "tokenizers", "scipy", "sklearn", "pandas", "matplotlib", "great_expectations"]
    code = f"import sys, outcross.resources.generators; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_every_generator_in_the_folder_is_registered():
    found = set()
    for module in pkgutil.walk_packages(generators.__path__, f"{generators.__name__}."):
        if not module.name.endswith((".settings", ".contract")) and ".closed_form." not in module.name:
            continue
        for _, value in inspect.getmembers(pkgutil.resolve_name(module.name), inspect.isclass):
            if issubclass(value, Generator) and not inspect.isabstract(value):
                found.add(value)
    assert found == set(GENERATORS.values())


def test_the_schema_of_a_study_names_every_kind():
    schema = TypeAdapter(AnyGenerator).json_schema()
    assert set(schema["discriminator"]["mapping"]) == set(GENERATORS)
