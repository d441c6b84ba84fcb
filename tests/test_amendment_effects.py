"""Each table of an edition, amended, has its effect.  Sources, clauses and the words of a record
are words alone, which the views show.
"""

from collections.abc import Callable
from typing import Final

import pytest

from refimpl.edition import Edition, load
from refimpl.endpoint.permission import grace_of
from refimpl.errors import Misuse, Violation
from refimpl.network import route
from refimpl.play.example import NETWORK
from refimpl.play.player import Story, play
from refimpl.vectors.families import answer
from refimpl.vectors.suite import expects, read_suite, suite_folder
from refimpl.views.graphs.architecture import architecture, stack
from refimpl.views.graphs.landscape import landscape
from refimpl.views.tables import listings
from tests.amending import draft

SUITE: Final = read_suite(suite_folder())
OURS: Final = 'says = "x"\nbasis = "chosen"\nsource = "model: a test"\n'


def row(table: str, row_id: str, fields: str) -> str:
    return f'[[{table}]]\nid = "{row_id}"\n{fields}change = "t"\n'


def charged(edition: Edition) -> Story:
    return play("charge", edition, "clearing-house")


def record_kind(edition: Edition) -> object:
    story = charged(edition)
    session = story.session(story.reps, "csp-alba")
    assert session is not None
    assert session.record is not None
    return session.record.kind


def interfaces_passed(edition: Edition) -> object:
    """The interfaces between two linked clearing houses, or the rule that forbids them."""
    try:
        hops = route(NETWORK, edition, "federated", "cso-heath", "csp-alba", "authorization")
    except Violation as error:
        return error.rule_id
    return [hop.interface for hop in hops]


def strategies_played(edition: Edition) -> object:
    try:
        return len(play("charge", edition, "clearing-house", "broadcast").frames)
    except Misuse as error:
        return error.rule_id


def exchanges_carried(edition: Edition) -> object:
    try:
        return len(route(NETWORK, edition, "direct", "cso-elm", "csp-alba", "authorization"))
    except Violation as error:
        return error.rule_id


def greetings(edition: Edition) -> object:
    """What a server answers to the greetings of the vectors."""
    asked = [test for test in SUITE.active if test["operation"] == "hello.answer"]
    return [
        answer(test["operation"], edition, SUITE.context_of(test), test["input"])
        for test in asked
    ]


def explained(edition: Edition) -> object:
    return edition.explain(Violation("SES-4", "here"))


def late_news(edition: Edition) -> object:
    """What comes of news of a service that is not running."""
    for test in SUITE.active:
        expect = expects(test).get("2025")
        session = test["operation"] == "session.follow"
        if session and expect is not None and expect.get("error") == "SES-4":
            return answer(test["operation"], edition, None, test["input"])
    raise LookupError("no vector is refused by SES-4")


ACTIVE: Final = "active: session-progress-notice (ended) from visited-cso"
# fmt: off
EFFECTS: Final[dict[str, tuple[str, Callable[[Edition], object]]]] = {
    "change":     (row("rule", "SES-4", 'says = "New."\n'), lambda e: str(listings.change_list(e).rows)),
    "check":      (row("check", "AUT-8", "tolerance = 1\n"),           grace_of),
    "crosswalk":  (row("crosswalk", "parking", 'ocpi = "New"\n'),      lambda e: str(listings.crosswalk(e).rows)),
    "exchange":   (row("exchange", "authorization", "modelled = false\n"), exchanges_carried),
    "interface":  (row("interface", "IF-5", 'scope = "out"\n'),        interfaces_passed),
    "landscape":  (row("landscape", "ev-cs", 'technologies = ["New"]\n'), lambda e: landscape(e).dot),
    "mode":       (row("mode", "clearing-house", 'path = ["producer", "consumer"]\n'), lambda e: len(charged(e).frames)),
    "protocol":   (row("protocol", "tls", 'minimum = "1.2"\n'),        greetings),
    "role":       (row("role", "home-csp", 'label = "New"\n'),         lambda e: architecture(e).dot),
    "rule":       (row("rule", "SES-4", 'says = "New."\n'),            explained),
    "rule off":   (row("rule", "SES-4", "off = true\n"),               late_news),
    "service":    (row("service", "energy-transfer", 'record = "sdr"\n'), record_kind),
    "step":       (row("step", ACTIVE, "removed = true\n"),            lambda e: charged(e).phase("csp-alba")),
    "strategy":   (row("strategy", "broadcast", "removed = true\n"),   strategies_played),
    "suite":      (row("protocol", "tls", 'minimum = "1.2"\n') +
                   row("suite", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 'number = 49199\nkeys = ["RSA"]\n'
                       'basis = "chosen"\nsource = "model: a test"\n'), greetings),
    "term":       (row("term", "rep", 'en = "New"\n'),                 lambda e: architecture(e).dot),
    "protocols":  (row("protocol", "http", 'protocol = "New"\n'),      lambda e: stack(e).dot),
}
# fmt: on


@pytest.mark.parametrize("table", EFFECTS)
def test_a_table_has_its_effect(table: str) -> None:
    rows, look = EFFECTS[table]
    assert look(draft(rows, name="2025")) != look(load("2025"))


def test_without_its_suite_tls_has_none() -> None:
    """A suite counts, and not only the version that it is of."""
    rows, look = EFFECTS["suite"]
    assert look(draft(rows, name="2025")) != look(draft(EFFECTS["protocol"][0], name="2025"))
