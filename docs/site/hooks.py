"""What MkDocs is handed besides the Markdown in ``docs``: the reference, and the project's own files."""

import posixpath
import re
import sys
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[2]
PROJECT = {"README.md": "index.md"} | {
    f"{name}.md": f"project/{name.lower()}.md" for name in ("SECURITY", "CONTRIBUTING", "CHANGELOG")
}
"""File of the checkout → page of the site."""
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def on_files(files: Any, *, config: Any) -> Any:
    """Add the pages that are no files of this folder."""
    from mkdocs.structure.files import File

    if str(TOP) not in sys.path:  # the program of MkDocs has it not, where Python starts it by name it has
        sys.path.insert(0, str(TOP))
    from docs.site.reference import pages

    added = pages() | {page: (TOP / name).read_text(encoding="utf-8") for name, page in PROJECT.items()}
    added["notebook.md"] = notebook((TOP / "docs/notebook.ipynb").read_text(encoding="utf-8"))
    for path, text in added.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, *, page: Any, config: Any, files: Any) -> str:
    """Lead links between files of the checkout to pages of the site; what is no page becomes its path."""
    path = page.file.src_uri
    source = next((name for name, to in PROJECT.items() if to == path), f"docs/{path}")
    return _LINK.sub(lambda found: _link(found, source, path, files), markdown)


def _link(found: re.Match[str], source: str, page: str, files: Any) -> str:
    """Return one link as it leads from a page, or without its target where the site has none."""
    there = posixpath.normpath(posixpath.join(posixpath.dirname(source), found[1]))
    wanted = PROJECT.get(there) or there.removeprefix("docs/")
    wanted = {"notebook.ipynb": "notebook.md", "decisions": "decisions/README.md"}.get(wanted, wanted)
    if page.startswith("reference/") or not (there in PROJECT or there.startswith("docs/")):
        return found[0] if page.startswith("reference/") else f"] (`{there}`)"
    if files.get_file_from_path(wanted) is None:
        return f"] (`{there}`)"
    return f"]({posixpath.relpath(wanted, posixpath.dirname(page) or '.')}{found[2] or ''})"


def notebook(text: str) -> str:
    """Return a notebook as Markdown: its words, and its cells of code."""
    import json

    blocks = []
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"]).strip()
        blocks.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
    return "\n\n".join(blocks) + "\n"
