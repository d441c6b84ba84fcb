"""A home-CSP as one would write it with FastAPI: four messages in their envelope as pydantic
models, sessions kept in memory.

    python -m tests.bench.fastapi_server <certificate chain> <key> <roots>

Whoever connects must show a certificate of one of the roots.
"""

import ssl
import sys
from datetime import datetime
from typing import Generic, Literal, TypeVar

from fastapi import FastAPI, HTTPException  # type: ignore[import-not-found]  # it is in the peer's environment
from pydantic import BaseModel

from tests.bench.uvicorn_server import serve


class Question(BaseModel):
    """May this contract be served?"""

    emaid: str
    evse_id: str
    kind: Literal["authorization-request"]
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
    emaid: str
    energy_wh: int
    event: Literal["started", "updated", "ended"]
    evse_id: str
    kind: Literal["session-progress-notice"]
    service: str


class Period(BaseModel):
    """A stretch of a charging service."""

    ended_at: datetime
    energy_wh: int
    started_at: datetime


class Record(BaseModel):
    """A charging detail record."""

    emaid: str
    ended_at: datetime
    energy_wh: int
    evse_id: str
    kind: Literal["cdr"]
    periods: list[Period]
    record_id: str
    service: str
    started_at: datetime


class Receipt(BaseModel):
    """It has arrived."""

    kind: Literal["receipt"] = "receipt"


class Notice(BaseModel):
    """A record on its way."""

    kind: Literal["detail-record-notice"]
    record: Record


Message = TypeVar("Message", Question, Progress, Notice)


class Envelope(BaseModel, Generic[Message]):
    """What each message is wrapped in."""

    correlation_id: str
    edition: str
    message: Message
    receiver: str
    request_id: str
    sender: str
    sent_at: datetime


SESSIONS: dict[str, Question | Progress | Notice] = {}


async def authorization(said: Envelope[Question]) -> Verdict:
    SESSIONS[said.correlation_id] = said.message
    return Verdict(granted=True, home_csp=said.receiver)


async def progress(said: Envelope[Progress]) -> Receipt:
    return kept(said.correlation_id, said.message)


async def record(said: Envelope[Notice]) -> Receipt:
    return kept(said.correlation_id, said.message)


def kept(correlation_id: str, message: Progress | Notice) -> Receipt:
    if correlation_id not in SESSIONS:
        raise HTTPException(404)
    SESSIONS[correlation_id] = message
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
