"""Who notices: what reaches a receiver is held to six looks, and the first that refuses names
the rule.

`LOOKS` are functions of `security` and `endpoint`, in the order in which a receiver can afford
them.  Nothing here knows beforehand which look will refuse which of the `attacks`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from refimpl.edition import Edition
from refimpl.endpoint.permission import check_answer
from refimpl.errors import RoamingError
from refimpl.lab.attacks import ATTACKS, Attempt
from refimpl.lab.entities import check_shown_chain, key_ring
from refimpl.lab.sample import SENDER
from refimpl.messages import Envelope, News
from refimpl.security import jwe, jws
from refimpl.security.protection import (
    MessageHeader,
    RoutingHeader,
    check_countersignatures,
    unprotect,
)


def _check_certificate(attempt: Attempt) -> None:
    check_shown_chain(attempt.sender_pki, SENDER, attempt.now)


def _check_hop(attempt: Attempt) -> None:
    check_countersignatures(
        attempt.text,
        [attempt.countersignature],
        key_ring(attempt.receiver),
        sender=SENDER,
        receiver=attempt.receiver,
        now=attempt.now,
    )


def _open_seal(attempt: Attempt) -> str:
    if attempt.text.count(".") != 4:
        return attempt.text
    opened = jwe.unseal(attempt.text, key_ring(attempt.receiver).own.get, RoutingHeader)
    return opened.content.decode("ascii", "replace")


def _check_signature(attempt: Attempt) -> None:
    jws.verify(_open_seal(attempt), key_ring(attempt.receiver).signer, MessageHeader)


def _check_message(attempt: Attempt) -> Envelope:
    receiver = attempt.receiver
    keys = key_ring(receiver)
    opened = unprotect(
        attempt.text, keys, receiver=receiver, now=attempt.now, seen=attempt.seen
    )
    return opened.envelope()


def _check_endpoint(attempt: Attempt) -> None:
    envelope = _check_message(attempt)
    if isinstance(envelope.message, News):
        attempt.heard.after_hearing(envelope.sender, envelope.message)
    if attempt.waiting is not None:
        check_answer(attempt.waiting.rep, attempt.waiting.question, envelope)


class Look(NamedTuple):
    """One look at what reaches a receiver: its name, what it asks, and the check, which raises
    a `RoamingError`.
    """

    name: str
    asks: str
    check: Callable[[Attempt], object]


# fmt: off
LOOKS: Final = (
    Look("certificate", "Is the sender who it should be?",                _check_certificate),
    Look("hop",         "Is this what the clearing house passed on?",     _check_hop),
    Look("seal",        "Does it open, unchanged, with my key?",          _open_seal),
    Look("signature",   "Has the holder of a key I know signed this?",    _check_signature),
    Look("message",     "Its own word, for me, in time, new, and sound?", _check_message),
    Look("endpoint",    "To what I asked, and newer than what I heard?",  _check_endpoint),
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an attack ends: its receiver, the look that refuses it, and the error; neither
    where the message is let in.
    """

    receiver: str
    refused_at: str = ""
    error: RoamingError | None = None

    @property
    def rule(self) -> str:
        """The id of the rule that refuses, or nothing."""
        return self.error.rule_id if self.error else ""


def look_at(attempt: Attempt) -> Verdict:
    """Take the looks in their order, up to the first that refuses."""
    for look in LOOKS:
        try:
            look.check(attempt)
        except RoamingError as error:
            return Verdict(attempt.receiver, look.name, error)
    return Verdict(attempt.receiver)


@cache
def verdict_on(edition: Edition, attack: str) -> Verdict:
    """Make an attack under an edition, and look at it.

    >>> from refimpl.edition import load
    >>> verdict_on(load("2025"), "replayed").rule
    'MSG-7'
    """
    return look_at(ATTACKS[attack].attempt(edition))
