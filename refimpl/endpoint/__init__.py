"""The roaming endpoint (REP): what an entity does with one message.

An endpoint is a value.  `send` and `receive` return the next one, what is to be sent and what
was found wrong; so a journey is a list of endpoints and undo is free.  A clearing house is an
endpoint like any other that mostly finds, at step 1, that a message is for another entity.

Delivery may lose, repeat, delay and reorder.  Against that an endpoint says one thing at a time
about a service to each partner, says it again until it is answered (`remind`), and answers a
repeated question as it did the first time.

Read `steps` first: it holds the six steps, top to bottom.  `state` is what an endpoint
remembers, `waiting` and `outbox` what it has said, `answers` what comes of that, `services` how
a service goes on, `permission` who may say what, `decisions` what an entity answers by itself,
`clearing_house` what such a house does besides.

Rules: REP-*, AUT-*.
"""

from refimpl.endpoint.answers import give_up, remind
from refimpl.endpoint.outbox import next_due, question
from refimpl.endpoint.retention import let_go
from refimpl.endpoint.state import (
    NewId,
    Outcome,
    Recent,
    RoamingEndpoint,
    Send,
)
from refimpl.endpoint.steps import receive, refuse, send, turn_away
from refimpl.endpoint.waiting import RETRY_AFTER, SPEAKER, Outbox

__all__ = [
    "RETRY_AFTER",
    "SPEAKER",
    "NewId",
    "Outbox",
    "Outcome",
    "Recent",
    "RoamingEndpoint",
    "Send",
    "give_up",
    "let_go",
    "next_due",
    "question",
    "receive",
    "refuse",
    "remind",
    "send",
    "turn_away",
]
