"""Serve an application of a peer on a port of this machine, until standard input ends: with
whoever started it.

It runs in the peer's environment, which has no part of the model.
"""

import socket
import threading
from importlib.metadata import version
from typing import Any

import uvicorn  # type: ignore[import-not-found]  # it is in the peer's environment

from tests.bench import end_with_stdin


def serve(app: Any, **settings: Any) -> None:
    """Serve with the fastest parts there are (uvloop, httptools), and keep no log of requests."""
    listening = socket.create_server(("127.0.0.1", 0))
    settings |= {
        "access_log": False,
        "log_level": "warning",
        "loop": "uvloop",
        "http": "httptools",
    }
    server = uvicorn.Server(uvicorn.Config(app, timeout_keep_alive=600, **settings))
    threading.Thread(target=end_with_stdin, daemon=True).start()
    print(
        listening.getsockname()[1],
        f"uvicorn {version('uvicorn')} with uvloop and httptools",
        flush=True,
    )
    server.run([listening])
