"""The sample: the first message of a journey, signed by its sender and sealed for its receiver.

The random numbers of this one message were drawn long ago, so that it is the same bytes every
time.  That is right for a sample only.
"""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import NamedTuple

from refimpl.edition import Edition
from refimpl.endpoint import RoamingEndpoint
from refimpl.endpoint.state import Arrival
from refimpl.lab.entities import (
    ALGORITHM,
    FOUR,
    SEED,
    opening_key_id,
    pki_of_four,
    signing_key_id,
)
from refimpl.messages import (
    AuthorizationRequest,
    Envelope,
    News,
    RemoteControlAnswer,
    RemoteControlRequest,
    StationStatus,
    StationStatusNotice,
)
from refimpl.play.example import NETWORK, START
from refimpl.play.player import play
from refimpl.security import compact, jwe
from refimpl.security.pki import roaming_pki
from refimpl.security.protection import RoutingHeader, Sealing, protect
from refimpl.vocabulary import Mode

SENDER, RECEIVER = "cso-elm", "csp-alba"


def sample_envelope(edition: Edition) -> Envelope:
    """The first message of a journey: may a contract be charged with at a station?"""
    return play("charge", edition, network=NETWORK).frames[0].envelope


class Waiting(NamedTuple):
    """An endpoint that has asked, and its question, which waits for an answer."""

    rep: RoamingEndpoint
    question: Envelope


def order_to_stop(edition: Edition, order_id: str) -> Waiting:
    """Let the receiver of the sample order its sender to stop."""
    asked = sample_envelope(edition)
    assert isinstance(asked.message, AuthorizationRequest)  # as a journey begins
    members = asked.message.model_dump(include={"emaid", "evse_id", "service"})
    order = {
        "message": RemoteControlRequest(command="stop", **members),
        "receiver": SENDER,
        "request_id": order_id,
        "sender": RECEIVER,
    }
    rep = RoamingEndpoint(RECEIVER, NETWORK, edition, Mode.CLEARING_HOUSE)
    return Waiting(rep, asked.model_copy(update=order))


def answer_text(edition: Edition, order_id: str) -> str:
    """The yes of the sample's sender to an order to stop, signed."""
    heard = Arrival(order_to_stop(edition, order_id).question, "house-north", START)
    answer = heard.reply(SENDER, RemoteControlAnswer(accepted=True)).envelope
    return protect(answer, signing_key_id(SENDER), pki_of_four().leaf(SENDER).key)


def sample_news(edition: Edition, sequence: int) -> News:
    """The news, under a number, that the station of the sample can be used."""
    (evse_id,) = sample_envelope(edition).message.evse_ids
    status = StationStatus(evse_id=evse_id, status="available")
    return StationStatusNotice(sequence=sequence, statuses=(status,))


def news_text(edition: Edition, sequence: int) -> str:
    """The news of the sample's sender under a number, signed."""
    told = {"message": sample_news(edition, sequence)}
    news = sample_envelope(edition).model_copy(update=told)
    return protect(news, signing_key_id(SENDER), pki_of_four().leaf(SENDER).key)


def sealing_for(receiver: str = RECEIVER) -> Sealing:
    """Hand out what seals the sample for one of the four: two keys and the IV."""
    once = roaming_pki(FOUR, seed=SEED + b", one message", now=START, algorithm=ALGORITHM).leaf(
        SENDER
    )
    receiver_key = pki_of_four().leaf(receiver).encryption_key.public_key()
    iv = sha256(SEED + b", iv").digest()[:12]
    return Sealing(opening_key_id(receiver), receiver_key, once.encryption_key, iv)


@cache
def signed_text(edition: Edition) -> str:
    """The sample, signed by its sender."""
    key = pki_of_four().leaf(SENDER).key
    return protect(sample_envelope(edition), signing_key_id(SENDER), key)


@cache
def sealed_text(edition: Edition) -> str:
    """The sample, signed by its sender and sealed for its receiver."""
    key = pki_of_four().leaf(SENDER).key
    return protect(sample_envelope(edition), signing_key_id(SENDER), key, sealing_for())


@cache
def intermediate_values(edition: Edition) -> Mapping[str, bytes]:
    """Every value on the way from the message to the sealed text, by name, in bytes.

    Secrets are among them: they are for the eyes of tests.
    """
    signed, sealed = signed_text(edition), sealed_text(edition)
    inner, outer, sealing = compact.parts_of(signed), compact.parts_of(sealed), sealing_for()
    routing = compact.header_of(sealed, RoutingHeader)
    agreed = jwe.agree(
        sealing.ephemeral,
        sealing.receiver_key,
        routing.enc,
        SENDER.encode(),
        RECEIVER.encode(),
    )
    return MappingProxyType(
        {
            "canonical message": inner["payload"],
            "header to sign": inner["header"],
            "signing input": inner["signing input"],
            "signature": inner["signature"],
            "signed text": signed.encode(),
            "ephemeral key": routing.epk.model_dump_json(exclude_none=True).encode(),
            "shared secret": agreed.shared_secret,
            "what the key is for": agreed.other_info,
            "content key": agreed.content_key,
            "header in the open": outer["header"],
            "iv": outer["iv"],
            "ciphertext": outer["ciphertext"],
            "tag": outer["tag"],
            "sealed text": sealed.encode(),
        }
    )
