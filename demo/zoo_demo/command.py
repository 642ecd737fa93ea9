"""The verb ``zoo demo``. Every ``zoo`` command imports this file, so it imports nothing heavy at its top."""

from __future__ import annotations

import webbrowser

import click

__all__ = ["demo"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on; 0.0.0.0 lets others in.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=7860,
    show_default=True,
    help="Port to serve on; 0 takes any that is free.",
)
@click.option(
    "--model",
    metavar="MODEL",
    help="Model that is chosen at first; by default the best that was trained on drawings, or else the most accurate.",
)
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in the browser.")
def demo(host: str, port: int, model: str | None, open_browser: bool) -> None:
    """Draw digits in the browser and see what each model and runtime answers.

    Ctrl-C ends it.
    """
    from zoo_demo.address import bind, page_url
    from zoo_demo.models import drawable_models

    try:
        # What can go wrong goes wrong here, before the seconds that Gradio takes to start.
        models = drawable_models(model)
        with bind(host, port) as listener:
            from zoo_demo.app import build_app
            from zoo_demo.server import serve

            blocks = build_app(models)
            url = page_url(listener)
            click.echo(f"Draw at {url} (Ctrl-C ends the demo)")
            if open_browser:
                webbrowser.open(url)  # the socket listens already: the browser waits the moment until it is served
            serve(blocks, listener)
    except KeyboardInterrupt:
        click.echo("The demo has ended.")
