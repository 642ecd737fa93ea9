"""What every request and answer is held to, whatever Gradio does with it."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["MAX_BODY_BYTES", "Limits"]

MAX_BODY_BYTES = 512_000
"""Most bytes that a request may bring; the fullest pad makes 250,000, the largest picture 400,000."""

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
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        f"frame-ancestors {_FRAMES}",
    )
)
_HEADERS = [
    (b"content-security-policy", _POLICY.encode()),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
]


class Limits:
    """ASGI middleware that refuses large requests before they are read, and addresses that the page does not need.

    It also refuses what names a file, which Gradio would fetch or look up before any handler is asked, and adds
    security headers to all answers.

    Parameters
    ----------
    app : ASGI application
        Gradio's.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        refusal = _refusal(scope)
        if refusal is not None:
            await _refuse(send_with_headers, *refusal)
            return
        if scope["method"] != "POST":
            await self._app(scope, receive, send_with_headers)
            return
        body = await _read(receive)
        if _names_a_file(body):
            await _refuse(send_with_headers, 400, "Nothing that is sent may name a path. Send strokes, or the picture.")
            return
        await self._app(scope, _after(body, receive), send_with_headers)


def _refusal(scope: Scope) -> tuple[int, str] | None:
    """Status and text for a request that is not served."""
    headers = dict(scope["headers"])
    if not _OPEN.fullmatch(scope["path"].removeprefix(scope.get("root_path", ""))):
        return 404, "There is nothing here."
    if b"transfer-encoding" in headers:
        return 411, "Send the length of the request."
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length) > MAX_BODY_BYTES:
        return 413, f"A request may bring {MAX_BODY_BYTES} bytes at most."
    return None


async def _read(receive: Receive) -> bytes:
    """The whole body, which the server keeps to its length."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


def _after(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body that was read, and then what comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


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


async def _refuse(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
