"""``outcross compare``: the verdicts of several studies side by side."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outcross.jobs.cli.console import say
from outcross.jobs.cli.options import AsJson, Root

if TYPE_CHECKING:
    from outcross.assets.study.study import Study

_HELP = """Compare the verdicts of studies side by side: two generators, two sizes, before and after.

For each ladder and endpoint it prints what each study found; then a sentence about each primary endpoint,
and in which settings their files differ.

The exit status is 1 if one of them has no verdict yet.

[bold]Examples[/bold]

  outcross compare census census-network

  outcross compare digits digits-diffusion --json
"""
_CAUTION = (
    "Each limit is of its own study: whether two studies differ is not tested. Arms of one study are, in its report; "
    "'compare' in its file names them."
)
_NAMED = ("study", "description")
"""Keys in which studies always differ."""


def add_to(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("compare", help=_HELP)(compare)


def compare(
    studies: Annotated[list[str], typer.Argument(help="names of studies, or paths of their files")],
    root: Root = None,
    as_json: AsJson = False,
) -> None:
    """Print the verdicts of studies side by side."""
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import find_as_run, load_study
    from outcross.resources.errors import BadInput

    home = prepare()
    loaded = [load_study(find_as_run(each, home)) for each in studies]
    names = [each.study for each in loaded]
    if len(set(names)) < max(2, len(names)):
        raise BadInput(f"{', '.join(names)}: name two studies or more, each once")

    from outcross.assets.artefacts import Artefacts
    from outcross.assets.stored_verdicts import load_verdicts
    from outcross.assets.verdict.make import refuse_outdated
    from outcross.resources.store import Store, default_root

    store = Store(root or default_root())
    for each in loaded:
        refuse_outdated(Artefacts(each, store))
    verdicts = {each.study: load_verdicts(Artefacts(each, store)).to_dicts() for each in loaded}
    found = _side_by_side(verdicts)
    differing = _differing(loaded)
    if as_json:
        sentences = [*_sentences(found), _CAUTION]
        say(json.dumps({"studies": names, "verdicts": found, "sentences": sentences, "settings": differing}))
    else:
        _print(names, found, differing)


def _side_by_side(verdicts: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return a line per ladder, endpoint, reference and size, with the verdict of each study that has one."""
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for study, found in verdicts.items():
        sizes = len({verdict["rows"] for verdict in found}) > 1
        for verdict in found:
            rows = verdict["rows"] if sizes else None
            key = (verdict["ladder"], verdict["endpoint"], verdict["reference"], rows)
            line = lines.setdefault(key, dict(zip(("ladder", "endpoint", "reference", "rows"), key, strict=True)))
            line["primary"] = line.get("primary", False) or verdict["primary"]
            kept = ("outcome", "decided", "lower_95", "upper_95", "tolerance", "tolerance_of")
            line.setdefault("found", {})[study] = {name: verdict[name] for name in kept}
    return list(lines.values())


def _sentences(found: list[dict[str, Any]]) -> list[str]:
    """Say what the studies found by each primary endpoint that more than one of them has."""
    from outcross.jobs.cli.tables import share_of

    said = []
    for line in found:
        if line["primary"] and len(line["found"]) > 1:
            each = [f"{name} is {share_of(verdict)}" for name, verdict in line["found"].items()]
            said.append(f"By {_endpoint(line)}, {', '.join(each[:-1])} and {each[-1]}.")
    return said


def _endpoint(line: dict[str, Any]) -> str:
    """Name an endpoint, and what it was measured on where that is not the holdout."""
    from outcross.assets.verdict.references import HOLDOUT

    of = "" if line["reference"] == HOLDOUT else f" on {line['reference']}"
    size = "" if line["rows"] is None else f" at {line['rows']:,} rows"
    return f"{line['endpoint']}{of}{size}"


def _differing(studies: "list[Study]") -> dict[str, dict[str, Any]]:
    """Return the keys of study files in which the studies differ, with the value of each."""
    settings = {each.study: each.model_dump(mode="json", by_alias=True) for each in studies}
    keys = [key for key in next(iter(settings.values())) if key not in _NAMED]
    return {
        key: {study: values[key] for study, values in settings.items()}
        for key in keys
        if len({json.dumps(values[key], sort_keys=True) for values in settings.values()}) > 1
    }


def _print(names: list[str], found: list[dict[str, Any]], differing: dict[str, dict[str, Any]]) -> None:
    from rich.table import Table

    from outcross.jobs.cli.console import SafeConsole
    from outcross.jobs.cli.tables import share_of, tolerance_of
    from outcross.jobs.cli.terminal_text import clean_text

    console = SafeConsole()
    table = Table("ladder", "endpoint", *names)
    for line in found:
        cells = [line["found"].get(name) for name in names]
        said = ["–" if each is None else f"{share_of(each)} (within {tolerance_of(each)})" for each in cells]
        table.add_row(line["ladder"], _endpoint(line), *said)
    console.print(table)
    for each in (*_sentences(found), _CAUTION):
        console.print(each, highlight=False, soft_wrap=True)
    for key, values in differing.items():
        console.print(f"{key}:", highlight=False)
        for name, value in values.items():
            console.print(clean_text(f"  {name}: {json.dumps(value)}", 400), highlight=False, soft_wrap=True)
