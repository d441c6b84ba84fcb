"""Mutants of what a role is shown of a message."""

from collections.abc import Iterator
from typing import Final

from refimpl.security.privacy import CLASS_OF, EMAIDS, NEEDS
from refimpl.vectors.mutants import Mutant

PRIVACY: Final = "refimpl.security.privacy"
CLASSES: Final = "EMAIDS: Final = ("


def needs_left_out() -> Iterator[Mutant]:
    for purpose, role in NEEDS:
        yield Mutant(
            "PRV-2",
            f"{role} needs nothing to {purpose}",
            "overlooks a row of needs",
            PRIVACY,
            CLASSES,
            f'NEEDS = {{key: row for key, row in NEEDS.items() if key != ("{purpose}", "{role}")}}\n{CLASSES}',
        )


def members_in_another_class() -> Iterator[Mutant]:
    """Every third member, of all shapes."""
    for name, told in list(CLASS_OF.items())[::3]:
        if name.partition(".")[2] in EMAIDS:
            continue  # they are shown by alias, whatever their class
        other = "technical" if told == "identifier" else "identifier"
        yield Mutant(
            "PRV-2",
            f"{name} is {other}",
            "takes a member for one of another class",
            PRIVACY,
            CLASSES,
            f'CLASS_OF = {{**CLASS_OF, "{name}": "{other}"}}\n{CLASSES}',
        )


# fmt: off
MUTANTS: Final = (
    *needs_left_out(),
    *members_in_another_class(),
    Mutant("PRV-1", "an unknown kind is PRV-2", "withholds what it does not know", "refimpl.vectors.families.redaction", 'raise Misuse("PRV-1"', 'raise Misuse("PRV-2"'),
    Mutant("PRV-2", "routing is withheld", "overlooks that routing is always shown", PRIVACY, '(*NEEDS.get((SHAPES[shape].sort.purpose, receiver), ()), "routing")', "NEEDS.get((SHAPES[shape].sort.purpose, receiver), ())"),
    Mutant("PRV-2", "no row is all", "takes no row for a row with all classes", PRIVACY, "NEEDS.get((SHAPES[shape].sort.purpose, receiver), ())", "NEEDS.get((SHAPES[shape].sort.purpose, receiver), ALL)"),
    Mutant("PRV-2", "one purpose for the whole message", "takes the purpose of the envelope for what is in it", PRIVACY, "SHAPES[shape].sort.purpose, receiver", "SHAPES['envelope' if shape == 'medium' else shape].sort.purpose, receiver"),
    Mutant("PRV-2", "withheld members within others are not told", "tells only of the outer members", PRIVACY, "                withheld |= part.withheld\n", "                pass\n"),
    Mutant("PRV-2", "the first part of a list", "redacts one part of several", PRIVACY, "kept[member] = seen if isinstance(inner, tuple) else seen[0]", "kept[member] = [*seen[:1], *value[1:]] if isinstance(inner, tuple) else seen[0]"),
    Mutant("PRV-2", "the last part of a list", "keeps one part of several", PRIVACY, "kept[member] = seen if isinstance(inner, tuple) else seen[0]", "kept[member] = seen[-1:] if isinstance(inner, tuple) else seen[0]"),
    Mutant("PRV-3", "free text beside an alias", "shows free text", PRIVACY, 'return "PRV-3" if aliased and sorted_as == "identifier" and member not in EMAIDS else ""', 'return ""'),
    Mutant("PRV-3", "without an alias too", "withholds free text where there is no alias", PRIVACY, 'return "PRV-3" if aliased and sorted_as', 'return "PRV-3" if sorted_as'),
    Mutant("PRV-3", "emaids as well", "withholds EMAIDs beside an alias", PRIVACY, 'sorted_as == "identifier" and member not in EMAIDS else', 'sorted_as == "identifier" else'),
    Mutant("PRV-3", "the EMAID of one contract only", "shows a list of EMAIDs as it is", PRIVACY, 'EMAIDS: Final = ("emaid", "emaids")', 'EMAIDS: Final = ("emaid",)'),
    Mutant("PRV-3", "lists of EMAIDs only", "withholds a single EMAID", PRIVACY, 'EMAIDS: Final = ("emaid", "emaids")', 'EMAIDS: Final = ("emaids",)'),
    Mutant("PRV-3", "the first of a list", "makes an alias of the first EMAID only", PRIVACY, "[alias(emaid) for emaid in value]", "[alias(value[0]), *value[1:]] if value else []"),
    Mutant("PRV-3", "no alias", "shows the EMAID itself", PRIVACY, "        elif alias is not None and member in EMAIDS:\n", "        elif False:\n"),
    Mutant("PRV-3", "withheld before the class", "finds PRV-3 for what the role does not need", PRIVACY, '    if sorted_as not in (*NEEDS', '    if aliased and sorted_as == "identifier" and member not in EMAIDS:\n        return "PRV-3"\n    if sorted_as not in (*NEEDS'),
    Mutant("PRV-4", "a short key with nothing to alias", "looks at the key before there is anything to alias", "refimpl.vectors.families.redaction", "    key, receiver = bytes.fromhex(alias[\"key\"]), alias[\"to\"]\n", "    key, receiver = bytes.fromhex(alias[\"key\"]), alias[\"to\"]\n    if len(key) < 32:\n        raise Misuse(\"PRV-4\", \"\")\n"),
    Mutant("PRV-4", "a key of 31 bytes", "is off by one", PRIVACY, "if len(key) < 32:", "if len(key) < 31:"),
    Mutant("PRV-4", "a key of 33 bytes", "is off by one", PRIVACY, "if len(key) < 32:", "if len(key) < 33:"),
    Mutant("PRV-3", "the alias for the role", "makes the alias for the role, not for `to`", "refimpl.vectors.families.redaction", 'bytes.fromhex(alias["key"]), alias["to"]', 'bytes.fromhex(alias["key"]), "home-csp"'),
)
# fmt: on
