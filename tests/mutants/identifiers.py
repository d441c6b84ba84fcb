"""Mutants of EMAID and EVSE ID, free contract ids and uids of media."""

from collections.abc import Iterator
from typing import Any, Final

from refimpl.identifiers import PROFILES, Grammar, medium
from refimpl.identifiers.reading import EMAID_ORDER, EVSE_ID_ORDER
from refimpl.vectors.mutants import Mutant

READING: Final = "refimpl.identifiers.reading"
CHECK: Final = "refimpl.identifiers.check_characters"
MEDIUM: Final = "refimpl.identifiers.medium"
GRAMMARS: Final = "_profile(name: str) -> Profile:\n"
UIDS: Final = '"""How a hashed uid is written, by the hash and whatever the type."""'
PARTS_THAT_FOLD: Final = ("country", "type", "outlet", "instance", "provider")


def orders() -> Iterator[Mutant]:
    """A check left out, or put before the one above it."""
    for name, order in (("EMAID_ORDER", EMAID_ORDER), ("EVSE_ID_ORDER", EVSE_ID_ORDER)):
        for place, (rule, _) in enumerate(order):
            yield Mutant(
                rule,
                "not checked",
                "leaves this check out",
                READING,
                "    for rule_id, check in order:",
                f'    for rule_id, check in (row for row in order if row[0] != "{rule}"):',
            )
            if place and rule not in {"EMA-9", "EVS-8"}:  # those two no text can tell
                above = order[place - 1][0]
                yield Mutant(
                    rule,
                    f"{rule} before {above}",
                    "makes the two checks in the other order",
                    READING,
                    'MIGRATIONS: Final = MappingProxyType({"ochp-1.4"',
                    f"{name} = (*{name}[:{place - 1}], {name}[{place}], {name}[{place - 1}], "
                    f'*{name}[{place + 1}:])\nMIGRATIONS: Final = MappingProxyType({{"ochp-1.4"',
                )


def grammars() -> Iterator[Mutant]:
    """A field of a grammar changed: every other one."""
    for profile, row in PROFILES.items():
        for which in ("emaid", "evse_id"):
            for rule, what, changes in list(changed(which, getattr(row, which)))[::2]:
                yield Mutant(
                    rule,
                    f"{profile} {which}{what}",
                    "reads a grammar of profiles.json otherwise",
                    READING,
                    f"def {GRAMMARS}",
                    f"PROFILES = {{**PROFILES, {profile!r}: PROFILES[{profile!r}]._replace({which}="
                    f"PROFILES[{profile!r}].{which}._replace({changes}))}}\n\n\ndef {GRAMMARS}",
                )


def changed(which: str, one: Grammar) -> Iterator[tuple[str, str, str]]:
    """What may be wrong in a grammar; that a part is too short shows in the last, unless
    separators cut the text.
    """
    group = "EMA" if which == "emaid" else "EVS"
    if one.longest < 64:
        yield f"{group}-4", ": one character more", f"longest={one.longest + 1}"
    capitals = () if one.capitals else PARTS_THAT_FOLD
    yield f"{group}-5", ": the other case", f"capitals=frozenset({capitals!r})"
    if one.separators:
        stand = "all or none" if one.stand == "anywhere" else "anywhere"
        yield f"{group}-3", ": separators elsewhere", f"stand={stand!r}"
        yield f"{group}-3", ": no separators", "separators=''"
    needed = [part for part in one.parts if part.least]
    for place, part in enumerate(one.parts):
        for what, changes, shown in other_lengths(
            part, one.stand == "everywhere" or part is needed[-1]
        ):
            if (which, part.name, what, one.longest) in {
                ("evse_id", "outlet", "longer", 37),
                ("evse_id", "outlet", "shorter", 64),
            } and (one.longest == 37 or one.stand == "everywhere"):
                continue  # the whole has 37 at most; a separator with nothing behind it is found before
            parts = f"g.parts[:{place}] + (g.parts[{place}]._replace({changes}),) + g.parts[{place + 1}:]"
            yield (
                f"{group}-4",
                f" {part.name}: {shown}",
                f"parts=(lambda g: {parts})(PROFILES[{name_of(one)!r}].{which})",
            )


def other_lengths(part: Any, may_be_shorter: bool) -> Iterator[tuple[str, str, str]]:
    yield "longer", f"most={part.most + 1}", "longer"
    if may_be_shorter:
        yield "shorter", f"least={part.least - 1}", "shorter"
    if not part.least:
        yield "asked for", "least=1", "asked for"


def name_of(one: Grammar) -> str:
    return next(name for name, row in PROFILES.items() if one in (row.emaid, row.evse_id))


def forms() -> Iterator[Mutant]:
    """What may be wrong in the form of a uid: one length more or fewer, another alphabet."""
    rows = [("CRD-2", "UIDS", name, form) for name, form in medium.UIDS.items()]
    rows += [("CRD-2", "HASHES", name, form) for name, form in medium.HASHES.items()]
    for rule, table, name, form in rows:
        lengths = list(form.lengths)
        for what, change in (
            ("longer", f"lengths={[*lengths, lengths[-1] + 1]}"),
            ("shorter", f"lengths={[lengths[0] - 1, *lengths]}"),
            ("no longest", f"lengths={lengths[:-1] or [0]}"),
            ("no shortest", f"lengths={lengths[1:] or [0]}"),
            *(
                (f"{more!a} too", f"alphabet={table}[{name!r}].alphabet | frozenset({more!a})")
                for more in ("abcdef", "ABCDEF", "G", "\t\x7f")
                if not form.alphabet.issuperset(more)
            ),
        ):
            yield Mutant(
                rule,
                f"uid {name}: {what}",
                "reads a row of profiles.json otherwise",
                MEDIUM,
                UIDS,
                f"{table} = MappingProxyType({{**{table}, {name!r}: {table}[{name!r}]._replace({change})}})",
            )


FREE: Final = '    _check_form(text, FREE, "IDP-4")\n'

# fmt: off
MUTANTS: Final = (
    *orders(),
    *grammars(),
    *forms(),
    Mutant("EMA-9", "another check character", "computes none", CHECK, "    return next(char for char in CHARACTERS if add(sums, summand(char, 15)) == ZERO)", '    return "0"'),
    Mutant("EMA-9", "places from 0", "counts the places from 0", CHECK, "enumerate(_upper_case(first14, 14), 1)", "enumerate(_upper_case(first14, 14), 0)"),
    Mutant("EMA-9", "P1 and P2 swapped", "takes the one matrix for the other", CHECK, "q, r = _times(q, P1, 2), _times(r, P2, 3)", "q, r = _times(q, P2, 2), _times(r, P1, 3)"),
    Mutant("EMA-9", "q and r swapped", "takes a number apart the other way round", CHECK, "return (n // 18, n // 9 % 2), (n // 3 % 3, n % 3)", "return (n // 9 % 2, n // 18), (n // 3 % 3, n % 3)"),
    Mutant("EMA-9", "letters first", "counts A as 0", CHECK, "CHARACTERS: Final = digits + ascii_uppercase", "CHARACTERS: Final = ascii_uppercase + digits"),
    Mutant("EMA-9", "DIN's digit for all", "takes one method for both lengths", CHECK, "{14: check_character, 11: din_check_digit}", "{14: lambda text: din_check_digit(text[:11]), 11: din_check_digit}"),
    Mutant("EMA-9", "compared as written", "compares the check character with regard to case", READING, "given.text.upper() != METHODS", "given.text != METHODS"),
    Mutant("EMA-9", "DIN: weights from 1", "counts the decimal digits from 1", CHECK, "total += int(digit) * 2**place", "total += int(digit) * 2**(place + 1)"),
    Mutant("EMA-9", "DIN: 10 is 0", "writes 10 as 0", CHECK, '"0123456789X"[total % 11]', '"01234567890"[total % 11]'),
    Mutant("EMA-9", "DIN: two digits for each", "writes each number with two digits", CHECK, "(str(CHARACTERS.index(char)) for char", "(str(CHARACTERS.index(char)).zfill(2) for char"),
    Mutant("EMA-2", "the first 14 are looked at", "counts one character fewer", CHECK, "enumerate(text[: length + 1])", "enumerate(text[:length])"),
    Mutant("EMA-2", "the first 16 are looked at", "counts one character more", CHECK, "enumerate(text[: length + 1])", "enumerate(text[: length + 2])"),
    Mutant("EMA-2", "all are looked at", "looks at every character", CHECK, "enumerate(text[: length + 1])", "enumerate(text)"),
    Mutant("EMA-2", "folded first: check", "takes upper case before it looks at characters", CHECK, "    for index, char in enumerate(text[: length + 1]):\n        if char not in PLAIN:", "    text = text.upper()\n    for index, char in enumerate(text[: length + 1]):\n        if char not in PLAIN:"),
    Mutant("EMA-4", "length before characters", "counts first", CHECK, "    for index, char in enumerate(text[: length + 1]):\n        if char not in PLAIN:", "    if len(text) != length:\n        raise Malformed('EMA-4', '')\n    for index, char in enumerate(text[: length + 1]):\n        if char not in PLAIN:"),
    Mutant("EMA-1", "counts units of UTF-16", "counts as some languages do", READING, "return LONGEST if len(reading.text) > LONGEST else None", "return LONGEST if len(reading.text.encode('utf-16-le')) // 2 > LONGEST else None"),
    Mutant("EMA-1", "counts bytes", "counts bytes of UTF-8", READING, "return LONGEST if len(reading.text) > LONGEST else None", "return LONGEST if len(reading.text.encode('utf-8', 'surrogatepass')) > LONGEST else None"),
    Mutant("EMA-1", "65 characters", "is off by one", READING, "return LONGEST if len(reading.text) > LONGEST else None", "return LONGEST if len(reading.text) > LONGEST + 1 else None"),
    Mutant("EMA-1", "63 characters", "takes 'more than' for 'at least'", READING, "return LONGEST if len(reading.text) > LONGEST else None", "return LONGEST if len(reading.text) >= LONGEST else None"),
    Mutant("EMA-2", "folded first", "takes upper case before it looks at characters", READING, "    for index, char in enumerate(reading.text):\n        if char not in known:", "    for index, char in enumerate(reading.text.upper()):\n        if char not in known:"),
    Mutant("EMA-2", "a plus is a separator", "takes a plus in any profile", READING, "PLAIN.union(SEPARATORS, reading.grammar.prefix)", "PLAIN.union(SEPARATORS, '+')"),
    Mutant("EMA-2", "the separators of the profile", "takes only the separators of the grammar", READING, "PLAIN.union(SEPARATORS, reading.grammar.prefix)", "PLAIN.union(reading.grammar.separators, reading.grammar.prefix)"),
    Mutant("EVS-2", "any number of plus", "steps over every plus", READING, "text.removeprefix(grammar.prefix)", "text.lstrip(grammar.prefix or '\\0')"),
    Mutant("EMA-3", "nothing behind a separator", "takes a separator with nothing behind it", READING, "if split and not text:", "if False:"),
    Mutant("EMA-3", "missing where all have one", "lets one separator of several be missing", READING, "if part.gap and not split and (everywhere or (all_or_none and text)):", "if part.gap and not split and everywhere:"),
    Mutant("EMA-3", "missing before an empty part", "asks for a separator before a part that is not there", READING, "(everywhere or (all_or_none and text))", "(everywhere or all_or_none)"),
    Mutant("EMA-3", "missing everywhere", "lets a separator be missing where all are asked for", READING, "(everywhere or (all_or_none and text))", "(all_or_none and text)"),
    Mutant("EMA-3", "separators inside a part", "takes a separator inside a part", READING, "if char in SEPARATORS - part.alphabet:", "if False:"),
    Mutant("EMA-3", "the separators of the profile inside a part", "takes the other separator inside a part", READING, "if char in SEPARATORS - part.alphabet:", "if char in frozenset(reading.grammar.separators) - part.alphabet:"),
    Mutant("EMA-4", "at least", "looks at the most only", READING, "if not part.least <= len(text) <= part.most:", "if not len(text) <= part.most:"),
    Mutant("EMA-4", "at most", "looks at the least only", READING, "if not part.least <= len(text) <= part.most:", "if not part.least <= len(text):"),
    Mutant("EVS-4", "the whole is not counted", "overlooks `longest`", READING, "return reading.grammar.longest if len(reading.text) > reading.grammar.longest else None", "return None"),
    Mutant("EMA-5", "the check character is no part", "passes over the case of the check character", READING, "if char.islower() and part.name in reading.grammar.capitals:", "if char.islower() and part.name in reading.grammar.capitals - {'check'}:"),
    *(Mutant("EMA-5", f"{part} in lower case", "passes over the case of one part", READING, "if char.islower() and part.name in reading.grammar.capitals:", f"if char.islower() and part.name in reading.grammar.capitals - {{'{part}'}}:")
      for part in ("country", "provider", "operator", "type", "instance", "outlet")),
    Mutant("EVS-9", "leading characters count", "does not take leading characters away", READING, "body = piece.text.lstrip(piece.part.leading)", "body = piece.text"),
    Mutant("EVS-9", "one leading character", "takes one leading character away", READING, "body = piece.text.lstrip(piece.part.leading)", "body = piece.text.removeprefix(piece.part.leading)"),
    Mutant("EVS-9", "leading alone", "takes a part of leading characters only", READING, "if not body or body[0] in SEPARATORS:", "if body and body[0] in SEPARATORS:"),
    Mutant("EVS-9", "a separator first", "takes a part that begins with an asterisk", READING, "if not body or body[0] in SEPARATORS:", "if not body:"),
    Mutant("EMA-6", "with regard to case", "looks for characters as they are written", READING, "enumerate(body.upper(), first)", "enumerate(body, first)"),
    Mutant("EMA-8", "never asked for", "never asks for a check character", READING, "missing = reading.grammar.check_asked and", "missing = False and"),
    Mutant("EMA-8", "always asked for", "asks for a check character in every profile", READING, "missing = reading.grammar.check_asked and", "missing = reading.pieces[-1].part.name == 'check' and"),
    Mutant("EVS-1", "asterisks stay", "keeps asterisks in an outlet", READING, 'part["outlet"].replace("*", "")', 'part["outlet"]'),
    Mutant("EVS-1", "DIN's asterisks go", "takes asterisks out of DIN's outlet", READING, 'outlet = part["outlet"] if grammar.prefix else', "outlet = '' if False else"),
    Mutant("EVS-1", "no plus in front", "writes DIN's country as it was given", READING, 'return EvseId(grammar.prefix + part["country"]', 'return EvseId(("+" if text.startswith("+") else "") + part["country"]'),
    Mutant("EMA-1", "in lower case", "keeps the case in the output", READING, "return {piece.part.name: piece.text.upper() for", "return {piece.part.name: piece.text for"),
    Mutant("EMA-1", "the type is dropped", "leaves the C out of the instance", READING, 'part.get("type", "") + part["instance"]', 'part["instance"]'),
    Mutant("EMA-1", "no check is an empty text", "writes an empty text for no check character", READING, 'part["check"] or None,', 'part["check"],'),
    Mutant("IDP-1", "the text first", "looks at the text before it looks for the profile", READING, "    part = _parts(text, _profile(profile).emaid, EMAID_ORDER)", "    if len(text) > LONGEST:\n        raise Malformed('EMA-1', '')\n    part = _parts(text, _profile(profile).emaid, EMAID_ORDER)"),
    Mutant("IDP-1", "profiles by any case", "finds a profile without regard to case", READING, "    if name not in PROFILES:", "    name = name.lower()\n    if name not in PROFILES:"),
    Mutant("IDP-1", "an unknown profile is emi3", "takes a default", READING, "    if name not in PROFILES:\n        raise", "    if name not in PROFILES:\n        return PROFILES['emi3']\n        raise"),
    Mutant("EVS-10", "a plus may be missing", "reads DIN's without a plus", READING, '        raise Malformed("EVS-10", place_of(text, 0))', '        return parse_evse_id(text, "din91286")'),
    Mutant("EVS-10", "whatever else is wrong", "finds the plus missing first", READING, '    if text[:1] in DIGITS and "*" in text:\n        parse_evse_id(text, "din91286")\n', '    if text[:1] in DIGITS and "*" in text:\n'),
    Mutant("EVS-10", "without an asterisk", "takes all that begins with a digit for DIN's", READING, '    if text[:1] in DIGITS and "*" in text:\n', '    if text[:1] in DIGITS:\n'),
    Mutant("EVS-10", "carried by canonical only", "reads no DIN's", READING, '    if text.startswith("+"):\n        return parse_evse_id(text, "din91286")\n', ""),
    Mutant("EVS-10", "carried by emi3", "reads a carried EVSE ID with separators", READING, '    return parse_evse_id(text, "canonical")\n', '    return parse_evse_id(text, "emi3")\n'),
    Mutant("IDP-2", "the convention first", "looks at the convention before the text", "refimpl.vectors.families.identifiers", '    emaid = identifiers.parse_emaid(given["text"], given["profile"])\n    migrated', '    if given["convention"] not in identifiers.MIGRATIONS:\n        raise __import__("refimpl").errors.Misuse("IDP-2", "")\n    emaid = identifiers.parse_emaid(given["text"], given["profile"])\n    migrated'),
    Mutant("IDP-3", "before the convention", "looks at the instance first", READING, "    if convention not in MIGRATIONS:\n", "    if not emaid.din:\n        raise Misuse('IDP-3', '')\n    if convention not in MIGRATIONS:\n"),
    Mutant("IDP-3", "any EMAID", "migrates what is no DIN contract identifier", READING, "    if not emaid.din:\n", "    if False:\n"),
    Mutant("IDP-2", "one convention", "takes one convention for both", READING, 'MIGRATIONS: Final = MappingProxyType({"ochp-1.4": "00"', 'MIGRATIONS: Final = MappingProxyType({"ochp-1.4": "C0"'),
    Mutant("IDP-2", "the check digit of the new", "computes DIN's digit of the filled-up instance", READING, "digit = din_check_digit(issuer + emaid.instance)", "digit = din_check_digit((issuer + MIGRATIONS[convention] + emaid.instance)[:11])"),
    Mutant("IDP-2", "the digit in front", "puts the check digit before the six", READING, "MIGRATIONS[convention] + emaid.instance + digit", "MIGRATIONS[convention] + digit + emaid.instance"),
    Mutant("IDP-4", "no key", "compares free ids as they are written", MEDIUM, "return FreeContractId(text, text.upper())", "return FreeContractId(text, text)"),
    Mutant("IDP-4", "a key in lower case", "folds the other way", MEDIUM, "return FreeContractId(text, text.upper())", "return FreeContractId(text, text.lower())"),
    Mutant("IDP-4", "the text is folded too", "writes the text in upper case", MEDIUM, "return FreeContractId(text, text.upper())", "return FreeContractId(text.upper(), text.upper())"),
    Mutant("IDP-4", "37 characters", "is off by one", MEDIUM, FREE, '    _check_form(text, FREE._replace(lengths=range(1, 38)), "IDP-4")\n'),
    Mutant("IDP-4", "35 characters", "is off by one", MEDIUM, FREE, '    _check_form(text, FREE._replace(lengths=range(1, 36)), "IDP-4")\n'),
    Mutant("IDP-4", "an empty text", "takes an empty text", MEDIUM, FREE, '    _check_form(text, FREE._replace(lengths=range(37)), "IDP-4")\n'),
    Mutant("IDP-4", "control characters", "takes any character of ASCII", MEDIUM, FREE, '    _check_form(text, FREE._replace(alphabet=frozenset(map(chr, range(128)))), "IDP-4")\n'),
    Mutant("IDP-4", "any character", "takes any character", MEDIUM, FREE, '    if not 1 <= len(text) <= 36 or text != text.strip(" "):\n        raise Malformed("IDP-4", "")\n'),
    Mutant("IDP-4", "no lower case", "takes upper case only", MEDIUM, FREE, '    _check_form(text, FREE._replace(alphabet=FREE.alphabet - frozenset("abcdefghijklmnopqrstuvwxyz")), "IDP-4")\n'),
    Mutant("IDP-4", "a blank at the end", "takes a blank at the end", MEDIUM, 'char == " " and index in {0, len(text) - 1}', 'char == " " and index == 0'),
    Mutant("IDP-4", "a blank at the start", "takes a blank at the start", MEDIUM, 'char == " " and index in {0, len(text) - 1}', 'char == " " and index == len(text) - 1'),
    Mutant("IDP-4", "no blank", "refuses every blank", MEDIUM, 'char == " " and index in {0, len(text) - 1}', 'char == " "'),
    Mutant("CRD-2", "a hash of another length", "takes a hash for the uid of its type", MEDIUM, "form = UIDS[type] if hash is None else HASHES[hash]", "form = UIDS[type]"),
    Mutant("CRD-2", "any type with a hash", "looks at no type where there is a hash", MEDIUM, "    if type not in UIDS:\n", "    if hash is None and type not in UIDS:\n"),
    Mutant("CRD-2", "any hash", "looks at no name of a hash", MEDIUM, "    if hash is not None and hash not in HASHES:\n", "    if hash is not None and hash not in HASHES:\n        return\n    if False:\n"),
)
# fmt: on
