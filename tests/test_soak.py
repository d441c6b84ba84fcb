"""A long load on a served endpoint, run by `make soak`: `pytest -s` shows seed and counts."""

import os
import time
from collections import Counter
from random import Random
from ssl import SSLSocket

import psutil
import pytest

from refimpl.messages import AuthorizationAnswer, Envelope
from refimpl.tls.limits import Limits
from refimpl.wire import decode, encode
from tests.live import (
    ENVELOPE,
    EndpointThread,
    admitted_connection,
    frame,
    plain_connection,
    read_to_end,
)
from tests.world import EMAID

pytestmark = pytest.mark.soak

SEED = int(os.environ.get("SEED", "1"))
ROUNDS = 20_000
GROWTH = 8_000
"""Bytes that an endpoint may keep of each service: it forgets none."""


def answer(stream: SSLSocket, envelope: Envelope) -> Envelope:
    """Ask, and read the answer from the line."""
    stream.sendall(frame(encode(envelope)))
    heard = stream.makefile("rb", buffering=0)
    head = heard.read(4)
    said = b""
    while len(said) < int.from_bytes(head, "big"):
        said += heard.read(int.from_bytes(head, "big") - len(said))
    return decode(said)


def test_a_long_load(endpoints: EndpointThread) -> None:
    """Requests, repetitions, strangers' contracts and noise, and every one is answered."""
    dice, counts, begun = Random(SEED), Counter[str](), time.monotonic()
    served = endpoints.serve("csp-alba", limits=Limits(frames_per_second=10**6))
    size = psutil.Process().memory_info
    before, last, granted = size().rss, ENVELOPE, True
    with admitted_connection(served.port, "cso-elm") as stream:
        for number in range(ROUNDS):
            kind = dice.choices(("new", "again", "unknown", "noise"), (60, 20, 15, 5))[0]
            counts[kind] += 1
            if kind == "noise":
                with plain_connection(served.port) as stranger:
                    stranger.sendall(dice.randbytes(dice.randrange(1, 2_000)))
                    stranger.shutdown(1)
                    read_to_end(stranger)
                continue
            if kind != "again":
                granted = kind == "new"
                emaid = EMAID if granted else "DE8AA0012345663"
                asked = ENVELOPE.message.model_copy(update={"emaid": emaid})
                given = {"request_id": f"r-{number}", "correlation_id": f"service-{number}"}
                last = ENVELOPE.model_copy(update={"message": asked, **given})
            told = answer(stream, last)
            assert told.request_id == last.request_id
            assert isinstance(told.message, AuthorizationAnswer)
            assert told.message.granted == granted
    assert size().rss - before < GROWTH * ROUNDS
    spent = time.monotonic() - begun
    print(f"\nseed {SEED}: {ROUNDS} rounds in {spent:.0f} s, {dict(sorted(counts.items()))}")
