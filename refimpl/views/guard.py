"""Who notices: what reaches a receiver is held to five looks, and the first that refuses names
the rule.

`LOOKS` are functions of `security`, in the order in which a receiver can afford them.  Nothing
here knows beforehand which look will refuse which of the `attacks`.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.security import jwe, jws
from refimpl.security.certificates import Purpose, check_chain
from refimpl.security.protection import (
    MessageHeader,
    RoutingHeader,
    check_countersignatures,
    unprotect,
)
from refimpl.views.attacks import ATTACKS, Attempt
from refimpl.views.figure import ACCENT, ALARM, FAINT, INK, MUTED, Figure, digraph
from refimpl.views.layers import SENDER, ring
from refimpl.views.tables import Table
from refimpl.views.trust import FOUR, NAMES, pki
from refimpl.views.words import label, rule


def _certificate(a: Attempt) -> object:
    asked: Any = {
        "entity_id": SENDER,
        "kind": FOUR.entity(SENDER).kind,
        "now": a.now,
        "purpose": Purpose.MESSAGE,
    }
    return check_chain(
        a.sender_pki.leaf(SENDER).chain,
        roots=(pki().root.certificate,),
        crls=a.sender_pki.crls,
        **asked,
    )


def _hop(a: Attempt) -> object:
    ends: Any = {"sender": SENDER, "receiver": a.receiver}
    return check_countersignatures(a.text, [a.word], ring(a.receiver), now=a.now, **ends)


def _unsealed(a: Attempt) -> str:
    if a.text.count(".") != 4:
        return a.text
    return jwe.unseal(a.text, ring(a.receiver).own.get, RoutingHeader).content.decode(
        "ascii", "replace"
    )


def _signature(a: Attempt) -> object:
    return jws.verify(_unsealed(a), ring(a.receiver).signer, MessageHeader)


def _message(a: Attempt) -> object:
    return unprotect(a.text, ring(a.receiver), receiver=a.receiver, now=a.now, seen=a.seen)


# fmt: off
LOOKS: Final[tuple[tuple[str, str, Callable[[Attempt], object]], ...]] = (
    ("certificate", "Is the sender who it should be?",                _certificate),
    ("hop",         "Is this what the clearing house passed on?",     _hop),
    ("seal",        "Does it open, unchanged, with my key?",          _unsealed),
    ("signature",   "Has the holder of a key I know signed this?",    _signature),
    ("message",     "Its own word, for me, in time, new, and sound?", _message),
)
# fmt: on


def look(attempt: Attempt) -> tuple[str, RoamingError] | None:
    """The look that refuses an attempt and its error, or None where the message is let in."""
    for name, _, asks in LOOKS:
        try:
            asks(attempt)
        except RoamingError as error:
            return name, error
    return None


@cache
def met(attack: str) -> tuple[str, str, str, str]:
    """Tell where an attack ends: its receiver, and the look, the rule and the place that notice
    it, each empty where it goes unnoticed.
    """
    attempt = ATTACKS[attack].attempt()
    found = look(attempt)
    return (
        attempt.receiver,
        *((found[0], found[1].rule_id, found[1].where) if found else ("", "", "")),
    )


def draw(attack: str = "nothing", edition: str = "2025") -> Figure:
    """The looks in their order, up to the one that refuses.

    >>> draw("replayed").title
    'Sent again: refused under MSG-7'
    """
    known, (who, stopped, rule_id, where) = load(edition), met(attack)
    one, lines = ATTACKS[attack], list(_told(attack, edition))
    graph = digraph("attack", rankdir="LR", ranksep="0.25", labelloc="b", labeljust="l")
    verdict = (
        f"{NAMES[who]}: {rule(known, rule_id)} Place: {where}."
        if stopped
        else f"{NAMES[who]} lets it in."
    )
    graph.attr(label=label(f"{one.what} (by {one.by})", verdict, width=110))
    before = ""
    for name, asks, outcome in _outcomes(stopped):
        colour = {"passed": ACCENT, "refused": ALARM}.get(outcome, FAINT)
        faint = (
            {"fontcolor": MUTED, "style": "dashed"}
            if outcome == "not taken"
            else {"fontcolor": INK}
        )
        graph.node(
            name,
            label(name, asks, outcome.upper(), width=17),
            color=colour,
            penwidth="2",
            **faint,
        )
        if before:
            graph.edge(before, name, color=FAINT if outcome == "not taken" else INK)
        before = name
    return Figure(
        f"{one.what}: {f'refused under {rule_id}' if stopped else 'let in'}",
        str(graph.source),
        "\n".join(lines),
    )


def _outcomes(stopped: str) -> Iterator[tuple[str, str, str]]:
    reached = True
    for name, asks, _ in LOOKS:
        yield (
            name,
            asks,
            ("refused" if name == stopped else "passed") if reached else "not taken",
        )
        reached = reached and name != stopped


def _told(attack: str, edition: str) -> Iterator[str]:
    who, stopped, rule_id, _ = met(attack)
    yield f"{ATTACKS[attack].what}, by {ATTACKS[attack].by}. {NAMES[who]} looks:"
    for number, (name, _, outcome) in enumerate(_outcomes(stopped), 1):
        why = f" {rule(load(edition), rule_id)}" if outcome == "refused" else ""
        yield f"{number}. {name}: {outcome}.{why}"


def table(edition: str = "2025") -> Table:
    """Every attack, who notices it, at which look, and under which rule.

    >>> [row[2:5] for row in table().rows if row[0] == "Delivered to somebody else"]
    [('Birch Drive', 'seal', 'JOS-13')]
    """
    rules, rows = load(edition).rules, []
    for key, attack in ATTACKS.items():
        who, stopped, rule_id, _ = met(key)
        if stopped:
            row = rules.get(rule_id)
            rows.append(
                (
                    attack.what,
                    attack.by,
                    NAMES[who],
                    stopped,
                    rule_id,
                    row.says if row else "",
                    row.basis if row else "",
                )
            )
    columns = (
        "what",
        "by whom",
        "who notices",
        "at which look",
        "rule",
        "what it says",
        "basis",
    )
    return Table(f"Attacks and who notices, {edition}", columns, tuple(rows))
