"""One roaming service, from the first question to the last record.

A session is a value and `STEPS` is the whole of its behaviour, unless an amendment lays other
rows over it (`table_of`): a message that has no row is a `Violation`.  Both ends follow the
same table, one when it says a message, the other when it hears it.  To see the machine,
`views.machine`; to see every row at work, the session vectors.

Nothing here waits, sends, remembers or looks at the clock; what the moment and the power of an
EVSE have to do with it is `plausibility`, which is asked here.

Rules: SES-*, REC-1, REC-5, REC-11, AUT-7, and PLA-*.
"""

from refimpl.session.following import check_subject, follow, is_early
from refimpl.session.service import ServiceKey, Session
from refimpl.session.steps import FINAL, STEPS, Step, always, by_list
from refimpl.session.table import SessionTable, StepFault, faults_of_steps, table_of

__all__ = [
    "FINAL",
    "STEPS",
    "ServiceKey",
    "Session",
    "SessionTable",
    "Step",
    "StepFault",
    "always",
    "by_list",
    "check_subject",
    "faults_of_steps",
    "follow",
    "is_early",
    "table_of",
]
