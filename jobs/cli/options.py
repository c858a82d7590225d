"""Options and arguments that several commands share."""

from typing import Annotated

import typer

Root = Annotated[str | None, typer.Option(help="root of the store: a path or URL; default: .outcross/data")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")]
StudyName = Annotated[str, typer.Argument(help="name of a study, or path of its file")]
CorpusName = Annotated[str, typer.Argument(help="name of a corpus, or path of its file")]
CorpusOption = Annotated[str, typer.Option("--corpus", help="name of a corpus, or path of its file")]
