"""Serves the page until it is told to end, or puts it into somebody's own web application."""

from __future__ import annotations

import socket

from zoo_demo._assets import ASSETS, asset
from zoo_demo._gradio import gr
from zoo_demo.limits import Limits

import uvicorn  # isort: skip  # Gradio brings both, so the complaint about a missing Gradio comes first
from fastapi import FastAPI  # isort: skip

__all__ = ["MAX_CONNECTIONS", "mount", "serve"]

MAX_CONNECTIONS = 1000
"""Most connections at once; an open page holds two."""


def mount(blocks: gr.Blocks, app: FastAPI | None = None, path: str = "/") -> FastAPI:
    """Put the page into a web application, behind the limits.

    Gradio's own ``launch`` is not used: it looks for a port itself, asks itself over HTTP whether it is up, which a
    proxy in the environment breaks, and leaves no place for the limits.

    Parameters
    ----------
    blocks : gradio.Blocks
        See `zoo_demo.app.build_app`.
    app : FastAPI, optional
        By default a new one.
    path : str
        Where in the application.

    Returns
    -------
    FastAPI
        The application; what else it serves is not limited.
    """
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
    """Serve the page on a listening socket, until Ctrl-C.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C, after everything has been closed.
    """
    config = uvicorn.Config(
        mount(blocks),
        log_level="critical",  # pages that are still open when the demo ends are no error
        server_header=False,
        timeout_graceful_shutdown=1,
        limit_concurrency=MAX_CONNECTIONS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def _theme() -> gr.themes.Base:
    """Calm colours, and the system's own font: no font is fetched from anywhere."""
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
