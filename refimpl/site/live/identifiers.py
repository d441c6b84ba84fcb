"""What a field for identifiers needs on a page: the profiles, the order of the rules and the
matrices of the check character, of which the page reads texts as `refimpl.identifiers` does.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from refimpl.edition import Edition, load, published
from refimpl.identifiers import EMAID_ORDER, EVSE_ID_ORDER, LONGEST, PROFILES, Grammar
from refimpl.identifiers.check_characters import CHARACTERS, P1, P2
from refimpl.identifiers.grammar import SEPARATORS
from refimpl.identifiers.reading import EVSE_ID_ALONE
from refimpl.site.chapters.writing import prose
from refimpl.site.live.packing import packed
from refimpl.views.tables.identifier_field import IdentifierField

# fmt: off
CHECKS: Final = {
    "EMAID": "endless, stray, separator, length, lower case, country, type, no check, "
             "wrong check".split(", "),
    "EVSE ID": "endless, stray, separator, length, lower case, country, operator, type, "
               "outlet".split(", "),
}
"""What the page calls the checks of `EMAID_ORDER` and `EVSE_ID_ORDER`, in their order."""
# fmt: on


def identifier_value(view: IdentifierField) -> dict[str, Any]:
    """The tables by which a text is read, and the one to begin with."""
    edition = load(published()[-1])
    orders = {}
    for kind, order in (("EMAID", EMAID_ORDER), ("EVSE ID", EVSE_ID_ORDER)):
        named = zip(order, CHECKS[kind], strict=True)
        orders[kind] = [[rule_id, name] for (rule_id, _), name in named]
    profiles = {}
    for name, row in PROFILES.items():
        profiles[name] = {"EMAID": _told(row.emaid), "EVSE ID": _told(row.evse_id)}
    return packed(
        {
            "text": view.text,
            "longest": LONGEST,
            "profiles": profiles,
            "orders": orders,
            "rules": dict(_rules(edition, [*EMAID_ORDER, *EVSE_ID_ORDER])),
            "characters": CHARACTERS,
            "separators": sorted(SEPARATORS),
            "matrices": [P1, P2],
            "alone": [*EVSE_ID_ALONE],
        }
    )


def _told(grammar: Grammar) -> dict[str, Any]:
    """A grammar as the page reads it: each set of characters or names as a text or a list."""
    parts = [
        {**one._asdict(), "alphabet": "".join(sorted(one.alphabet))} for one in grammar.parts
    ]
    return {**grammar._asdict(), "parts": parts, "capitals": sorted(grammar.capitals)}


def _rules(
    edition: Edition, order: Iterable[tuple[str, object]]
) -> Iterator[tuple[str, object]]:
    """Yield of each rule its id as a link, and with what it asks."""
    for rule_id, _ in order:
        words = f"{rule_id}: {edition.sentence(rule_id)}"
        yield rule_id, [prose(rule_id, "../"), prose(words, "../")]
