"""Which kind an object is taken for: the one that its members fit, or none where they fit more."""

from collections.abc import Iterator

import pytest

from refimpl.crosswalk import PROTOCOLS, Kind, Refused, protocol_of, take
from refimpl.crosswalk.converting import recognize
from refimpl.crosswalk.examples import examples
from refimpl.crosswalk.examples import protocol_of as protocol_of_example
from refimpl.crosswalk.reading import Json

TOLD = [
    (protocol.id, kind.name)
    for protocol in PROTOCOLS.values()
    for kind in protocol.kinds.values()
    if kind.told_by and "/" not in kind.told_by[0]
]
SEVERAL = {
    "oicp-2.3/authorize-start": ("authorization", "authorization-stop"),
    "oicp-2.3/authorize-stop": ("authorization", "authorization-stop"),
    "oicp-2.3/authorization-stop": ("authorization-answer", "authorization-stop-answer"),
    "oicp-2.3/authorization-start-no": ("authorization-answer", "authorization-stop-answer"),
    "oicp-2.3/remote-start": ("reservation", "remote-start"),
    "oicp-2.3/remote-stop": ("reservation-stop", "remote-stop"),
}
"""Examples of ours whose members fit several kinds."""


def members(kind: Kind, cards: str) -> frozenset[str]:
    """The members of an object itself that the kind's table has with one of these cards."""
    return frozenset(
        field.path.removesuffix("[]")
        for field in kind.fields
        if "." not in field.path and field.card in cards
    )


def texts(kind: Kind) -> dict[str, Json]:
    """The members that tell a kind by what is in them."""
    parted = (mark.partition("=") for mark in kind.told_by)
    return {name: text for name, is_text, text in parted if is_text}


def fits(kind: Kind, value: dict[str, Json]) -> bool:
    """Whether the kind's own table has each member of an object, and misses none."""
    agrees = all(value.get(name) == text for name, text in texts(kind).items())
    return agrees and members(kind, "1+") <= value.keys() <= members(kind, "1+?*")


def written(kind: Kind) -> Iterator[dict[str, Json]]:
    """A kind's shortest object, its longest, and those of one member more or one less."""
    told = {mark.partition("=")[0] for mark in kind.told_by if mark[0] != "!"}
    least = members(kind, "1+") | told
    most = members(kind, "1+?*")
    yield dict.fromkeys(least) | texts(kind)
    yield dict.fromkeys(most) | texts(kind)
    for name in most - least:
        yield dict.fromkeys(least | {name}) | texts(kind)
        yield dict.fromkeys(most - {name}) | texts(kind)


@pytest.mark.parametrize(("protocol", "name"), TOLD)
def test_never_guessed(protocol: str, name: str) -> None:
    """An object is taken for its kind or for none, and for none where several tables fit."""
    kinds = protocol_of(protocol).kinds
    for value in written(kinds[name]):
        rivals = [kind for kind in kinds.values() if kind.told_by and fits(kind, value)]
        try:
            assert recognize(protocol_of(protocol), value) == name
            assert len(rivals) < 2
        except Refused as refused:
            named = refused.says.split()
            assert {name, *(rival.name for rival in rivals)} <= {
                one.strip(";") for one in named
            }


@pytest.mark.parametrize("example", examples())
def test_examples(example: str) -> None:
    """Each example is of one kind, or refused with those that it fits and the way out."""
    report = take(protocol_of_example(example), examples()[example])
    if example not in SEVERAL:
        assert report.kind
        return
    assert report.rule == "XWK-10"
    assert report.refusal is not None
    first, second = SEVERAL[example]
    assert report.refusal.says == (
        f"its members fit {first} and {second}; name the kind: --kind {first} or --kind {second}"
    )


def test_stop_is_no_start() -> None:
    """A request to stop is not answered as one to start, and named as what it is, it is refused
    for what it is.
    """
    stop = examples()["oicp-2.3/authorize-stop"]
    assert take("oicp-2.3", stop).ours is None
    named = take("oicp-2.3", stop, "authorization-stop")
    assert named.refusal is not None
    assert named.refusal.says == "ours asks for no leave to stop"
