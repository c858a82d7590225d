"""Files that cannot be used, as assets that show the reason."""

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

import dagster as dg

from outcross.jobs.files.settings_files import BrokenFile

GROUP = "broken"


def broken_assets(broken: Iterable[BrokenFile]) -> list[dg.AssetSpec]:
    """Describe each broken file as an asset that nothing can make, with the fault and its remedy as description."""
    files = {each.path: each for each in broken}
    names = Counter(path.name for path in files)
    specs = []
    for path, each in files.items():
        name = path.name if names[path.name] == 1 else f"{path.name}-{sha256(bytes(path)).hexdigest()[:8]}"
        specs.append(
            dg.AssetSpec(
                dg.AssetKey([GROUP, name]),
                group_name=GROUP,
                description=f"This file cannot be used:\n\n    {each.message.replace(chr(10), chr(10) + '    ')}\n",
                metadata={"path": dg.MetadataValue.path(path)},
            )
        )
    return specs
