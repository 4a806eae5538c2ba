"""The terminal program in a web browser, by textual-serve, which only this module uses.

Each page that is opened starts the program anew, with the same data. The page needs nothing from elsewhere: its script
and its fonts come from textual-serve itself. Whoever reaches the port can review, so that a page of another site must
not: a browser that asks in its name is refused.
"""

import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nnstudy.errors import StudyError

if TYPE_CHECKING:
    from aiohttp.web import Request, StreamResponse

LOCAL = {"localhost", "127.0.0.1", "::1"}
MISSING = "this needs textual-serve: `python3 -m pip install '.[serve]'` in a clone of nnstudy brings it"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>nnstudy</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/css/xterm.css">
<style>
@font-face { font-family: "Roboto Mono"; src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); }
body { margin: 0; background: #16161e; color: #d5daf0; font: 16px ui-monospace, Menlo, Consolas, monospace; }
.message { display: none; position: absolute; inset: 0; z-index: 1; place-content: center; text-align: center; }
.message p { margin: 0 0 1em; }
body:not(.-first-byte) .starting, body.-closed .ended { display: grid; }
body.-closed #terminal { display: none; }
button { font: inherit; padding: .5em 1.5em; color: inherit; background: #24283b; border: 1px solid #7aa2f7; }
</style>
</head>
<body>
<div class="message starting" role="status"><p>nnstudy starts …</p></div>
<div class="message ended" role="status">
<p>nnstudy has ended. What was answered is kept.</p>
<div><button type="button" onclick="location.reload()">Open it again</button></div>
</div>
<div id="terminal" class="textual-terminal" data-font-size="16"></div>
<script>
const scheme = location.protocol === "https:" ? "wss://" : "ws://";
document.getElementById("terminal").dataset.sessionWebsocketUrl = scheme + location.host + "/ws";
</script>
<script src="/static/js/textual.js"></script>
</body>
</html>
"""


def serve(host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve the program until ctrl+c; StudyError when textual-serve is missing or the port cannot be had."""
    try:
        from textual_serve.server import Server
    except ImportError as trouble:
        raise StudyError(MISSING) from trouble
    from aiohttp import web

    class Program(Server):  # type: ignore[misc, unused-ignore]
        async def _make_app(self) -> web.Application:
            app = await super()._make_app()
            app.middlewares.append(_refuse_others(host))
            return app

        async def handle_index(self, request: "Request") -> "StreamResponse":
            return web.Response(text=PAGE, content_type="text/html")

        async def on_startup(self, app: web.Application) -> None:
            tell(f"nnstudy is on {address(host, port)} (ctrl+c ends it)")

        def initialize_logging(self) -> None:
            """Nothing is said of every request."""

    _check_free(host, port)
    if not is_local(host):
        tell(f"Whoever reaches {host} on port {port} can review here, and read your notes: nobody is asked who it is.")
    Program(program(), host, port, title="nnstudy", public_url=address(host, port)).serve()


def is_local(host: str) -> bool:
    """Whether only this machine can reach it."""
    return host in LOCAL or host.startswith("127.")


def address(host: str, port: int) -> str:
    """What to open in a browser."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def program() -> str:
    """The command that starts the terminal program, for the shell."""
    words = [sys.executable, "-m", "nnstudy"]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def is_ours(origin: str | None, asked: str, host: str) -> bool:
    """Whether a request comes from this program's own page, or from no page at all.

    `origin` is the page in whose name a browser asks, `asked` the name under which it reached the server. On a local
    address no other name is answered: one that leads here may be a stranger's.
    """
    if is_local(host) and urlsplit(f"//{asked}").hostname not in LOCAL | {host}:
        return False
    return origin is None or urlsplit(origin).netloc == asked


def _refuse_others(host: str) -> Any:
    from aiohttp import web

    @web.middleware  # type: ignore[untyped-decorator, unused-ignore]
    async def refuse(request: "Request", handler: "Callable[[Request], Awaitable[StreamResponse]]") -> "StreamResponse":
        if not is_ours(request.headers.get("Origin"), request.host, host):
            raise web.HTTPForbidden(text="This page of another site may not use nnstudy.")
        return await handler(request)

    return refuse


def _check_free(host: str, port: int) -> None:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as tried:
            if os.name == "posix":
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind((host, port))
    except OSError as trouble:
        said = trouble.strerror or trouble
        raise StudyError(
            f"{host}, port {port} cannot be had: {said}; choose another with --port or --host"
        ) from trouble
