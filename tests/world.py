"""The example that many tests speak of: a contract of csp-alba at an EVSE of cso-elm, both of
the example network, and the first message of a service between them.
"""

from datetime import UTC, datetime
from typing import Any, Final

from refimpl.endpoint import RoamingEndpoint
from refimpl.messages import AuthorizationRequest, Envelope
from refimpl.session import Session

NOON: Final = datetime(2025, 7, 8, 12, tzinfo=UTC)
FIRST_14: Final = "DE8AA001234567"
EMAID: Final = FIRST_14 + "0"
EVSE_ID: Final = "DEAB7E8406487"
ASKED: Final = AuthorizationRequest(
    emaid=EMAID, evse_id=EVSE_ID, service="energy-transfer", visited_cso="cso-elm"
)


def envelope(**changed: Any) -> Envelope:
    """The first message of a service, from cso-elm to csp-alba at noon, or with other fields."""
    fields: dict[str, Any] = {
        "correlation_id": "service-1",
        "edition": "2025",
        "message": ASKED,
        "receiver": "csp-alba",
        "request_id": "m-1",
        "sender": "cso-elm",
        "sent_at": NOON,
    }
    return Envelope(**{**fields, **changed})


def find_service(rep: RoamingEndpoint, correlation_id: str) -> Session | None:
    """The one service under an id at an endpoint, whoever opened it, or None."""
    found = [one for key, one in rep.sessions.items() if key.correlation_id == correlation_id]
    assert len(found) < 2
    return found[0] if found else None


def service_in(rep: RoamingEndpoint, correlation_id: str) -> Session:
    """The one service under an id at an endpoint, whoever opened it."""
    session = find_service(rep, correlation_id)
    assert session is not None
    return session
