"""Serves the page: at an address of this machine and, if wanted, a public one; or inside of another application.

Gradio and what it brings is imported when it is needed: what can go wrong with an address goes wrong before.
"""

from __future__ import annotations

import errno
import secrets
import socket
from typing import TYPE_CHECKING

from zoo.errors import ZooError, error_line

if TYPE_CHECKING:
    import gradio as gr
    from fastapi import FastAPI

__all__ = ["MAX_CONNECTIONS", "bind", "mount", "open_tunnel", "page_url", "serve"]

MAX_CONNECTIONS = 1000  # at once; an open page holds two
_HOSTS = "Use 127.0.0.1 for this machine only, or 0.0.0.0 to let others in."


def bind(host: str, port: int) -> socket.socket:
    """Take a port, before anything slow starts, and so that nobody can take it in between.

    Port 0 takes any that is free. Who connects waits until somebody serves. Raises a `ZooError` when the port is taken
    or not permitted, or the host is not one of this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise ZooError(f"The host {host!r} is not known. {_HOSTS}") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a demo that just ended leaves the port waiting
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ZooError(_explain(error, host, port)) from error
    return listener


def page_url(listener: socket.socket) -> str:
    """What to type into a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def open_tunnel(port: int) -> str:
    """Let everyone in who knows the address that this gives, until the process ends.

    This is the only thing in the demo that asks anything of another machine: Gradio's share service, for the address,
    and once for the program that keeps the tunnel open.
    """
    import zoo_demo.views  # noqa: F401  # tells Gradio to stay offline otherwise

    from gradio.networking import setup_tunnel  # isort: skip

    try:
        address: str = setup_tunnel("127.0.0.1", port, secrets.token_urlsafe(32), None, None)
    except Exception as error:  # no network, a proxy, no program for this platform, a wrong checksum, a full disk
        raise ZooError(
            f"There is no public address for the demo: {error_line(error)} "
            "--share needs the internet. Without it, --host 0.0.0.0 lets others in your network in."
        ) from error
    return address.rstrip("/") + "/"


def mount(blocks: gr.Blocks, app: FastAPI | None = None, path: str = "/") -> FastAPI:
    """Put the page of `zoo_demo.app.build_app` into a web application, behind the limits; what else it serves is free.

    Gradio's own ``launch`` is not used: it looks for a port itself, asks itself over HTTP whether it is up, which a
    proxy in the environment breaks, and leaves no place for the limits.
    """
    from zoo_demo.serving.limits import Limits
    from zoo_demo.views import ASSETS, asset, gr

    from fastapi import FastAPI  # isort: skip  # Gradio brings it, so the complaint about a missing Gradio comes first

    if app is None:
        app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        theme=_theme(),
        css="".join(map(asset, ("page.css", "answer.css", "tables.css"))),
        favicon_path=str(ASSETS / "favicon.png") if path == "/" else None,
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
    )
    mounted = app.routes[-1]
    mounted.app = Limits(mounted.app)  # type: ignore[attr-defined]  # it is Starlette's Mount
    return app


def serve(blocks: gr.Blocks, listener: socket.socket) -> None:
    """Serve the page on a listening socket, until Ctrl-C; it is raised again after everything has been closed."""
    import uvicorn

    config = uvicorn.Config(
        mount(blocks),
        log_level="critical",  # pages that are still open when the demo ends are no error
        server_header=False,
        timeout_graceful_shutdown=1,
        limit_concurrency=MAX_CONNECTIONS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _explain(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken, perhaps by another demo. Choose another with --port, or let the demo "
            "find a free one: zoo demo --port 0"
        )
    if error.errno == errno.EACCES:
        return f"This user may not serve on port {port}. Choose one above 1023: zoo demo --port 7860"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine. {_HOSTS}"
    return f"Cannot serve on {host}, port {port}: {error.strerror}. Try: zoo demo --port 0"


def _theme() -> gr.themes.Base:
    """Calm colours, and the system's own font: no font is fetched from anywhere."""
    from zoo_demo.views import gr

    theme = gr.themes.Default(
        primary_hue="teal",
        secondary_hue="teal",
        neutral_hue="slate",
        radius_size="lg",
        font=["ui-sans-serif", "system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    quiet = {"light": "*neutral_600", "dark": "*neutral_400"}  # Gradio's own is too pale to be read by everyone
    return theme.set(
        body_background_fill="#f6f8fa",
        body_background_fill_dark="#0d1320",
        body_text_color_subdued=quiet["light"],
        body_text_color_subdued_dark=quiet["dark"],
        block_info_text_color=quiet["light"],
        block_info_text_color_dark=quiet["dark"],
    )
