"""The options and arguments that several commands take, stated once."""

from typing import Annotated

import typer

Root = Annotated[str | None, typer.Option(help="where the data is kept: a path or URL")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object and nothing else")]
StudyName = Annotated[str, typer.Argument(help="name of a study, or path to its file")]
CorpusName = Annotated[str, typer.Argument(help="name of a corpus, or path to its file")]
CorpusOption = Annotated[str, typer.Option("--corpus", help="name of a corpus, or path to its file")]
