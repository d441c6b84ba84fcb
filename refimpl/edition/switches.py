"""Which rules an amendment may switch off, and why it may not the others.

A rule that only refuses can be switched off: what it alone refuses is then let through.  Code
asks `Edition.asks` before it refuses by one of these.  Where a rule says what an endpoint does,
or what bytes mean, nothing would stand in its place, and the reason is told instead.

Rules: EDN-3.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from refimpl.edition.rows import Edition
from refimpl.errors import Misuse

SWITCHED: Final = frozenset(
    """
    SES-1 SES-2 SES-3 SES-4 SES-5 SES-6 SES-7 SES-8 SES-10 SES-11 SES-12 SES-13 SES-14
    SES-15 REC-1 REC-5 REC-7 REC-8 REC-11 PLA-1 PLA-2 PLA-3 PLA-4 PLA-5 PLA-6 PLA-7 PLA-8 PLA-9
    PLA-10 PLA-11 AUT-1 AUT-2 AUT-4 AUT-7 AUT-8 REP-2 REP-3 REP-4 REP-6 REP-9 REP-10
    """.split()
)
"""The rules that an edition may switch off."""

IN_ITS_FORM: Final = "it is part of the form of a message, which is read before any edition is"
WHY_NOT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ACC": "who may speak to whom is held by table, refimpl/security/authorization.py",
        "AUT-3": "a clearing house has no other way to answer than by a strategy",
        "AUT": IN_ITS_FORM,
        "CRD": IN_ITS_FORM,
        "CRT": "certificates are checked before any edition is asked",
        "EDN": "it is about the files of editions themselves",
        "EMA": IN_ITS_FORM,
        "EVS": IN_ITS_FORM,
        "EXT": IN_ITS_FORM,
        "FET": "it says what is told again, and a question without it has no answer",
        "IDP": IN_ITS_FORM,
        "JOS": "what is signed or sealed otherwise cannot be opened",
        "LST": "without it there is no list to take in",
        "MSG": "the protection of messages is the same in every edition",
        "NET": "a message that has no way goes nowhere",
        "PKI": "it is about the files of a test PKI",
        "PRV": "it says what is shown and kept, not what is refused",
        "RCL": "without it there are no two lists of records to compare",
        "REC-10": "it says what an endpoint does with a record, not what it refuses",
        "REC": IN_ITS_FORM,
        "REP-1": "an endpoint that is not on the way knows no next hop",
        "REP-5": "it says when an endpoint speaks again, not what it refuses",
        "REP-7": "an answer to no open question has no service to lead on",
        "REP-8": "it bounds what an endpoint remembers",
        "REP-11": "it says how long a clearing house asks, not what it refuses",
        "SES-9": "it refuses nothing; take its rows out of the session table instead",
        "STO": "it says what a store keeps",
        "TLS": "the channel is settled before; change the row tls of the protocol table",
        "WIR": "bytes that break it have no meaning that could be let through",
    }
)
"""Why a rule cannot be switched off, by its id or else by its group."""


def why_not(rule_id: str) -> str:
    """Say why a rule cannot be switched off; empty for one that can.

    >>> why_not("SES-4")
    ''
    >>> why_not("REP-5")
    'it says when an endpoint speaks again, not what it refuses'
    """
    if rule_id in SWITCHED:
        return ""
    group = rule_id.partition("-")[0]
    return WHY_NOT.get(rule_id) or WHY_NOT.get(group) or "no code of the model asks for it"


def without(edition: Edition, rule_ids: Iterable[str]) -> Edition:
    """An edition with some of its rules switched off, and nothing else changed.

    Raises `Misuse` EDN-5 for a rule that it has not, EDN-3 for one that cannot be switched off.

    >>> from refimpl.edition import load
    >>> without(load("2025"), ["SES-4"]).asks("SES-4")
    False
    """
    rules = dict(edition.rules)
    for rule_id in rule_ids:
        if rule_id not in rules:
            raise Misuse("EDN-5", f"edition {edition.id} has no rule {rule_id}")
        if reason := why_not(rule_id):
            raise Misuse("EDN-3", f"{rule_id} cannot be switched off: {reason}")
        rules[rule_id] = rules[rule_id].model_copy(update={"off": True})
    return replace(edition, rules=MappingProxyType(rules))
