"""A page of another origin that tries what a page can against a UI: it tells what it could read, or send."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAME = "evil.example"
_SELECTOR = {"repositoryLocationName": "outcross.jobs.definitions", "repositoryName": "__repository__"}
_PAGE = """<!doctype html><title>page</title><script>
const ui = UI, body = JSON.stringify(BODY), query = new URLSearchParams(BODY).toString(), found = {};
const read = async (url, options) => {
  try { const answer = await fetch(url, {credentials: "include", ...options}); return await answer.text() || "nothing" }
  catch (error) { return "nothing" } };
const json = {"content-type": "application/json"};
const element = (name, url) => new Promise(done => { const made = document.createElement(name);
  made.onload = () => done("loaded"); made.onerror = () => done("nothing"); made.src = url;
  document.body.append(made) });
const frame = url => new Promise(done => { const made = document.createElement("iframe"); made.src = url;
  made.onload = () => { try { done(made.contentDocument?.body.innerText || "nothing") } catch { done("nothing") } };
  document.body.append(made) });
const socket = url => new Promise(done => { const made = new WebSocket(url, "graphql-ws");
  made.onopen = () => done("open"); made.onerror = () => done("nothing") });
const form = type => new Promise(done => { const made = document.createElement("form");
  const target = document.createElement("iframe");
  target.name = made.target = type; made.method = "post"; made.enctype = type; made.action = ui + "/graphql?" + query;
  document.body.append(target, made); target.onload = () => done("nothing"); made.submit() });
const attempts = {
  json: () => read(ui + "/graphql", {method: "POST", headers: json, body}),
  plain: () => read(ui + "/graphql", {method: "POST", mode: "no-cors", headers: {"content-type": "text/plain"}, body}),
  simple: () => read(ui + "/graphql?" + query, {method: "POST", mode: "no-cors"}),
  get: () => read(ui + "/graphql?" + query, {mode: "no-cors"}),
  info: () => read(ui + "/server_info"),
  image: () => element("img", ui + "/graphql?" + query),
  script: () => element("script", ui + "/graphql?" + query),
  frame: () => frame(ui + "/"),
  socket: () => socket(ui.replace("http", "ws") + "/graphql"),
  form: () => form("application/x-www-form-urlencoded"),
  multipart: () => form("multipart/form-data"),
};
addEventListener("load", async () => {
  window.tried = Object.keys(attempts);
  for (const name of window.tried) found[name] = await attempts[name]();
  window.found = found;
});
</script><body></body>"""


@contextmanager
def hostile_page(ui: str, mutation: str) -> Iterator[tuple[str, str]]:
    """Serve the page; yield its address, and a name that a browser may be told to resolve to this machine."""
    parameters = {"selector": {**_SELECTOR, "jobName": "small_start"}, "runConfigData": {}}
    body = {"query": mutation, "variables": {"parameters": parameters}}
    sent = {"query": mutation, "variables": json.dumps(body["variables"])}
    page = _PAGE.replace("UI,", f"{json.dumps(ui)},").replace("JSON.stringify(BODY)", json.dumps(json.dumps(body)))
    page = page.replace("URLSearchParams(BODY)", f"URLSearchParams({json.dumps(sent)})")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", NAME
    finally:
        server.shutdown()
        server.server_close()
