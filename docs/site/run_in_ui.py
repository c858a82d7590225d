"""Run a block for the launchpad as the UI would: the job of a corpus that has the asset, with this configuration.

``python -m docs.site.run_in_ui CORPUS BLOCK`` in the folder with ``CORPUS.yaml``.
"""

import sys
from typing import Any

import yaml


def job_of(definitions: Any, op: str) -> str:
    """Return the name of the smallest job that has the step of an asset."""
    jobs = [each for each in definitions.resolve_all_job_defs() if op in each.graph.node_dict]
    named = [each for each in jobs if not each.name.startswith("__")]
    return str(min(named, key=lambda each: len(each.graph.node_dict)).name)


def run(corpus: str, block: str) -> None:
    """Run it on the store that the command line uses in this folder."""
    import dagster as dg

    from outcross.jobs.definitions import build_definitions
    from outcross.jobs.files.corpus_files import CORPORA
    from outcross.jobs.files.home import home
    from outcross.resources.store import default_root

    config = yaml.safe_load(block)
    settings = CORPORA.load(CORPORA.find(f"{corpus}.yaml", home()))
    definitions = build_definitions([], [settings], root=default_root())
    job = definitions.resolve_job_def(job_of(definitions, next(iter(config["ops"]))))
    with dg.DagsterInstance.ephemeral() as instance:
        ran = job.execute_in_process(instance=instance, run_config=config)
    for event in ran.get_asset_materialization_events():
        print(event.materialization.asset_key.to_user_string(), dict(event.materialization.metadata))  # noqa: T201


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2])
