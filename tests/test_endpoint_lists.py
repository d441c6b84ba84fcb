"""Lists of contracts at both ends: whole or in parts, replaced or changed, and what is off them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from rpds import HashTrieMap

from refimpl.credential import Medium
from refimpl.edition import Edition, parse_edition
from refimpl.endpoint import RoamingEndpoint
from refimpl.endpoint.contract_list import PART_SIZE, ContractList
from refimpl.endpoint.permission import check_on_any_list
from refimpl.errors import Violation
from refimpl.identifiers import check_character
from refimpl.messages import AuthorizationListNotice, ListPart, SessionProgressNotice
from refimpl.network import Network, RoamingEntity
from refimpl.session import Session
from refimpl.vocabulary import Ground, Kind

NOON: Final = datetime(2025, 7, 8, 12, tzinfo=UTC)
ONE, TWO, THREE = "DE8AA001234567", "DE8AA001234568", "DE8AA001234569"
GRACE: Final = timedelta(hours=1)
HOST: Final = "cso"
NETWORK: Final = Network(
    entities=(
        RoamingEntity(id="csp", kind=Kind.CSP),
        RoamingEntity(id=HOST, kind=Kind.CSO),
    )
)
CARD: Final = Medium(type="rfid", uid="04A2B3C4D5E680")


def notice(*emaids: str, media: Any = None, **part: Any) -> AuthorizationListNotice:
    whole = {"action": "replace", "number": 1, "of": 1, "part": 1}
    return AuthorizationListNotice(
        emaids=emaids,
        home_csp="csp",
        media=media,
        part=ListPart(**{**whole, **part}) if part else None,
    )


def after(*notices: AuthorizationListNotice, held: ContractList | None = None) -> ContractList:
    held = held or ContractList()
    for one in notices:
        held = held.after(one, NOON)
    return held


def test_a_whole_list_replaces() -> None:
    held = after(notice(ONE, TWO), notice(TWO))
    assert held.keys == {TWO}
    assert dict(held.taken_off) == {ONE: NOON}
    assert after(notice(ONE), held=held).taken_off.get(ONE) is None


def test_parts_count_when_the_last_is_there() -> None:
    first = after(notice(THREE), notice(ONE, number=7, of=2, part=1))
    assert first.keys == {THREE}
    last = first.after(notice(TWO, number=7, of=2, part=2), NOON)
    assert last.keys == {ONE, TWO}
    assert last.number == 7


def test_changes_add_and_remove() -> None:
    held = after(notice(ONE, number=3), notice(TWO, action="add", number=4))
    assert held.keys == {ONE, TWO}
    held = held.after(notice(ONE, action="remove", number=5), NOON)
    assert held.keys == {TWO}
    assert held.number == 5


@pytest.mark.parametrize(
    ("part", "rule"),
    [
        ({"number": 7, "of": 3, "part": 3}, "LST-1"),  # the second is missing
        ({"number": 8, "of": 3, "part": 2}, "LST-1"),  # of another list
        ({"number": 2, "of": 1, "part": 1}, "LST-2"),  # older than the one held
        ({"action": "add", "number": 3}, "LST-2"),  # again
        ({"action": "remove", "number": 5}, "LST-2"),  # one is missing
    ],
)
def test_what_does_not_follow(part: dict[str, Any], rule: str) -> None:
    held = after(notice(ONE, number=3), notice(TWO, number=7, of=3, part=1))
    with pytest.raises(Violation, match=rule):
        held.after(notice(TWO, **part), NOON)


def test_a_list_may_come_again() -> None:
    """The list that is held already replaces itself."""
    again = notice(ONE, number=3)
    assert after(again, again).keys == {ONE}


def test_off_the_list() -> None:
    """What was taken off starts nothing after the grace."""
    held = after(notice(ONE, TWO), notice(TWO))
    late = NOON + GRACE + timedelta(seconds=1)
    assert held.serves((TWO,), NOON + timedelta(days=300), GRACE)
    assert held.serves((ONE,), NOON + GRACE, GRACE)
    assert not held.serves((ONE,), late, GRACE)
    assert held.serves((ONE,), late, None)
    assert not held.serves((THREE,), NOON, GRACE)
    assert not held.serves((THREE,), NOON, None)


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("", "AUT-8"),
        ('id = "AUT-8"\ntolerance = 3600\n', "AUT-8"),
        ('id = "AUT-8"\ntolerance = 3601\n', None),
        ('id = "AUT-8"\nremoved = true\n', None),
    ],
)
def test_grace_of_the_edition(row: str, rule: str | None) -> None:
    """An amendment moves the moment from which what was taken off starts nothing, or lets it
    start for ever.
    """
    listed = HashTrieMap({HOST: after(notice(ONE), notice())})
    rep = RoamingEndpoint("csp", NETWORK, amended(row), listed=listed)
    started = SessionProgressNotice(
        at=NOON + timedelta(hours=1, seconds=1),
        authorization=Ground.LIST,
        emaid=ONE,
        energy_wh=0,
        event="started",
        evse_id="DEAB7E8406487",
        service="energy-transfer",
    )
    session = Session(HOST, "service-1", "csp", HOST)
    if rule is None:
        check_on_any_list(rep, session, started)
        return
    with pytest.raises(Violation, match=rule):
        check_on_any_list(rep, session, started)


def amended(row: str) -> Edition:
    """The latest edition, and one check of it as an amendment has it."""
    head = 'edition = "next"\ntitle = "t"\nextends = "2025"\n'
    change = '[[change]]\nid = "x"\nsays = "x"\nbasis = "chosen"\nsource = "model: x"\n'
    check = f'[[check]]\n{row}change = "x"\n' if row else ""
    return parse_edition(head + change + check, Path("next.toml"))


def test_a_list_is_said_again_in_parts() -> None:
    emaids = []
    for number in range(PART_SIZE + 1):
        emaid = f"DE8AA{number:09}"
        emaids.append(emaid + check_character(emaid))
    whole = ListPart(action="replace", number=3, of=1, part=1)
    said = after(
        AuthorizationListNotice(emaids=tuple(emaids), home_csp="csp", media=(CARD,), part=whole)
    )
    parts = said.parts_again("csp")
    assert [(one.part.part, one.part.of) for one in parts if one.part] == [(1, 2), (2, 2)]
    assert after(*parts).keys == said.keys
    assert parts[-1].media == (CARD.hashed(),)


def test_a_list_without_number_is_said_again() -> None:
    """It gets no number, or the next change would not follow."""
    emaid = "DE8AA0012345670"
    said = after(AuthorizationListNotice(emaids=(emaid,), home_csp="csp"))
    again = after(*said.parts_again("csp"))
    assert (again.keys, again.number) == (said.keys, said.number)
    assert again.number == 0


def test_an_empty_list_is_said_again() -> None:
    (part,) = ContractList().parts_again("csp")
    assert (part.emaids, part.media) == ((), None)
