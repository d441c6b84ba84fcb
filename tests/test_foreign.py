"""An implementer in another language against the endpoint as it is served: a visited-CSO on
Node's own modules.

`foreign/visited.mjs` is written from `vectors/README.md` alone; it knows no code of this
project and believes no answer that it has not verified.  What it is asked to do, its own head
tells.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final

import pytest

from refimpl.security.pki import Algorithm
from refimpl.tls.message_protection import MessageProtection
from refimpl.vocabulary import Protection
from tests.live import FOREIGN, EndpointThread, Served, pem_files, pki_of
from tests.programs import needs, node
from tests.world import EMAID, EVSE_ID

pytestmark = [pytest.mark.slow, needs("node")]

PROTECTIONS: Final = ("channel", "signed", "sealed")
OPERATED: Final = {"cso-elm": EVSE_ID, "cso-heath": "ITHTHE12345"}
EDITIONS: Final = {"2019": "TLSv1.2", "2025": "TLSv1.3"}
WAYS: Final = {  # the houses from the visited-CSO to the home-CSP
    "direct": ("cso-elm", ()),
    "clearing-house": ("cso-elm", ("house-north",)),
    "federated": ("cso-heath", ("house-south", "house-north")),
}
GRANTED: Final = {
    "kind": "authorization-answer",
    "from_list": False,
    "granted": True,
    "home_csp": "csp-alba",
}
RECEIPT: Final = {"kind": "receipt"}


def keys_of(algorithm: Algorithm) -> Path:
    """Where the stranger finds its keys."""
    return pem_files(pki_of(algorithm), "csp-alba").folder


class ServedWay:
    """The endpoints that an asker reaches, and the rules of all that they note."""

    def __init__(
        self,
        endpoints: EndpointThread,
        mode: str,
        edition: str,
        protection: str,
        algorithm: Algorithm = "P-256",
    ) -> None:
        self.endpoints, self.mode, self.edition = endpoints, mode, edition
        self.protection, self.algorithm = protection, algorithm
        self.entity, self.houses = WAYS[mode]
        self.port = 0
        self.notes: list[tuple[str, str]] = []

    @contextmanager
    def running(self) -> Iterator["ServedWay"]:
        served: dict[str, Served] = {}
        for behind, entity in pairwise(["", "csp-alba", *self.houses[::-1]]):
            served[entity] = self.endpoints.serve(
                entity,
                self.edition,
                pki_of(self.algorithm),
                mode=self.mode,
                protection=MessageProtection(Protection(self.protection)),
                addresses={behind: ("127.0.0.1", self.port)} if behind else {},
            )
            self.port = served[entity].port
        yield self
        for entity, one in served.items():
            self.endpoints.run(one.live.stop())
            self.notes += [(entity, note.error.rule_id) for note in one.notes]

    def visited(self, **more: Any) -> dict[str, Any]:
        """What the foreign visited-CSO tells of a service, or of the harm it did."""
        asked = {
            "port": self.port,
            "version": EDITIONS[self.edition],
            "keys": str(keys_of(self.algorithm)),
            "entity": self.entity,
            "receiver": "csp-alba",
            "houses": self.houses,
            "edition": self.edition,
            "protection": self.protection,
            "emaid": EMAID,
            "evse_id": OPERATED[self.entity],
            **more,
        }
        done = node(FOREIGN / "visited.mjs", json.dumps(asked))
        assert done.returncode == 0
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    def answered(self, *messages: dict[str, Any]) -> dict[str, Any]:
        """What it tells when the home-CSP gives these answers, protected like all that this
        endpoint says.
        """
        beside = {"sealed": self.protection == "sealed", "passed": [*self.houses[::-1]]}
        answers = [
            {"message": one, **(beside if self.protection != "channel" else {})}
            for one in messages
        ]
        return {"version": EDITIONS[self.edition], "answers": answers, "end": "served"}


@pytest.mark.parametrize(
    ("mode", "edition", "protection", "algorithm"),
    [
        *product(["direct"], EDITIONS, PROTECTIONS, ["P-256", "Ed25519"]),
        *product(["clearing-house"], ["2019"], PROTECTIONS, ["P-256"]),
        *product(["clearing-house"], ["2025"], PROTECTIONS, ["Ed25519"]),
        ("federated", "2025", "sealed", "P-256"),
    ],
)
def test_a_foreign_visited_cso_is_served(
    endpoints: EndpointThread, mode: str, edition: str, protection: str, algorithm: Algorithm
) -> None:
    with ServedWay(endpoints, mode, edition, protection, algorithm).running() as served:
        assert served.visited() == served.answered(GRANTED, *[RECEIPT] * 4)
    assert served.notes == [], "nothing was wrong anywhere"


@pytest.mark.parametrize(
    ("mode", "protection"),
    [("direct", "channel"), ("direct", "signed"), ("clearing-house", "sealed")],
)
def test_a_repeated_question(endpoints: EndpointThread, mode: str, protection: str) -> None:
    """A question that comes again is answered again."""
    with ServedWay(endpoints, mode, "2025", protection).running() as served:
        assert served.visited(again=0) == served.answered(GRANTED, GRANTED, *[RECEIPT] * 4)
    assert served.notes == []


@pytest.mark.parametrize(("here", "theirs"), [("sealed", "signed"), ("signed", "sealed")])
def test_the_form_of_an_answer(endpoints: EndpointThread, here: str, theirs: str) -> None:
    """A text is answered in the form of the endpoint."""
    with ServedWay(endpoints, "clearing-house", "2025", here, "Ed25519").running() as served:
        assert served.visited(protection=theirs) == served.answered(GRANTED, *[RECEIPT] * 4)
    assert served.notes == []


@pytest.mark.parametrize(
    ("mode", "protection", "harm", "rule", "before"),
    [
        ("direct", "sealed", {"flip": 3}, "JOS-18", ()),
        ("clearing-house", "sealed", {"flip": 3}, "JOS-18", ()),
        ("direct", "signed", {"flip": 1}, "JOS-15", ()),
        ("direct", "signed", {"signer": "cso-fjord"}, "JOS-13", ()),
        ("clearing-house", "sealed", {"signer": "house-north"}, "MSG-1", ()),
        ("direct", "signed", {"age": -60}, "MSG-5", ()),
        ("direct", "sealed", {"age": 300}, "MSG-6", ()),
        ("direct", "signed", {"again": 9}, "MSG-7", (GRANTED,)),
        ("clearing-house", "sealed", {"again": 9}, "MSG-7", (GRANTED,)),
    ],
)
def test_harm_is_refused_by_its_rule(
    endpoints: EndpointThread,
    mode: str,
    protection: str,
    harm: dict[str, Any],
    rule: str,
    before: tuple[dict[str, Any], ...],
) -> None:
    with ServedWay(endpoints, mode, "2025", protection).running() as served:
        told = served.visited(**harm)
        assert told["answers"][-1]["message"].pop("where")
        assert told == served.answered(*before, {"kind": "refusal", "rule": rule})
    assert served.notes == [("csp-alba", rule)]


def test_a_house_refuses_itself(endpoints: EndpointThread) -> None:
    with ServedWay(endpoints, "clearing-house", "2025", "sealed").running() as served:
        refusal = served.visited(entity="cso-heath")["answers"][-1]
        assert (refusal["message"]["rule"], refusal["passed"]) == ("NET-7", []), (
            "it does not serve this CSO"
        )
    assert served.notes == [("house-north", "NET-7")]


@pytest.mark.parametrize(("here", "theirs"), [("channel", "sealed"), ("sealed", "channel")])
def test_no_envelope_is_turned_away(endpoints: EndpointThread, here: str, theirs: str) -> None:
    with ServedWay(endpoints, "direct", "2025", here).running() as served:
        told = served.visited(protection=theirs)
        assert (told["answers"], told["end"]) == ([], "turned away: WIR-3")
    assert served.notes == [("csp-alba", "WIR-3")]


def test_the_stranger_checks_the_way(endpoints: EndpointThread) -> None:
    """The stranger does not believe in a way that was not gone."""
    with ServedWay(endpoints, "clearing-house", "2025", "sealed").running() as served:
        told = served.visited(houses=["house-north", "house-south"])
        assert (told["answers"], told["end"]) == ([], "1 countersignatures")
