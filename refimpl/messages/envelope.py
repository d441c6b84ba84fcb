"""The envelope that carries each message, and which of them answers which.

Rules: WIR-3, REP-1 to REP-7, REP-9.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from refimpl.edition import Edition
from refimpl.messages.again import (
    FetchAnswer,
    FetchRequest,
    ReconciliationAnswer,
    ReconciliationRequest,
)
from refimpl.messages.billing import (
    CorrectionAnswer,
    CorrectionRequest,
    DetailRecordNotice,
    RecordWithdrawalNotice,
)
from refimpl.messages.contracts import (
    AuthorizationAnswer,
    AuthorizationListNotice,
    AuthorizationRequest,
)
from refimpl.messages.said import (
    IDENTIFIER,
    KIND,
    ROUTING,
    TECHNICAL,
    TO_ROUTE,
    Said,
)
from refimpl.messages.services import (
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    SessionProgressNotice,
)
from refimpl.messages.stations import (
    StationInformationNotice,
    StationStatusNotice,
)
from refimpl.shapes import Id, Member, Name, Sorted, Text, UtcTime
from refimpl.vocabulary import Kind


class Receipt(Said):
    """A notice has arrived and is kept, or `held` for reconciliation where its service is not
    known.
    """

    sort = TO_ROUTE._replace(rule="REP-7")

    held: Annotated[Literal["unmatched"] | None, Member(TECHNICAL, "REC-10")] = None
    kind: Annotated[Literal["receipt"], KIND] = "receipt"


RECEIPT: Final = Receipt()


class Refusal(Said):
    """What was said cannot be served: the rule it breaks, and where."""

    sort = TO_ROUTE

    kind: Annotated[Literal["refusal"], KIND] = "refusal"
    rule: Annotated[str, Field(pattern=r"^[A-Z]{3}-[0-9]{1,3}$"), Member(TECHNICAL, "WIR-3")]
    where: Annotated[Text, Member(IDENTIFIER, "WIR-3")]


Message = Annotated[
    StationInformationNotice
    | StationStatusNotice
    | AuthorizationListNotice
    | AuthorizationRequest
    | AuthorizationAnswer
    | RemoteControlRequest
    | RemoteControlAnswer
    | RemoteControlNotice
    | SessionProgressNotice
    | DetailRecordNotice
    | RecordWithdrawalNotice
    | CorrectionRequest
    | CorrectionAnswer
    | ReservationRequest
    | ReservationAnswer
    | FetchRequest
    | FetchAnswer
    | ReconciliationRequest
    | ReconciliationAnswer
    | Receipt
    | Refusal,
    Field(discriminator="kind"),
]


# What answers what, besides a `Refusal`, which answers anything.
# fmt: off
ANSWERS: Final[Mapping[type[Said], type[Said]]] = MappingProxyType({
    StationInformationNotice: Receipt,
    StationStatusNotice:      Receipt,
    AuthorizationListNotice:  Receipt,
    AuthorizationRequest:     AuthorizationAnswer,
    RemoteControlRequest:     RemoteControlAnswer,
    RemoteControlNotice:      Receipt,
    SessionProgressNotice:    Receipt,
    DetailRecordNotice:       Receipt,
    RecordWithdrawalNotice:   Receipt,
    CorrectionRequest:        CorrectionAnswer,
    ReservationRequest:       ReservationAnswer,
    FetchRequest:             FetchAnswer,
    ReconciliationRequest:    ReconciliationAnswer,
})


# fmt: on
_MESSAGES: Final[tuple[type[Said], ...]] = (*ANSWERS, *ANSWERS.values(), Refusal)


KINDS: Final[Mapping[str, type[Said]]] = MappingProxyType(
    {shape.shape_name(): shape for shape in _MESSAGES}
)


"""Every message by its kind."""


ANSWER_KINDS: Final = frozenset(kind for kind, shape in KINDS.items() if shape not in ANSWERS)


"""The kinds of what is said only because something was asked or told."""


class Envelope(Sorted):
    """One message on its way: from whom and for whom end to end, and the ids that tie it to a
    service, to a hop and to what it answers.

    `in_reply_to` is the end-to-end id of the message that is answered, `message_id` that of
    this one where a hop has given it another request id.
    """

    sort = TO_ROUTE._replace(name="envelope")

    correlation_id: Annotated[Id, Member(ROUTING, "REP-6")]
    edition: Annotated[Name, Member(TECHNICAL, "REP-3")]
    in_reply_to: Annotated[Id | None, Member(ROUTING, "REP-9")] = None
    message: Message
    message_id: Annotated[Id | None, Member(ROUTING, "REP-9")] = None
    receiver: Annotated[Name, Member(ROUTING, "REP-1")]
    request_id: Annotated[Id, Member(ROUTING, "REP-4")]
    sender: Annotated[Name, Member(ROUTING, "REP-2")]
    sent_at: Annotated[UtcTime, Member(TECHNICAL, "WIR-3")]

    @property
    def end_to_end_id(self) -> str:
        """What the message goes by from its sender to its receiver, whatever hops call it."""
        return self.message_id or self.request_id

    def under(self, request_id: str) -> "Envelope":
        """Give it the request id of another hop; its end-to-end id stays."""
        known = self.end_to_end_id
        message_id = None if known == request_id else known
        return self.model_copy(update={"message_id": message_id, "request_id": request_id})


def visited_side(envelope: Envelope, sender: Kind) -> str | None:
    """The entity that has to operate the EVSEs of which a message speaks: the one that an order
    or booking is for, or else its sender, or the one in whose name a clearing house asks.

    None for the news that a clearing house has from its partners.
    """
    message = envelope.message
    if isinstance(message, (RemoteControlRequest, ReservationRequest)):
        return envelope.receiver
    if sender is not Kind.CLEARING_HOUSE:
        return envelope.sender
    if isinstance(message, AuthorizationRequest):
        return message.visited_cso
    return None


def exchange_of(message: Said, edition: Edition) -> str | None:
    """The id of the first exchange of the edition in which the message is said, or None where
    the edition has none.

    >>> from refimpl.edition import load
    >>> exchange_of(CorrectionAnswer(agreed=True), load("2025"))
    'correction'
    """
    for row in edition.exchanges.values():
        if row.modelled and message.kind in row.messages:
            return row.id
    return None
