"""A home-CSP as one would write it with FastAPI: four messages as pydantic models, sessions
kept in memory.

    python -m tests.bench.fastapi_server <certificate chain> <key> <roots>

Whoever connects must show a certificate of one of the roots.
"""

import ssl
import sys
from datetime import datetime
from typing import Literal

from fastapi import FastAPI, HTTPException  # type: ignore[import-not-found]  # it is in the peer's environment
from pydantic import BaseModel

from tests.bench.uvicorn_server import serve


class Question(BaseModel):
    """May this contract be served?"""

    correlation_id: str
    emaid: str
    evse_id: str
    service: str
    visited_cso: str


class Verdict(BaseModel):
    """Whether it may."""

    granted: bool
    home_csp: str


class Progress(BaseModel):
    """How a service goes on."""

    at: datetime
    authorization: Literal["answer", "list", "order", "booking"]
    correlation_id: str
    emaid: str
    energy_wh: int
    event: Literal["started", "updated", "ended"]
    evse_id: str
    service: str


class Period(BaseModel):
    """A stretch of a charging service."""

    ended_at: datetime
    energy_wh: int
    started_at: datetime


class Record(BaseModel):
    """A charging detail record."""

    correlation_id: str
    emaid: str
    ended_at: datetime
    energy_wh: int
    evse_id: str
    periods: list[Period]
    record_id: str
    service: str
    started_at: datetime


class Receipt(BaseModel):
    """It has arrived."""

    kind: Literal["receipt"] = "receipt"


SESSIONS: dict[str, Question | Progress | Record] = {}


async def authorization(said: Question) -> Verdict:
    SESSIONS[said.correlation_id] = said
    return Verdict(granted=True, home_csp="csp-alba")


async def progress(said: Progress) -> Receipt:
    return kept(said)


async def record(said: Record) -> Receipt:
    return kept(said)


def kept(said: Progress | Record) -> Receipt:
    if said.correlation_id not in SESSIONS:
        raise HTTPException(404)
    SESSIONS[said.correlation_id] = said
    return Receipt()


app = FastAPI()
for hear in (authorization, progress, record):
    app.post(f"/{hear.__name__}")(hear)
chain, key, roots = sys.argv[1:]
serve(
    app,
    ssl_certfile=chain,
    ssl_keyfile=key,
    ssl_ca_certs=roots,
    ssl_cert_reqs=ssl.CERT_REQUIRED,
)
