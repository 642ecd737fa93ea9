"""The address that the page is served at."""

from __future__ import annotations

import errno
import socket

from zoo.errors import ZooError

__all__ = ["bind", "page_url"]


def bind(host: str, port: int) -> socket.socket:
    """Take a port, before anything slow starts, and so that nobody can take it in between.

    Parameters
    ----------
    host : str
        Name or address, IPv4 or IPv6.
    port : int
        0 takes any port that is free.

    Returns
    -------
    socket.socket
        Listening: who connects waits until somebody serves.

    Raises
    ------
    ZooError
        When the port is taken or not permitted, or the host is not one of this machine's.
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


_HOSTS = "Use 127.0.0.1 for this machine only, or 0.0.0.0 to let others in."


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
