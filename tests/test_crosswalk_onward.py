"""On to another protocol: which kind of object a message becomes there, and what does not come
along.
"""

import json

import pytest

from refimpl.crosswalk import PROTOCOLS, Report, counterpart, give, not_restored, take
from refimpl.crosswalk.examples import examples

SUPPLIED = ("emaid=DE8AAC00004711C", "evse-id=DEAB7E8406487")
OICP_STOP = take("oicp-2.3", examples()["oicp-2.3/remote-stop"], "remote-stop", SUPPLIED[:1])
URL = "https://example.org/1"


def command(kind: str, **members: object) -> Report:
    """What a command of OCPI becomes that names nothing but a session or a booking."""
    order = {"response_url": URL, **members}
    return take("ocpi-2.2.1", json.dumps(order), kind, SUPPLIED)


STOP = command("stop-session", session_id="S1")
CANCEL = command("cancel-reservation", reservation_id="R1")


def session(status: str) -> Report:
    value = json.loads(examples()["ocpi-2.2.1/session"]) | {"status": status}
    return take("ocpi-2.2.1", json.dumps(value), "", SUPPLIED[1:])


def becomes(report: Report, protocol: str) -> str | None:
    """The name of the kind of object that a report's message becomes."""
    assert report.ours is not None
    kind = PROTOCOLS[report.protocol].kinds[report.kind]
    found = counterpart(kind, PROTOCOLS[protocol], report.ours)
    return found.name if found else None


@pytest.mark.parametrize(
    ("report", "protocol", "name"),
    [
        (STOP, "oicp-2.3", "remote-stop"),
        (STOP, "ocpi-2.1.1", "stop-session"),
        (STOP, "ocpi-2.2.1", "stop-session"),
        (STOP, "ocpi-2.3.0", "stop-session"),
        (OICP_STOP, "ocpi-2.2.1", "stop-session"),
        (OICP_STOP, "oicp-2.3", "remote-stop"),
        (CANCEL, "ocpi-2.3.0", "cancel-reservation"),
        (CANCEL, "ocpi-2.1.1", None),
        (CANCEL, "oicp-2.3", None),
        (session("COMPLETED"), "oicp-2.3", "notification-end"),
        (session("ACTIVE"), "oicp-2.3", "notification-progress"),
        (session("INVALID"), "oicp-2.3", None),
        (session("INVALID"), "ocpi-2.3.0", "session"),
    ],
)
def test_a_message_stays_what_it_says(report: Report, protocol: str, name: str | None) -> None:
    """A stop becomes no start, and an end no progress."""
    assert becomes(report, protocol) == name


@pytest.mark.parametrize("example", examples())
def test_its_own_kind_again(example: str) -> None:
    """On to its own protocol, an object is of its own kind again, and whole."""
    protocol = example.partition("/")[0]
    assumed = (*SUPPLIED, "ground=answer") if protocol == "oicp-2.3" else SUPPLIED
    report = take(protocol, examples()[example], "", assumed)
    if report.ours is None:
        return
    assert becomes(report, protocol) == report.kind
    given = give(protocol, report.kind, report.ours, None, report.extension)
    assert not_restored(report, given) == ()
    assert given.needs == ()


def test_what_did_not_come_back() -> None:
    """Without what the report kept, the leaves that ours has no place for are not there."""
    assert OICP_STOP.ours is not None
    given = give("oicp-2.3", "remote-stop", OICP_STOP.ours)
    assert not_restored(OICP_STOP, given) == ("/ProviderID",)
