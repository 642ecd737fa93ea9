"""What every request and answer is held to, whatever Gradio does with it."""

from __future__ import annotations

import json
import os
import re
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["MAX_BODY_BYTES", "Limits"]

MAX_BODY_BYTES = 512_000  # that a request may bring; the fullest pad makes 250,000, the largest picture 400,000

# What the page and gradio_client ask for. Gradio has more: uploads, files, proxies, streams, recordings, editors. None
# of it is needed here, and much of it takes a path or an address.
_OPEN = re.compile(
    r"/?"
    r"|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt)/?"
    r"|/(assets|static)/[^\0]*"
    r"|/gradio_api/(info|theme\.css|startup-events|queue/(join|data)|reset|cancel|heartbeat/\w+)/?"
    r"|/gradio_api/call/(v2/)?predict(/\w+)?/?"
)

# Where the page may be shown inside of another: a Space shows it inside of Hugging Face's.
_FRAMES = "'self' https://huggingface.co" if os.environ.get("SPACE_ID") else "'self'"

# The browser itself refuses to fetch anything from elsewhere. Gradio's page needs inline scripts and styles, and
# its HTML components compile their templates.
_HEADERS = {
    "content-security-policy": "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; "
    f"form-action 'self'; frame-ancestors {_FRAMES}",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


class Limits:
    """ASGI middleware: refuses large requests before they are read, and addresses that the page does not need.

    It also refuses what names a file, which Gradio would fetch or look up before any handler is asked, and adds
    security headers to all answers. Starlette's base class for middleware would do, at 2 ms more per answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        try:
            app = await _refusal(request) or self._app
            read = [await request.body()] if request.method == "POST" and app is self._app else []
        except ClientDisconnect:
            return

        async def receive_again() -> Message:
            return {"type": "http.request", "body": read.pop()} if read else await receive()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await app(scope, receive_again, send_with_headers)


async def _refusal(request: Request) -> Response | None:
    """The answer to a request that is not served."""
    length = request.headers.get("content-length", "0")
    if not _OPEN.fullmatch(request.scope["path"].removeprefix(request.scope.get("root_path", ""))):
        status, text = 404, "There is nothing here."
    elif "transfer-encoding" in request.headers:  # and a body with neither has no bytes: the server sees to that
        status, text = 411, "Send the length of the request."
    elif not length.isdigit() or int(length) > MAX_BODY_BYTES:
        status, text = 413, f"A request may bring {MAX_BODY_BYTES} bytes at most."
    elif request.method == "POST" and _names_a_file(await request.body()):
        status, text = 400, "Nothing that is sent may name a path. Send strokes, or the picture."
    else:
        return None
    return PlainTextResponse(text, status, {"connection": "close"})


def _names_a_file(body: bytes) -> bool:
    """Whether any object in it has a path, wherever it is; also of what is nested too deeply to tell."""
    paths: list[object] = []

    def look(value: dict[str, Any]) -> None:
        paths.extend(value[key] for key in value if key == "path")

    try:
        json.loads(body, object_hook=look)
    except RecursionError:
        return True
    except ValueError:
        return False  # no JSON; Gradio says so
    return bool(paths)
