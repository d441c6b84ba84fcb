"""What roaming endpoints say to each other.

A request is a question or an order and gets its own answer; a notice tells and gets a
`Receipt`; whatever cannot be served gets a `Refusal`.  The pairs stand in `ANSWERS`.  An
`Envelope` carries one message from the entity that says it to the entity it is for: its
correlation id stays the same from end to end and for the whole service, its request id is fresh
on every hop.

Rules: WIR-3 and the rules of identifiers, credentials, records and extensions.
"""

from refimpl.messages.again import (
    FetchAnswer,
    FetchRequest,
    Notice,
    ReconciliationAnswer,
    ReconciliationRequest,
    RecordMark,
    ServiceState,
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
    ListPart,
)
from refimpl.messages.envelope import (
    ANSWER_KINDS,
    ANSWERS,
    KINDS,
    RECEIPT,
    Envelope,
    Message,
    Receipt,
    Refusal,
    exchange_of,
    visited_side,
)
from refimpl.messages.said import Limits, News, Said, SaidOfContract, Subject
from refimpl.messages.services import (
    RemoteControlAnswer,
    RemoteControlNotice,
    RemoteControlRequest,
    ReservationAnswer,
    ReservationRequest,
    SessionProgressNotice,
)
from refimpl.messages.stations import (
    Station,
    StationInformationNotice,
    StationStatus,
    StationStatusNotice,
)

__all__ = [
    "ANSWERS",
    "ANSWER_KINDS",
    "KINDS",
    "RECEIPT",
    "AuthorizationAnswer",
    "AuthorizationListNotice",
    "AuthorizationRequest",
    "CorrectionAnswer",
    "CorrectionRequest",
    "DetailRecordNotice",
    "Envelope",
    "FetchAnswer",
    "FetchRequest",
    "Limits",
    "ListPart",
    "Message",
    "News",
    "Notice",
    "Receipt",
    "ReconciliationAnswer",
    "ReconciliationRequest",
    "RecordMark",
    "RecordWithdrawalNotice",
    "Refusal",
    "RemoteControlAnswer",
    "RemoteControlNotice",
    "RemoteControlRequest",
    "ReservationAnswer",
    "ReservationRequest",
    "Said",
    "SaidOfContract",
    "ServiceState",
    "SessionProgressNotice",
    "Station",
    "StationInformationNotice",
    "StationStatus",
    "StationStatusNotice",
    "Subject",
    "exchange_of",
    "visited_side",
]
