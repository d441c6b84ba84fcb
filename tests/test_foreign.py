"""An implementer in another language against the endpoint as it is served: a visited-CSO on
Node's own modules.

`foreign/visited.mjs` is written from `vectors/README.md` alone; it knows no code of this
project and believes no answer that it has not verified.  What it is asked to do, its own head
tells.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise, product
from pathlib import Path
from typing import Any, Final

import pytest

from refimpl.play.example import NETWORK
from refimpl.security.pki import Algorithm, roaming_pki
from refimpl.security.pki_files import write
from tests.live import COMMAND, EMAID, EVSE_ID, FOREIGN, NOW, SEED, missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing("node")), reason=missing("node")),
]

PROTECTIONS: Final = ("channel", "signed", "sealed")
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


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "network.json").write_bytes(NETWORK.model_dump_json(exclude_none=True).encode())
    algorithms: tuple[Algorithm, ...] = ("P-256", "Ed25519")
    for algorithm in algorithms:
        write(roaming_pki(NETWORK, seed=SEED, now=NOW, algorithm=algorithm), folder / algorithm)
    return folder


class Served:
    """The endpoints that an asker reaches, each in a process of its own, and all that they say
    but their addresses.
    """

    def __init__(
        self, desk: Path, mode: str, edition: str, protection: str, algorithm: Algorithm
    ) -> None:
        self.desk, self.edition, self.protection, self.algorithm = (
            desk,
            edition,
            protection,
            algorithm,
        )
        self.entity, self.houses = WAYS[mode]
        self.common = [
            "--mode",
            mode,
            "--edition",
            edition,
            "--protection",
            protection,
            "--pki",
            algorithm,
        ]
        self.address = ""
        self.notes: list[tuple[str, str]] = []

    @contextmanager
    def running(self) -> Iterator["Served"]:
        with ExitStack() as stack:
            for behind, entity in pairwise(["", "csp-alba", *self.houses[::-1]]):
                on = ["--peer", f"{behind}={self.address}"] if behind else ["--contract", EMAID]
                self.address = stack.enter_context(self._serving(entity, on))
            yield self

    @contextmanager
    def _serving(self, entity: str, on: list[str]) -> Iterator[str]:
        arguments = [
            "serve",
            "--json",
            "--network",
            "network.json",
            "--entity",
            entity,
            *on,
            *self.common,
        ]
        with subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.desk,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout
            try:
                yield json.loads(process.stdout.readline())["address"]
            finally:
                process.terminate()
                out, err = process.communicate(timeout=10)
                self.notes += [(entity, json.loads(line)["rule"]) for line in out.splitlines()]
                assert (process.returncode, err) == (0, "")

    def visited(self, **more: Any) -> dict[str, Any]:
        """What the foreign visited-CSO tells of a service, or of the harm it did."""
        asked = {
            "port": int(self.address.rpartition(":")[2]),
            "version": EDITIONS[self.edition],
            "keys": str(self.desk / self.algorithm),
            "entity": self.entity,
            "receiver": "csp-alba",
            "houses": self.houses,
            "edition": self.edition,
            "protection": self.protection,
            "emaid": EMAID,
            "evse_id": EVSE_ID,
            **more,
        }
        done = subprocess.run(
            ["node", str(FOREIGN / "visited.mjs"), json.dumps(asked)],
            capture_output=True,
            check=False,
            timeout=30,
        )
        assert (done.returncode, done.stderr) == (0, b"")
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
    desk: Path, mode: str, edition: str, protection: str, algorithm: Algorithm
) -> None:
    with Served(desk, mode, edition, protection, algorithm).running() as served:
        assert served.visited() == served.answered(GRANTED, *[RECEIPT] * 4)
    assert served.notes == [], "nothing was wrong anywhere"


@pytest.mark.parametrize(
    ("mode", "protection"),
    [("direct", "channel"), ("direct", "signed"), ("clearing-house", "sealed")],
)
def test_a_repeated_question(desk: Path, mode: str, protection: str) -> None:
    """A question that comes again is answered again."""
    with Served(desk, mode, "2025", protection, "P-256").running() as served:
        assert served.visited(again=0) == served.answered(GRANTED, GRANTED, *[RECEIPT] * 4)
    assert served.notes == []


@pytest.mark.parametrize(("here", "theirs"), [("sealed", "signed"), ("signed", "sealed")])
def test_the_form_of_an_answer(desk: Path, here: str, theirs: str) -> None:
    """A text is answered in the form of the endpoint."""
    with Served(desk, "clearing-house", "2025", here, "Ed25519").running() as served:
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
    desk: Path,
    mode: str,
    protection: str,
    harm: dict[str, Any],
    rule: str,
    before: tuple[dict[str, Any], ...],
) -> None:
    with Served(desk, mode, "2025", protection, "P-256").running() as served:
        told = served.visited(**harm)
        assert told["answers"][-1]["message"].pop("where")
        assert told == served.answered(*before, {"kind": "refusal", "rule": rule})
    assert served.notes == [("csp-alba", rule)]


def test_a_house_refuses_itself(desk: Path) -> None:
    with Served(desk, "clearing-house", "2025", "sealed", "P-256").running() as served:
        refusal = served.visited(entity="cso-heath")["answers"][-1]
        assert (refusal["message"]["rule"], refusal["passed"]) == ("NET-7", []), (
            "it does not serve this CSO"
        )
    assert served.notes == [("house-north", "NET-7")]


@pytest.mark.parametrize(("here", "theirs"), [("channel", "sealed"), ("sealed", "channel")])
def test_no_envelope_is_turned_away(desk: Path, here: str, theirs: str) -> None:
    with Served(desk, "direct", "2025", here, "P-256").running() as served:
        told = served.visited(protection=theirs)
        assert (told["answers"], told["end"]) == ([], "turned away: WIR-3")
    assert served.notes == [("csp-alba", "WIR-3")]


def test_the_stranger_checks_the_way(desk: Path) -> None:
    """The stranger does not believe in a way that was not gone."""
    with Served(desk, "clearing-house", "2025", "sealed", "P-256").running() as served:
        told = served.visited(houses=["house-north", "house-south"])
        assert (told["answers"], told["end"]) == ([], "1 countersignatures")
