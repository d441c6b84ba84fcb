"""A live endpoint from its start to a signal that ends it.

Rules: TLS-5 for the signal that renews it.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress

from refimpl.tls.channel import Credentials
from refimpl.tls.serving import LiveEndpoint


async def run_endpoint(
    live: LiveEndpoint,
    announce: Callable[[str], None],
    *,
    port: int = 0,
    seconds: float | None = None,
    news: Callable[[], Credentials] | None = None,
) -> None:
    """Run an endpoint on this machine until SIGINT, SIGTERM or so many seconds; SIGHUP renews
    it with `news`.
    """
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if news is not None:
        loop.add_signal_handler(signal.SIGHUP, live.fetch_credentials, news)
    host, port = await live.start(port=port)
    announce(f"{host}:{port}")  # from here on signals may come
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await ended.wait()
    await live.stop()
