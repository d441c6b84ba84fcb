"""In which order each operation looks at its rules, as README.md beside the suite says it: of
two faults that stand beside each other here, the first decides.

Where the reference has its checks in a table, the order is that of the table.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from refimpl import identifiers
from refimpl.security import certificates
from refimpl.security.authorization import GROUNDS

FORM: Final = "JOS-1 JOS-2 JOS-3 JOS-4 JOS-5 JOS-6 JOS-7 JOS-8 JOS-9 JOS-10 JOS-11"
SIGNED: Final = f"{FORM} JOS-12 JOS-13 JOS-14 JOS-15"
SEALED: Final = "JOS-11 JOS-12 JOS-13 JOS-16 JOS-18"
"""The form of a sealed text is looked at as that of a signed one."""
MOMENT: Final = "MSG-4 MSG-5"
BELIEVED: Final = "MSG-6 MSG-7 MSG-8"

Order = Sequence[str]

ORDERS: Final[Mapping[tuple[str, str], Sequence[Order]]] = MappingProxyType(
    {
        ("authorization", "message.authorize"): [[rule for rule, _ in GROUNDS]],
        ("certificate-profile", "certificate.check"): [
            ["CRT-1", *(rule for rule, _, _, _ in certificates.ORDER)]
        ],
        ("exchange", "endpoint.play"): [
            "NET-3 REP-1 REP-2 REP-3 AUT-4 AUT-3".split(),
            "AUT-4 SES-12 SES-11 AUT-2 AUT-8 SES-10".split(),
            "REP-7 REP-6 REP-3 REP-9 SES-2 AUT-1".split(),
        ],
        ("identifiers", "emaid.parse"): [
            ["IDP-1", *(rule for rule, _ in identifiers.EMAID_ORDER)]
        ],
        ("identifiers", "evse-id.parse"): [
            ["IDP-1", *(rule for rule, _ in identifiers.EVSE_ID_ORDER)]
        ],
        ("identifiers", "emaid.migrate-din"): ["IDP-1 EMA-3 EMA-4 IDP-3 IDP-2".split()],
        ("messages", "message.decode"): [
            "WIR-1 WIR-2 WIR-4 WIR-3 WIR-5".split(),
            "REC-2 REC-4 REC-3 WIR-5".split(),
        ],
        ("plausibility", "service.plausible"): [
            "SES-12 PLA-1 PLA-2 PLA-3 PLA-4 PLA-5 PLA-6 PLA-8 PLA-9 PLA-10 PLA-11".split()
        ],
        ("pseudonym", "emaid.pseudonym"): ["PRV-4 EMA-1".split()],
        ("redaction", "message.redact"): ["PRV-1 PRV-4".split()],
        ("routing", "network.read"): ["NET-9 NET-1 NET-2".split()],
        ("routing", "network.route"): [
            "NET-6 NET-8 NET-1 NET-10 NET-2 NET-3 NET-7 NET-5".split(),
            "NET-3 NET-4 NET-5".split(),
        ],
        ("sealed-message", "message.unprotect"): [
            SEALED.split(),
            f"JOS-18 MSG-1 MSG-2 MSG-3 {MOMENT}".split(),
            f"MSG-3 {BELIEVED}".split(),
        ],
        ("session", "session.follow"): [
            "SES-11 SES-10 SES-12 SES-13 SES-4".split(),
            "SES-12 REC-1 REC-5 AUT-7 SES-5".split(),
            "SES-12 REC-11".split(),
        ],
        ("signed-message", "countersignatures.check"): [
            "JOS-11 JOS-13 JOS-15 MSG-10 MSG-11 MSG-12 MSG-13".split()
        ],
        ("signed-message", "message.unprotect"): [
            [*SIGNED.split(), "MSG-1", "MSG-2", *MOMENT.split()],
            f"MSG-2 {BELIEVED} MSG-9".split(),
        ],
        ("tls-profile", "hello.answer"): ["TLS-6 TLS-1 TLS-2".split()],
        ("tls-profile", "peer.admit"): ["TLS-3 TLS-13".split()],
        ("tls-profile", "frames.read"): ["TLS-9 TLS-7 TLS-8".split()],
    }
)


def neighbours(family: str, operation: str) -> Iterator[tuple[str, str]]:
    """Yield every pair of different rules that stand beside each other in an order."""
    pairs: dict[tuple[str, str], None] = {}
    for order in ORDERS.get((family, operation), ()):
        pairs |= dict.fromkeys(pairwise(order))
    for first, second in pairs:
        if first != second:
            yield first, second
