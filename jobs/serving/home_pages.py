"""Pages that lie in the home folder, served by the UI: Data Docs of corpora and studies, to which assets link."""

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.staticfiles import StaticFiles

from outcross.jobs.files.corpus_pages import ADDRESS, FOLDER
from outcross.jobs.files.home import home
from outcross.jobs.serving.guard import App, Receive, Scope, Send


class HomePages:
    """Dagster's webserver, with the Data Docs of the home below :data:`outcross.jobs.files.corpus_pages.ADDRESS`.

    Args:
        app: the webserver, which answers every other request.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._pages = StaticFiles(directory=home() / FOLDER, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a page of the home, or pass the request on."""
        if scope["type"] != "http" or not scope["path"].startswith(f"{ADDRESS}/"):
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(ADDRESS)
        try:
            await self._pages({**scope, "path": path, "root_path": ""}, receive, send)
        except HTTPException as refused:
            told = (
                f"No Data Docs are here ({refused.detail}). They are written when a batch is ingested or a study is "
                "concluded in this UI, and by: outcross corpus NAME --docs, outcross report STUDY --docs.\n"
            )
            await PlainTextResponse(told, status_code=refused.status_code)(scope, receive, send)
