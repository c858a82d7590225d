"""Laws of a generator before any fit: its settings, and the columns that it accepts."""

from typing import get_args

from outcross.resources.errors import BadInput
from outcross.resources.generators.conformance.data import builtin_data
from outcross.resources.generators.conformance.law import Laws, join_values, require
from outcross.resources.generators.conformance.trial import Trial
from outcross.resources.generators.contract import Start
from outcross.resources.schema import Modality

LAWS = Laws()
MODALITIES: tuple[Modality, ...] = get_args(Modality)


@LAWS.law()
def class_states_what_it_is(trial: Trial) -> None:
    """A generator states one kind, its version and its modalities."""
    tested = trial.generator
    field = type(tested).model_fields["kind"]
    require(
        get_args(field.annotation) == (tested.kind,), f"'kind' is typed {field.annotation}; write Literal[…] of one"
    )
    require(
        isinstance(tested.version, str) and tested.version, f"'version' is {tested.version!r}; use a non-empty string"
    )
    wrong = [each for each in tested.modalities if each not in MODALITIES]
    require(
        tested.modalities and not wrong,
        f"'modalities' is {set(tested.modalities)}; use some of {join_values(MODALITIES)}",
    )
    require(
        tested.starts_from in get_args(Start),
        f"'starts_from' is {tested.starts_from!r}; use one of {join_values(get_args(Start))}",
    )
    steps = tested.optimiser_steps
    require(steps is None or steps >= 1, f"'optimiser_steps' is {steps!r}; return a number of steps, or None")


@LAWS.law()
def settings_survive_json(trial: Trial) -> None:
    """Settings survive a JSON round trip: a study's fingerprint hashes them, and every model is stored with them."""
    tested = trial.generator
    again = type(tested).model_validate_json(tested.model_dump_json(by_alias=True))
    require(
        again.model_dump(mode="json") == tested.model_dump(mode="json"),
        f"{tested.model_dump(mode='json')} comes back from JSON as {again.model_dump(mode='json')}",
    )
    changed = [name for name in type(tested).model_fields if getattr(again, name) != getattr(tested, name)]
    require(not changed, f"'{join_values(changed)}' changes on the way through JSON; use a type that JSON preserves")


@LAWS.law()
def unknown_settings_are_refused(trial: Trial) -> None:
    """Unknown settings are rejected, and settings are immutable."""
    config = type(trial.generator).model_config
    require(config.get("extra") == "forbid", "its model_config allows unknown settings; keep that of Generator")
    require(config.get("frozen"), "its model_config lets settings change; keep that of Generator")


@LAWS.law(lambda generator: set(generator.modalities) != set(MODALITIES))
def other_columns_are_refused(trial: Trial) -> None:
    """``check`` raises BadInput for columns that the generator cannot model, and accepts the others."""
    trial.generator.check(trial.data.schema)
    for modality in sorted(set(MODALITIES) - set(trial.generator.modalities)):
        schema = next(builtin_data(modality)).schema
        try:
            trial.generator.check(schema)
        except BadInput as error:
            require(
                str(error).strip(),
                f"{modality} columns raise a BadInput without a message; name the column and the remedy",
            )
            continue
        require(False, f"'check' accepts {modality} columns ({join_values(schema.names)}), which are not its modality")
