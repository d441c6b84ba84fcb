"""What names a contract and is no EMAID: the uid of a medium, and a free contract id.

A user shows a medium, such as a card; `UIDS` holds how the uid of each type is written, and
`HASHES` how a hashed one is.  Many contracts have an id of their provider's own making: the
profile `free` takes it as it stands.  It has no parts, no check character and no issuer, so
that nothing but its length and characters can be wrong with it.

An error shows one character and its place and never the whole text.

Rules: CRD-2, IDP-4.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from string import ascii_uppercase, digits, hexdigits
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.errors import Malformed
from refimpl.identifiers.check_characters import place_of

FREE_PROFILE: Final = "free"
PRINTABLE: Final = frozenset(map(chr, range(0x20, 0x7F)))
UPPER_HEX: Final = frozenset(digits + ascii_uppercase[:6])
LOWER_HEX: Final = frozenset(hexdigits) - frozenset(ascii_uppercase)


class Form(NamedTuple):
    """How a text is written: of which characters, and how many; a blank is neither first nor
    last.
    """

    alphabet: frozenset[str]
    lengths: Collection[int]

    def pattern(self) -> str:
        """The regular expression of the form, for JSON Schema.

        >>> UIDS["app"].pattern()
        '^(?:[!-~]|[!-~][ -~]{0,34}[!-~])$'
        >>> UIDS["rfid"].pattern()
        '^(?:[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20})$'
        """
        any_of = _class(self.alphabet)
        lengths = sorted(self.lengths)
        if " " not in self.alphabet:
            return f"^(?:{'|'.join(f'{any_of}{{{length}}}' for length in lengths)})$"
        end = _class(self.alphabet - {" "})
        return f"^(?:{end}|{end}{any_of}{{0,{lengths[-1] - 2}}}{end})$"


def _class(alphabet: frozenset[str]) -> str:
    """A class of a regular expression: the characters in ranges of their code points."""
    ranges: list[tuple[str, str]] = []
    for char in sorted(alphabet):
        if ranges and ord(char) == ord(ranges[-1][1]) + 1:
            ranges[-1] = (ranges[-1][0], char)
        else:
            ranges.append((char, char))
    return f"[{''.join(f'{first}-{last}' for first, last in ranges)}]"


# fmt: off
FREE: Final = Form(PRINTABLE, range(1, 37))
"""A text of its issuer's own making."""
UIDS: Final[Mapping[str, Form]] = MappingProxyType({
    "app":      FREE,
    "contract": FREE,                          # a free contract id
    "other":    FREE,
    "rfid":     Form(UPPER_HEX, (8, 14, 20)),  # 4, 7 or 10 bytes, as ISO 14443 has them
})
"""How the uid of a medium is written, by the type of the medium."""
HASHES: Final[Mapping[str, Form]] = MappingProxyType({"sha-256": Form(LOWER_HEX, (64,))})
"""How a hashed uid is written, by the hash and whatever the type."""
# fmt: on


@dataclass(frozen=True, slots=True)
class FreeContractId:
    """A contract id that follows no EMAID profile; `key`, in upper case, is what is compared.

    OCPI says that such an id is compared without case, and some backends print it back as it
    was entered: so `str` keeps the case and equality does not see it.  Made by
    `parse_free_contract_id`.
    """

    text: str = field(compare=False)
    key: str

    def __str__(self) -> str:
        return self.text


def parse_free_contract_id(text: str) -> FreeContractId:
    """A contract id that follows no EMAID profile, as written; that it is read says nothing
    about who issued it.

    Raises `Malformed` IDP-4.

    >>> parse_free_contract_id("Fleet 7/anna") == parse_free_contract_id("FLEET 7/ANNA")
    True
    >>> parse_free_contract_id("anna ")
    Traceback (most recent call last):
    refimpl.errors.Malformed: IDP-4 at character 5: ' '
    """
    _check_form(text, FREE, "IDP-4")
    return FreeContractId(text, text.upper())


def check_uid(type: str, uid: str, hash: str | None = None) -> None:  # noqa: A002 - as the wire
    """That the uid of a medium is written as its type, or its hash, has it.

    Raises `Malformed` CRD-2, for a type or hash that the model does not hold too.

    >>> check_uid("rfid", "04A2B3C4")
    >>> check_uid("rfid", "04:A2:B3:C4")
    Traceback (most recent call last):
    refimpl.errors.Malformed: CRD-2 at character 3: ':'
    """
    if type not in UIDS:
        raise Malformed("CRD-2", f"type {type[:24]!a}")
    if hash is not None and hash not in HASHES:
        raise Malformed("CRD-2", f"hash {hash[:24]!a}")
    form = UIDS[type] if hash is None else HASHES[hash]
    _check_form(uid, form, "CRD-2")


def _check_form(text: str, form: Form, rule_id: str) -> None:
    longest = max(form.lengths)
    for index, char in enumerate(text[:longest]):
        if char not in form.alphabet or (char == " " and index in {0, len(text) - 1}):
            raise Malformed(rule_id, place_of(text, index))
    if len(text) not in form.lengths:
        raise Malformed(rule_id, place_of(text, min(len(text), longest)))
