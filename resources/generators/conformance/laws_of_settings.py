"""What holds of a generator before anything is fitted: its settings, and the columns that it takes."""

from typing import get_args

from outcross.resources.errors import BadInput
from outcross.resources.generators.conformance.data import own_data
from outcross.resources.generators.conformance.law import Laws, listed, require
from outcross.resources.generators.conformance.trial import Trial
from outcross.resources.generators.contract import Start
from outcross.resources.schema import Modality

LAWS = Laws()
MODALITIES: tuple[Modality, ...] = get_args(Modality)


@LAWS.law()
def class_states_what_it_is(trial: Trial) -> None:
    """A generator states one kind, its version, and the modalities that it models."""
    asked = trial.generator
    field = type(asked).model_fields["kind"]
    require(get_args(field.annotation) == (asked.kind,), f"'kind' is typed {field.annotation}; write Literal[…] of one")
    require(isinstance(asked.version, str) and asked.version, f"'version' is {asked.version!r}; make it a text")
    wrong = [each for each in asked.modalities if each not in MODALITIES]
    require(
        asked.modalities and not wrong, f"'modalities' is {set(asked.modalities)}; name some of {listed(MODALITIES)}"
    )
    require(asked.starts_from in get_args(Start), f"'starts_from' is {asked.starts_from!r}")
    steps = asked.optimiser_steps
    require(steps is None or steps >= 1, f"'optimiser_steps' is {steps!r}; give a number of steps, or None")


@LAWS.law()
def settings_survive_json(trial: Trial) -> None:
    """Settings come back the same from JSON: they are a study's fingerprint, and are kept with every model."""
    asked = trial.generator
    again = type(asked).model_validate_json(asked.model_dump_json(by_alias=True))
    require(
        again.model_dump(mode="json") == asked.model_dump(mode="json"),
        f"{asked.model_dump(mode='json')} came back as {again.model_dump(mode='json')}",
    )
    changed = [name for name in type(asked).model_fields if getattr(again, name) != getattr(asked, name)]
    require(not changed, f"'{listed(changed)}' came back as another value; give it a type that JSON can hold")


@LAWS.law()
def unknown_settings_are_refused(trial: Trial) -> None:
    """A setting that a generator does not know is refused, and settings that were read cannot be changed."""
    config = type(trial.generator).model_config
    require(config.get("extra") == "forbid", "its model_config allows unknown settings; keep that of Generator")
    require(config.get("frozen"), "its model_config lets settings change; keep that of Generator")


@LAWS.law(lambda generator: set(generator.modalities) != set(MODALITIES))
def other_columns_are_refused(trial: Trial) -> None:
    """Columns that a generator cannot model are refused by ``check`` with BadInput, and those it can are not."""
    trial.generator.check(trial.data.schema)
    for modality in sorted(set(MODALITIES) - set(trial.generator.modalities)):
        schema = next(own_data(modality)).schema
        try:
            trial.generator.check(schema)
        except BadInput as error:
            require(
                str(error).strip(), f"{modality} columns are refused without a word; name the column and the remedy"
            )
            continue
        require(False, f"'check' accepts {modality} columns ({listed(schema.names)}), which are not its modality")
