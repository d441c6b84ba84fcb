"""What is outside of Part 1, as the vectors have it: the rules and the tables of the crosswalk.

No edition has these rules, so they hold in each, and none of them binds.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from refimpl.crosswalk import PROTOCOLS
from refimpl.crosswalk.codecs import CODECS
from refimpl.crosswalk.kinds import Kind
from refimpl.crosswalk.rules import RULES
from refimpl.crosswalk.words import WORDS
from refimpl.edition import Rule
from refimpl.vectors.suite import Json
from refimpl.vocabulary import Level

BY_TESTS: Final = frozenset({"XWK-7", "XWK-13"})
"""Those that no vector exercises yet."""


def _as_rule(name: str) -> Rule:
    told = RULES[name]
    return Rule(
        id=name,
        says=told.says,
        level=Level.SHOULD,
        basis=told.basis,
        because=told.because,
        source=told.source,
        exercised="tests" if name in BY_TESTS else "vectors",
    )


def neighbours_table() -> Json:
    """Return what each protocol carries where: of each kind of object what it becomes, what it
    requires, what goes into what of ours, what is left over, and which relations of members
    are told where they do not hold; and the closed sets of words.
    """
    protocols = {}
    for protocol in PROTOCOLS.values():
        kinds = {name: _kind(kind) for name, kind in protocol.kinds.items()}
        protocols[protocol.id] = {"title": protocol.title, "kinds": kinds}
    words = {}
    for name, told in WORDS.items():
        words[name] = [{"theirs": word.theirs, "ours": word.ours or None} for word in told]
    codecs = {name: codec.says for name, codec in CODECS.items()}
    return {"codecs": codecs, "protocols": protocols, "words": words}


def _kind(kind: Kind) -> Json:
    pairs = [{"theirs": one.theirs, "ours": one.ours, "how": one.how} for one in kind.pairs]
    leftovers = [{"path": one.path, "kind": one.kind} for one in kind.leftovers]
    return {
        "word": kind.word,
        "exchange": kind.exchange,
        "makes": kind.makes,
        "required": [field.path for field in kind.fields if field.card in ("1", "+")],
        "pairs": pairs,
        "leftovers": leftovers,
        "relations": [{"rule": one.rule, "says": one.says} for one in kind.checks],
    }


OUTSIDE: Final[Mapping[str, Rule]] = MappingProxyType({name: _as_rule(name) for name in RULES})
"""Each of them by its id."""
