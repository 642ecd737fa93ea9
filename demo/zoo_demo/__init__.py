"""The Gradio demo: draw a digit, choose architecture and runtime, see what the network saw and answered.

Every ``zoo`` command imports this file, so it imports nothing heavy at its top.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import zoo

if TYPE_CHECKING:
    import click

ZOO_API_VERSION = 1


@zoo.hookimpl
def zoo_register_commands(cli: click.Group) -> None:
    """Add the verb ``demo``."""
    import webbrowser

    import click

    @cli.command()
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
        help="Model that is chosen at first; by default the best that was trained on drawings, or else the most "
        "accurate.",
    )
    @click.option("--open/--no-open", "open_browser", default=False, help="Open the page in the browser.")
    @click.option("--share", is_flag=True, help="Get a public address, too, from Gradio's share service.")
    @click.option(
        "--corrections",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for drawings that were read wrongly, kept if whoever drew agrees, one by one; "
        "by default $ZOO_HOME/corrections. It trains: zoo train lenet5 --dataset folder:PATH",
    )
    def demo(
        host: str, port: int, model: str | None, open_browser: bool, share: bool, corrections: Path | None
    ) -> None:
        """Draw digits in the browser and see what each model and runtime answers.

        Ctrl-C ends it.
        """
        from zoo_demo.models import drawable_models
        from zoo_demo.serving import bind, open_tunnel, page_url, serve

        try:
            # What can go wrong goes wrong here, before the seconds that Gradio takes to start.
            models = drawable_models(model)
            with bind(host, port) as listener:
                from zoo_demo.app import build_app
                from zoo_demo.corrections import Corrections

                folder = corrections or zoo.home() / "corrections"
                blocks = build_app(models, Corrections(folder, models.packs[models.default].classes))
                url = page_url(listener)
                if share:
                    click.echo(f"Everyone can draw at {open_tunnel(listener.getsockname()[1])}")
                click.echo(f"Draw at {url} (Ctrl-C ends the demo)")
                click.echo(f"Corrections that people agree to keep go to {folder}")
                if open_browser:
                    webbrowser.open(url)  # the socket listens already: the browser waits the moment until it is served
                serve(blocks, listener)
        except KeyboardInterrupt:
            click.echo("The demo has ended.")
