"""Pages of the reference, written from the code: every key, endpoint, guard, command and view that there is.

What a thing means stands beside it in the code: descriptions of fields, reasons of guards, helps of commands. A page
can therefore lack nothing and name nothing that is gone.
"""

from collections.abc import Callable
from typing import Any

from docs.site.markdown import page, prose, table
from docs.site.settings import describe_models


def pages() -> dict[str, str]:
    """Return path below the folder of the documentation → Markdown, for every page of the reference."""
    written: dict[str, Callable[[], str]] = {
        "study-file": study_file,
        "corpus-file": corpus_file,
        "endpoints": endpoints,
        "guards": guards,
        "commands": command_pages,
        "views": views,
        "python": python,
    }
    return {f"reference/{name}.md": write() for name, write in written.items()}


def study_file() -> str:
    """Write every key of a study file, and of each kind of source, generator, learner, policy and curation."""
    from outcross.assets.study.study import Study

    told = "[Study files](../studies.md) says what the keys mean together. These are all of them, and their bounds."
    return page("Keys of a study file", told, *describe_models(Study))


def corpus_file() -> str:
    """Write every key of a corpus file and of a sidecar of provenance."""
    from outcross.assets.corpus.corpus import Corpus
    from outcross.assets.corpus.provenance import Sidecar

    told = "[Corpora](../corpora.md) says what the keys mean together. These are all of them, and their bounds."
    return page("Keys of a corpus file", told, *describe_models(Corpus, Sidecar))


def endpoints() -> str:
    """Write every metric with its endpoints: our own, those of installed packages, and that of the how-to page."""
    from docs.external.median_shift import METRIC
    from outcross.assets.metrics.plugins import installed_metrics, load_metric
    from outcross.assets.metrics.registry import METRICS

    told = (
        "An endpoint is a number that a verdict can be asked for. *Where* says for which rows it is measured; *if "
        "named*: only where `metrics` or `endpoints` of a study name it. [Science](../science.md) has equations and "
        "sources."
    )
    of_packages = (
        "A package offers metrics of its own under `outcross.metrics` ([how](../how-to-metric.md)); a study has their "
        "endpoints where its `metrics` name them. The table has the metric that the how-to page builds, and those of "
        "the packages that were installed where this page was written."
    )
    added = [METRIC, *(load_metric(name) for name in installed_metrics())]
    rows = [(*row, f"`{metric.version}`") for metric in added for row in _endpoint_rows(metric, named=True)]
    return page(
        "Metrics and endpoints",
        told,
        table(_ENDPOINT, [row for metric in METRICS for row in _endpoint_rows(metric)]),
        "## Metrics of packages",
        of_packages,
        table((*_ENDPOINT, "version"), rows),
    )


_ENDPOINT = ("metric", "endpoint", "meaning", "direction", "damage", "where")


def _endpoint_rows(metric: Any, *, named: bool = False) -> list[tuple[str, ...]]:
    """Return a row of the table for each endpoint of a metric."""
    from outcross.assets.metrics.endpoint import BETTER

    where = ", ".join(sorted(metric.modalities)) + (", if named" if named or metric.opt_in else "")
    return [
        (
            f"`{metric.name}`",
            f"`{each.metric}`",
            each.meaning,
            BETTER[each.direction] + (f" ({each.unit})" if each.unit else ""),
            each.definition.value,
            where,
        )
        for each in metric.endpoints
    ]


def guards() -> str:
    """Write every guard of a study and of a corpus."""
    from outcross.assets.corpus.guards.guards import GUARDS
    from outcross.assets.study import health_bounds

    of_studies = [
        (
            f"`{each.vital}`",
            f"`{each.check}`",
            "the verdict's" if each.upper is None else f"{each.upper:g}",
            each.reason,
        )
        for each in health_bounds.GUARDS
    ]
    of_corpora = [
        (f"`{each.name}`", each.level.value, _bounds(each), each.mode, each.reason, each.remedy)
        for each in GUARDS.values()
    ]
    told = "A study's guards warn. A corpus' guards hold rows or a whole batch (`enforce`), or warn (`observe`)."
    return page(
        "Guards",
        told,
        "## Of a study",
        table(("vital", "check", "default bound", "reason"), of_studies),
        "## Of a corpus",
        table(("guard", "level", "default bounds", "mode", "reason", "remedy"), of_corpora),
    )


def command_pages() -> str:
    """Write every command with its help, arguments and options."""
    from outcross.jobs.cli.exit_codes import MEANINGS
    from outcross.jobs.cli.offered import commands

    blocks = ["## Exit codes", table(("code", "meaning"), [(f"{code:d}", told) for code, told in MEANINGS.items()])]
    for name, command in commands().items():
        rows = [_parameter(each) for each in command.params if not getattr(each, "hidden", False)]
        blocks += [
            f"## outcross {name}".rstrip(),
            _help(command.help or ""),
            table(("parameter", "meaning", "default"), rows),
        ]
    told = (
        "Each command prints this with `--help`. `--json` prints one JSON object on standard output and nothing else."
    )
    return page("Commands", told, *blocks)


def views() -> str:
    """Write every SQL view with its columns and types, as a store has them that has a study and a corpus."""
    from docs.site.views import described

    told = (
        "`outcross sql` and `warehouse.duckdb` have these views. A study and a corpus have views of their own, of the "
        "columns of their rows: `STUDY.rows`, `STUDY.anchor`, `STUDY.synthetic`, `corpus_NAME.rows`."
    )
    blocks = [
        part for view, columns in described().items() for part in (f"## {view}", table(("column", "type"), columns))
    ]
    return page("SQL views", told, *blocks)


def python() -> str:
    """Write the page that the docstrings of the public face are rendered on."""
    return page("Python", "[Use it from Python](../python.md) has it in examples.", "::: outcross")


def _bounds(guard: Any) -> str:
    ends = ["–∞" if guard.lower is None else f"{guard.lower:g}", "∞" if guard.upper is None else f"{guard.upper:g}"]
    if ends == ["–∞", "∞"]:
        return "measured on the anchor" if guard.metrics else "yes or no"
    return f"{' to '.join(ends)} {guard.unit}".rstrip()


def _parameter(option: Any) -> tuple[str, str, str]:
    if option.param_type_name == "argument":
        name = f"`{(option.metavar or option.name).upper()}`"
    else:
        name = ", ".join(f"`{each}`" for each in sorted(option.opts, key=len, reverse=True))
    default = option.default
    shown = default is not None and not callable(default) and default is not False and default != ()
    return (
        name,
        prose(getattr(option, "help", None) or ""),
        "required" if option.required else f"`{default}`" if shown else "–",
    )


def _help(text: str) -> str:
    """Return a help as Markdown: the terminal's own marks become Markdown's, lines of examples a block."""
    blocks = text.replace("\b", "").strip().split("\n\n")
    return "\n\n".join(_example(each) if each.strip().startswith("outcross ") else prose(each) for each in blocks)


def _example(block: str) -> str:
    return "```console\n" + " ".join(block.split()) + "\n```"
