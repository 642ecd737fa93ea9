"""A public address for the demo on this machine, by Gradio's tunnel."""

from __future__ import annotations

import secrets

from zoo.errors import ZooError

__all__ = ["open_tunnel"]


def open_tunnel(port: int) -> str:
    """Let everyone who knows the address in, until the process ends.

    This is the only thing in the demo that asks anything of another machine: Gradio's share service, for the address,
    and once for the program that keeps the tunnel open.

    Returns
    -------
    str
        ``https://....gradio.live/``.

    Raises
    ------
    ZooError
        When there is no way to the service.
    """
    from gradio.networking import setup_tunnel

    import zoo_demo._gradio  # noqa: F401  # tells Gradio to stay offline otherwise

    try:
        address: str = setup_tunnel("127.0.0.1", port, secrets.token_urlsafe(32), None, None)
    except Exception as error:  # no network, a proxy, no program for this platform, a wrong checksum, a full disk
        raise ZooError(
            f"There is no public address for the demo: {type(error).__name__}: {error} "
            "--share needs the internet. Without it, --host 0.0.0.0 lets others in your network in."
        ) from error
    return address.rstrip("/") + "/"
