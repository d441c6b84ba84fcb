"""A live endpoint from its start to a signal that ends it, and what it counts meanwhile.

Rules: TLS-5 for the signal that renews it.
"""

import asyncio
import gc
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from refimpl.tls.channel import Credentials
from refimpl.tls.serving import LiveEndpoint

COUNTS_EVERY: Final = 60.0
"""Seconds between two reports of the counts."""
LET_GO_EVERY: Final = 600.0
"""Seconds between two looks at what has served its purpose, which is kept for a day or more."""

SELDOM: Final = 10_000
"""After how many new things garbage is looked for: some hundred messages."""


async def run_endpoint(
    live: LiveEndpoint,
    announce: Callable[[str], None],
    *,
    port: int = 0,
    seconds: float | None = None,
    news: Callable[[], Credentials] | None = None,
    report: Callable[[Mapping[str, int]], None] | None = None,
    report_every: float = COUNTS_EVERY,
) -> None:
    """Run an endpoint on this machine until SIGINT, SIGTERM or so many seconds; SIGHUP renews
    it with `news`.

    `report` is told the counts now and then, and at the end.  Raises `Misuse` STO-1 where the
    endpoint ends because it cannot be kept any more.
    """
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, live.over.set)
    if news is not None:
        loop.add_signal_handler(signal.SIGHUP, live.fetch_credentials, news)
    host, port = await live.start(port=port)
    announce(f"{host}:{port}")  # from here on signals may come
    live.look_at_own_keys()
    letting_go = asyncio.create_task(_let_go_now_and_then(live))
    with suppress(TimeoutError), _collecting_seldom():
        async with asyncio.timeout(seconds):
            await _report_until(live, report, report_every)
    letting_go.cancel()
    await live.stop()
    if report is not None:
        report(live.figures())
    if live.fault is not None:
        raise live.fault


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Have garbage looked for seldom, and not among what is there already: nearly all that
    comes is values, which hold no circles.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def _let_go_now_and_then(live: LiveEndpoint) -> None:
    while True:
        live.let_go()
        await asyncio.sleep(LET_GO_EVERY)


async def _report_until(
    live: LiveEndpoint,
    report: Callable[[Mapping[str, int]], None] | None,
    seconds: float,
) -> None:
    """Report the counts every so many seconds until the end."""
    while report is not None:
        try:
            async with asyncio.timeout(seconds):
                await live.over.wait()
            return
        except TimeoutError:
            report(live.figures())
    await live.over.wait()
