"""Names of studies and corpora as parts of names in Dagster."""


def identifier(name: str) -> str:
    """Return a name in the form that Dagster allows for jobs, groups, ops and sensors."""
    return name.replace("-", "_")
