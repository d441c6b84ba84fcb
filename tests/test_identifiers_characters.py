"""A text character by character says what reading the text says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from refimpl.errors import Malformed, Misuse
from refimpl.identifiers import LONGEST, PROFILES, Emaid, Spelling, parse, spell
from refimpl.identifiers.check_characters import place_of

TEXTS = st.one_of(
    st.text(max_size=20),
    st.text("DE*-+049C78a", max_size=24),
    st.sampled_from(["DE-8AA-CA2B3C4D5-L", "DE*AB7*E840*6487", "+49*810*000*438", "x" * 70]),
)


def parts(spelling: Spelling) -> str:
    """One letter for the part of each character."""
    return "".join(one.part[:1] for one in spelling.characters)


@given(text=TEXTS, profile=st.sampled_from([*PROFILES]))
def test_same_as_reading(text: str, profile: str) -> None:
    spelling = spell(text, profile)
    broken = [n for n, one in enumerate(spelling.characters) if one.breaks]
    assert "".join(one.text for one in spelling.characters) == text[: LONGEST + 1]
    if broken:
        with pytest.raises(Malformed) as raised:
            parse(text, profile)
        (place,) = broken
        assert raised.value.rule_id == spelling.characters[place].breaks
        assert raised.value.where == place_of(text, place)
        return
    found = parse(text, profile)
    assert spelling.kind == ("EMAID" if isinstance(found, Emaid) else "EVSE ID")
    country = "".join(one.text for one in spelling.characters if one.part == "country")
    assert country.upper() == found.country.removeprefix("+")


@pytest.mark.parametrize(
    ("text", "profile", "expected"),
    [
        ("DE-8AA-CA2B3C4D5-L", "emi3", "ccspppstiiiiiiiisc"),
        ("DE*AB7*E840*6487", "emi3", "ccsooostoooooooo"),
        ("+49*810*000*438", "din91286", "pccsooosooooooo"),
        ("DE8AACA2B3C4D5", "canonical", "ccpppiiiiiiiii"),
    ],
)
def test_parts(text: str, profile: str, expected: str) -> None:
    assert parts(spell(text, profile)) == expected


def test_missing_at_the_end() -> None:
    last = spell("DE8AA").characters[-1]
    assert (last.text, last.part, last.breaks) == ("", "", "EMA-4")


def test_hyphens_of_an_emaid() -> None:
    """What looks like an EVSE ID and is an EMAID is told apart as one."""
    spelling = spell("BE-BEC-E041503003", "ochp-1.4")
    assert spelling.kind == "EVSE ID"
    spelling = spell("BE-BEC-E04150300", "ochp-1.4")
    assert spelling.kind == "EMAID"
    assert parts(spelling) == "ccspppsiiiiiiiii"


def test_unknown_profile() -> None:
    with pytest.raises(Misuse) as raised:
        spell("DE8AA", "emi4")
    assert raised.value.rule_id == "IDP-1"
