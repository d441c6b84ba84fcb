"""Why an object cannot be carried over: the rules of the crosswalk.

They are no rules of Part 1, which names no neighbouring protocol; each is this model's choice.
A refusal shows a place and a number or a word of a closed set, never an identifier in full.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.errors import Malformed
from refimpl.vocabulary import Basis


class Rule(NamedTuple):
    """What a rule of the crosswalk says, and why; its basis is always that the model chose."""

    says: str
    because: str
    source: str
    basis: Basis = Basis.CHOSEN


# fmt: off
RULES: Final[Mapping[str, Rule]] = MappingProxyType({
    "XWK-1":  Rule("An object is JSON with no member twice and no number out of bounds.",
                   "Readers differ on which of two members counts.",
                   "rfc8259: section 4"),
    "XWK-2":  Rule("What ours requires is there in theirs, or is supplied by name.",
                   "A value that was made up cannot be told from one that was measured.",
                   "model"),
    "XWK-3":  Rule("A credit record comes with the record that it takes back.",
                   "Its energy is positive: alone it looks like a second service.",
                   "ocpi: 2.2.1 CDRs, credit CDRs"),
    "XWK-4":  Rule("A record names the EVSE.",
                   "#NA stands where no EVSE was used.",
                   "ocpi: 2.2.1 CDRs, CdrLocation"),
    "XWK-5":  Rule("The energy of the periods adds up to that of the whole.",
                   "Which of the two is meant cannot be known.",
                   "ocpi: 2.2.1 CDRs, CdrDimensionType"),
    "XWK-6":  Rule("There is exactly one identification.",
                   "With several there is no telling which was shown.",
                   "oicp: 2.3 IdentificationType"),
    "XWK-7":  Rule("A record is final.",
                   "An intermediate record would be paid twice.",
                   "emip: CDRNature"),
    "XWK-8":  Rule("A status has a counterpart.",
                   "An EVSE that is planned is not out of service.",
                   "ocpi: 2.2.1 Locations, Status"),
    "XWK-9":  Rule("A time is a time.",
                   "1970-01-01 stands where none is known.",
                   "ocpi: 2.2.1 CDRs"),
    "XWK-10": Rule("An object has a counterpart.",
                   "What ours has no message for is not put into another.",
                   "model"),
    "XWK-11": Rule("What ours needs is written as its own protocol has it.",
                   "A value that is read with goodwill is read differently by others.",
                   "model"),
    "XWK-12": Rule("A yes gives no reason for a no.",
                   "Which of the two is meant cannot be known, and a service would be paid.",
                   "ocpi: 2.2.1 Tokens, AuthorizationInfo; oicp: 2.3 StatusCode"),
    "XWK-13": Rule("A session has one record.",
                   "Two would both be paid, unless a credit takes the first back.",
                   "ocpi: 2.2.1 CDRs, session_id; oicp: 2.3 eRoamingChargeDetailRecord"),
})
# fmt: on


class Refused(Malformed):
    """An object that cannot be carried over: by which rule, at which JSON Pointer, and why in
    one line.
    """

    def __init__(self, rule_id: str, at: str, says: str) -> None:
        super().__init__(rule_id, f"{at or '/'}: {says}")
        self.at = at
        self.says = says
