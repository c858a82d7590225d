"""The process of the webserver: Dagster's, behind :class:`outcross.jobs.serving.guard.Guard`."""

import os
import socket

from outcross.jobs.files.home import home
from outcross.jobs.serving.guard import Guard
from outcross.jobs.serving.token import token_of

WITH_TOKEN, WITHOUT_TOKEN = "token", "no-token"


def serve(code_server: str, location: str, token: str) -> None:
    """Serve the UI on the socket that is the standard input, until a signal ends it.

    Args:
        code_server: path of the socket of the code server.
        location: name of the code location.
        token: whether a request must carry the token.
    """
    import uvicorn

    from outcross.jobs.running.instance import open_instance
    from outcross.jobs.serving.home_pages import HomePages
    from outcross.resources.dagster_serving import wait_for_code_server, webserver_app

    with socket.socket(fileno=os.dup(0)) as listener, open_instance() as instance:
        wait_for_code_server(code_server)
        with webserver_app(instance, code_server, location) as app:
            port = listener.getsockname()[1]
            guarded = Guard(HomePages(app), port=port, token=token_of(home()) if token == WITH_TOKEN else None)
            uvicorn.Server(uvicorn.Config(guarded, log_level="warning")).run(sockets=[listener])
