"""The two edition files against what is publicly known of them, and the loader against files
that are wrong.

What an edition should hold is written out here by hand, from the public material and from what
the model has decided; nothing is read back from the files.  The tests of faulty files ask for
the rule and for the place: a correction that is refused has to say which file, table and row it
was.
"""

import tomllib
from pathlib import Path
from typing import Any, Final, cast

import pytest

import refimpl
from refimpl.edition import (
    STANDARD,
    TABLES,
    Edition,
    Row,
    Source,
    compare,
    load,
    parse_edition,
    published,
    read_edition,
)
from refimpl.errors import Malformed, Misuse, RoamingError, Untrusted, Violation
from refimpl.vocabulary import (
    ROAMING_KINDS,
    Basis,
    Kind,
    Mode,
    RecordKind,
    Role,
    Scope,
    Service,
    Strategy,
)

# The texts that speak of this standard itself; the others speak of its neighbours, and `model`
# is ourselves.
SERIES: Final = {"seed", "abstract-2025", "part2-abstract", "message-part-scope"}
# Not a public text that was read: ourselves, and what is remembered of a text that is sold.
NOT_READ: Final = {"model", "iso15118"}

# Letters of the change list that no row answers to, and why.
WORDS_ONLY: Final = {"c": "the abbreviation variants it introduces are not public"}

ROW_TABLES: Final = tuple(table for table in TABLES if table != "source")
EDITIONS: Final = ("2019", "2025")


def rows(edition: Edition) -> list[tuple[str, Row]]:
    """Every row of an edition with its place, as `rule SES-1`."""
    return [
        (f"{table} {row.id}", cast(Row, row))
        for table in ROW_TABLES
        for row in edition.table(table).values()
    ]


def keys(row: Row) -> set[str]:
    """The source keys a row cites."""
    return {part.partition(":")[0].strip() for part in row.source.split(";")}


def write(folder: Path, text: str, name: str = "amendment.toml") -> Path:
    """A file with a text, for the loader to read."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# --- every row --------------------------------------------------------------------------------


def test_two_editions() -> None:
    """The model holds two editions."""
    assert published() == EDITIONS
    assert [load(name).id for name in EDITIONS] == ["2019", "2025"]
    assert [load(name).extends for name in EDITIONS] == [None, "2019"]
    assert all(load(name).title.startswith(f"IEC 63119-1:{name}, ") for name in EDITIONS)


@pytest.mark.parametrize("name", EDITIONS)
def test_rows_say_basis_and_sources(name: str) -> None:
    """Every row says its basis and each of its sources where."""
    found = rows(load(name))
    assert len(found) > 200
    for place, row in found:
        assert isinstance(row.basis, Basis), place
        assert all(part.partition(":")[2].strip() for part in row.source.split(";")), place


@pytest.mark.parametrize("name", EDITIONS)
def test_unstated_rows_say_why(name: str) -> None:
    """Every row that is not stated says why."""
    assert [
        place
        for place, row in rows(load(name))
        if row.basis is not Basis.STATED and not row.because
    ] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_stated_has_a_public_text(name: str) -> None:
    """Nothing is stated without a public text of the series."""
    assert [
        place
        for place, row in rows(load(name))
        if row.basis is Basis.STATED and not keys(row) & SERIES
    ] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_implied_has_a_public_text(name: str) -> None:
    """Nothing is implied without a public text."""
    assert [
        place
        for place, row in rows(load(name))
        if row.basis is Basis.IMPLIED and not keys(row) - NOT_READ
    ] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_chosen_names_the_model(name: str) -> None:
    """Whatever is chosen names the model as its source."""
    assert [
        place
        for place, row in rows(load(name))
        if row.basis is Basis.CHOSEN and "model" not in keys(row)
    ] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_nothing_secret_is_claimed(name: str) -> None:
    """What is not public is not claimed."""
    edition = load(name)
    unknown = [
        *edition.rules.values(),
        *edition.modes.values(),
        *edition.strategies.values(),
        *edition.records.values(),
    ]
    assert [row.id for row in unknown if row.basis is Basis.STATED] == []
    assert edition.protocols["json"].basis is Basis.CHOSEN


def test_records_relate_by_choice() -> None:
    """How the two records relate is our choice."""
    edition = load("2025")
    assert [row.basis for row in edition.records.values()] == [Basis.CHOSEN, Basis.CHOSEN]
    assert edition.services["energy-transfer"].basis is Basis.CHOSEN


def test_every_source_is_cited() -> None:
    assert {key for _, row in rows(load("2019")) for key in keys(row)} == load(
        "2019"
    ).sources.keys()


@pytest.mark.parametrize("name", EDITIONS)
def test_not_modelled_says_why(name: str) -> None:
    """What is not modelled says why."""
    edition = load(name)
    left_out = [row for row in edition.exchanges.values() if not row.modelled]
    assert [row.id for row in left_out] == [
        "tariff",
        "settlement",
        "smart-charging",
        "plug-and-charge",
        "partner-presence",
    ]
    assert all(
        row.because
        for row in (*left_out, *(rule for rule in edition.rules.values() if not rule.modelled))
    )


# --- what is publicly known -------------------------------------------------------------------


@pytest.mark.parametrize("name", EDITIONS)
def test_contents_are_public(name: str) -> None:
    """The contents list is the public one."""
    titles = {clause.id: clause.title for clause in load(name).clauses.values()}
    assert list(titles) == [
        *("1", "2", "3", "4", "4.1", "4.2", "4.3", "5", "6", "7", "7.1", "7.2", "7.3", "8"),
        *("figure-1", "figure-2", "figure-3", "figure-4", "table-1"),
    ]
    assert titles["4.2"] == "System architecture"
    assert titles["4.3"] == "Communication interfaces"
    assert titles["5"] == "Roaming modes"
    assert titles["6"] == "Protocol stack"
    assert titles["7.2"] == "Authentication and authorization"
    assert titles["8"] == "Privacy mechanisms"
    assert titles["table-1"] == "Network communication protocols"


def test_own_titles_in_brackets() -> None:
    """A clause title that is ours is in brackets."""
    assert load("2019").clauses
    for clause in load("2019").clauses.values():
        assert (clause.basis is Basis.CHOSEN) == clause.title.startswith("["), clause.id


@pytest.mark.parametrize(
    ("name", "csp"),
    [("2019", "charge service provider"), ("2025", "charging service provider")],
)
def test_terms_of_the_scope(name: str, csp: str) -> None:
    """The terms of the scope are the public ones in both languages."""
    terms = {term.id: (term.en, term.fr) for term in load(name).terms.values()}
    assert terms["csp"] == (csp, "prestataire de services de recharge")
    assert terms["cso"] == ("charging station operator", "opérateur de bornes de charge")
    assert terms["clearing-house"] == (
        "clearing house platform",
        "plateforme d'échange de données",
    )
    assert terms["rep"] == ("roaming endpoint", "nœud final d'itinérance")
    assert terms["roaming"] == ("roaming", "itinérance")


def test_terms_of_2025() -> None:
    """The terms the second edition adds are stated there and not before."""
    before, after = load("2019").terms, load("2025").terms
    for term in ("home-csp", "visited-cso", "roaming-entity", "service", "sdr"):
        assert before[term].basis is not Basis.STATED, term
        assert after[term].basis is Basis.STATED, term
    assert "cdr" not in before
    assert after["cdr"].basis is Basis.STATED


def test_interfaces_in_and_out() -> None:
    """The interfaces are those the scope covers and those it leaves out."""
    for name in EDITIONS:
        assert {row.id: (row.between, row.scope) for row in load(name).interfaces.values()} == {
            "IF-1": (("csp", "csp"), Scope.IN),
            "IF-2": (("csp", "cso"), Scope.IN),
            "IF-3": (("csp", "clearing-house"), Scope.IN),
            "IF-4": (("cso", "clearing-house"), Scope.IN),
            "IF-5": (("clearing-house", "clearing-house"), Scope.EXTENSION),
            "IF-6": (("cso", "cso"), Scope.OUT),
            "X-1": (("cs", "cso"), Scope.OUT),
            "X-2": (("ev", "cs"), Scope.OUT),
            "X-3": (("user", "csp"), Scope.OUT),
        }


def test_neighbours_of_links() -> None:
    """The landscape has the neighbour of each link."""
    technologies = {
        row.between: set(row.technologies) for row in load("2019").landscape.values()
    }
    assert technologies["ev", "cs"] == {"ISO 15118", "IEC 61851"}
    assert technologies["cs", "cso"] == {"OCPP", "IEC 63110"}
    assert {"IEC 63119 series", "OCPI"} <= technologies["cso", "csp"]
    for side in ("cso", "csp"):
        assert {"IEC 63119 series", "OICP", "OCHP", "eMIP"} <= technologies[
            side, "clearing-house"
        ]
    assert ("user", "csp") in technologies


@pytest.mark.parametrize(
    ("name", "home", "visited"), [("2019", "CSP", "CSO"), ("2025", "home-CSP", "visited-CSO")]
)
def test_role_names(name: str, home: str, visited: str) -> None:
    """The roles are called as the edition calls them."""
    roles = {
        role.id: (role.label, role.term, role.played_by) for role in load(name).roles.values()
    }
    assert roles == {
        "home-csp": (home, "home-csp", ("csp",)),
        "visited-cso": (visited, "visited-cso", ("cso", "csp")),
        "clearing-house": ("clearing house", "clearing-house", ("clearing-house",)),
    }


@pytest.mark.parametrize("name", EDITIONS)
def test_four_modes(name: str) -> None:
    """Two modes follow from the scope and two are extensions."""
    modes = load(name).modes
    hub = "clearing-house"
    assert {mode.id: (mode.path, mode.extension, mode.basis) for mode in modes.values()} == {
        "direct": (("producer", "consumer"), False, Basis.IMPLIED),
        "clearing-house": (("producer", hub, "consumer"), False, Basis.IMPLIED),
        "hybrid": (("producer", "consumer"), True, Basis.CHOSEN),
        "federated": (("producer", hub, hub, "consumer"), True, Basis.CHOSEN),
    }
    assert modes["hybrid"].brokered_path == ("producer", hub, "consumer")
    assert modes["hybrid"].brokered == (
        "station-information",
        "station-status",
        "tariff",
        "authorization-list",
    )
    assert all(
        not mode.brokered and not mode.brokered_path
        for mode in modes.values()
        if mode.id != "hybrid"
    )


@pytest.mark.parametrize(("name", "minimum"), [("2019", "1.2"), ("2025", "1.3")])
def test_tls_version_rises(name: str, minimum: str) -> None:
    """TLS is the one stated layer and its version rises."""
    edition = load(name)
    assert edition.minimum_tls == minimum
    assert [row.id for row in edition.protocols.values() if row.basis is Basis.STATED] == [
        "tls"
    ]
    assert [(row.layer, row.protocol) for row in edition.protocols.values()] == [
        *((1, "IP"), (2, "TCP"), (3, "TLS"), (4, "HTTP"), (5, "JSON")),
    ]


def test_suites_of_rfc_9325() -> None:
    """The suites of TLS 1.2 are those of RFC 9325 by our choice and go with it."""
    suites = load("2019").suites.values()
    assert {row.id: (row.number, row.keys) for row in suites} == {
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": (0xC02B, ("P-256", "Ed25519")),
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": (0xC02C, ("P-256", "Ed25519")),
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": (0xC02F, ("RSA",)),
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": (0xC030, ("RSA",)),
    }
    assert (
        {row.basis for row in suites} == {load("2019").rules["TLS-2"].basis} == {Basis.CHOSEN}
    )
    assert not load("2025").suites


def test_services_and_records_grow() -> None:
    """Services and records grow with the second edition."""
    assert {row.id: row.record for row in load("2019").services.values()} == {
        "energy-transfer": "sdr"
    }
    assert {row.id: row.record for row in load("2025").services.values()} == {
        "energy-transfer": "cdr",
        "parking": "sdr",
        "reservation": "sdr",
    }
    assert [list(load(name).records) for name in EDITIONS] == [["sdr"], ["sdr", "cdr"]]


# Number, exchange, producer, consumer, whether the message part names it, messages.
# fmt: off
EXCHANGES: Final = (
    (1,  "station-information", "visited-cso",    "home-csp",    True,
         "station-information-notice"),
    (2,  "station-status",      "visited-cso",    "home-csp",    True,
         "station-status-notice"),
    (3,  "tariff",              "visited-cso",    "home-csp",    False, ""),
    (4,  "authorization-list",  "home-csp",       "visited-cso", False,
         "authorization-list-notice"),
    (5,  "authorization",       "visited-cso",    "home-csp",    True,
         "authorization-request authorization-answer"),
    (6,  "remote-control",      "home-csp",       "visited-cso", True,
         "remote-control-request remote-control-answer remote-control-notice"),
    (7,  "session-progress",    "visited-cso",    "home-csp",    False,
         "session-progress-notice"),
    (8,  "detail-record",       "visited-cso",    "home-csp",    True,
         "detail-record-notice record-withdrawal-notice"),
    (9,  "correction",          "home-csp",       "visited-cso", False,
         "correction-request correction-answer"),
    (10, "settlement",          "visited-cso",    "home-csp",    False, ""),
    (11, "reservation",         "home-csp",       "visited-cso", False,
         "reservation-request reservation-answer"),
    (12, "parking",             "visited-cso",    "home-csp",    False,
         ("authorization-request authorization-answer "
          "session-progress-notice detail-record-notice")),
    (13, "smart-charging",      "home-csp",       "visited-cso", False, ""),
    (14, "plug-and-charge",     "visited-cso",    "home-csp",    False, ""),
    (15, "partner-presence",    "clearing-house", "home-csp",    False, ""),
    (16, "fetch",               "home-csp",    "visited-cso",    False,
     "fetch-request fetch-answer"),
    (17, "reconciliation",      "home-csp",    "visited-cso",    False,
     "reconciliation-request reconciliation-answer"),
)
# fmt: on


@pytest.mark.parametrize(("name", "absent"), [("2019", {11, 12}), ("2025", set())])
def test_exchanges(name: str, absent: set[int]) -> None:
    """The exchanges are who tells whom in which messages."""
    told = sorted(load(name).exchanges.values(), key=lambda row: row.number)
    assert [
        (
            row.number,
            row.id,
            row.producer,
            row.consumer,
            row.rep_function,
            " ".join(row.messages),
        )
        for row in told
    ] == [row for row in EXCHANGES if row[0] not in absent]
    assert all(row.modelled == bool(row.messages) for row in told)


def test_answers_go_back() -> None:
    """Answers and results go back from consumer to producer."""
    assert {
        row.id: row.returned for row in load("2025").exchanges.values() if row.returned
    } == {
        "authorization": ("authorization-answer",),
        "remote-control": ("remote-control-answer", "remote-control-notice"),
        "correction": ("correction-answer",),
        "reservation": ("reservation-answer",),
        "parking": ("authorization-answer",),
        "fetch": ("fetch-answer",),
        "reconciliation": ("reconciliation-answer",),
    }


@pytest.mark.parametrize("name", EDITIONS)
def test_crosswalk_is_complete(name: str) -> None:
    """The crosswalk has a row for every role and exchange."""
    edition = load(name)
    assert edition.crosswalk.keys() == edition.roles.keys() | edition.exchanges.keys()


def test_crosswalk_words() -> None:
    """The crosswalk gives the neighbours words."""
    crosswalk = load("2025").crosswalk
    home, visited, record = (
        crosswalk["home-csp"],
        crosswalk["visited-cso"],
        crosswalk["detail-record"],
    )
    assert (home.ocpi, home.oicp, home.ochp, home.emip, home.iso15118) == (
        "eMSP",
        "EMP",
        "EVSP",
        "eMSP",
        "EMSP",
    )
    assert (visited.ocpi, visited.oicp, visited.emip, visited.iso15118) == (
        "CPO",
        "CPO",
        "CPO",
        "CSO",
    )
    assert (record.ocpi, record.oicp, record.iso15118) == ("CDR", "ChargeDetailRecord", "SDR")


@pytest.mark.parametrize("name", EDITIONS)
def test_crosswalk_sources(name: str) -> None:
    """Every word of the crosswalk has its protocol as source."""
    assert load(name).crosswalk
    for row in load(name).crosswalk.values():
        for protocol in ("ocpi", "oicp", "ochp", "emip", "emi3", "iso15118"):
            assert (getattr(row, protocol) is not None) == (protocol in keys(row)), (
                f"{row.id} {protocol}"
            )


# The rules the model holds, by family.
RULES: Final = {
    "EDN": 6,
    "WIR": 5,
    "EMA": 9,
    "EVS": 10,
    "IDP": 4,
    "NET": 10,
    "REC": 11,
    "SES": 15,
    "REP": 11,
    "AUT": 8,
    "CRD": 2,
    "EXT": 2,
    "LST": 2,
    "FET": 4,
    "RCL": 2,
    "PLA": 11,
}


@pytest.mark.parametrize("name", EDITIONS)
def test_rule_numbers_have_no_gap(name: str) -> None:
    """The rules of a family are numbered without a gap."""
    rules = load(name).rules
    for family, count in RULES.items():
        assert [rule for rule in rules if rule.startswith(f"{family}-")] == [
            f"{family}-{n}" for n in range(1, count + 1)
        ]


TESTS_ALONE: Final = {"EDN", "PKI", "STO"}  # about files of the model's own


def test_rules_are_exercised() -> None:
    """Files and time are exercised by tests and all else by vectors."""
    by_tests = {rule.id for rule in load("2025").rules.values() if rule.exercised == "tests"}
    assert {rule for rule in by_tests if rule[:3] not in TESTS_ALONE} == {
        "REP-5",
        "REP-8",
        "REP-11",
        *(
            f"PRV-{n}" for n in (2, 3, 5, 6, 7, 8)
        ),  # who is shown what, and for how long: nothing is refused by these
        *(
            f"TLS-{n}" for n in (4, 5, 10, 11, 12, 14)
        ),  # handshakes, CRLs that come later, time, floods, addresses
    }
    assert {rule[:3] for rule in by_tests} >= TESTS_ALONE


@pytest.mark.parametrize("name", EDITIONS)
def test_a_rule_is_a_sentence(name: str) -> None:
    """A rule is one sentence or two and ends in a full stop."""
    assert [rule.id for rule in load(name).rules.values() if not rule.says.endswith(".")] == []


def test_words_of_code_are_rows() -> None:
    """The words code knows are rows of the edition."""
    edition = load("2025")
    assert {*Kind} <= edition.terms.keys()
    assert {*ROAMING_KINDS} == {
        kind for row in edition.roles.values() for kind in row.played_by
    }
    assert edition.roles.keys() == {*Role}
    assert edition.modes.keys() == {*Mode}
    assert edition.strategies.keys() == {*Strategy}
    assert edition.services.keys() == {*Service}
    assert edition.records.keys() == {*RecordKind}


# --- the change list --------------------------------------------------------------------------


def test_change_list_is_public() -> None:
    """The change list is the public one as far as it goes."""
    assert list(load("2025").changes) == ["wording", "a", "b", "c", "d", "e", "f", "g"]
    assert "cut off" in load("2025").changes["g"].says
    assert not load("2019").changes


def test_2025_is_its_change_list() -> None:
    """The second edition is its change list."""
    document = tomllib.loads((STANDARD / "2025.toml").read_text(encoding="utf-8"))
    letters = [
        (row["id"], row.get("change"))
        for table, content in document.items()
        if isinstance(content, list) and table not in {"source", "change"}
        for row in content
    ]
    assert [row for row in letters if row[1] not in load("2025").changes] == []


def test_only_listed_differences() -> None:
    """The editions differ only where the change list says so."""
    differences = [
        d for d in compare(load("2019"), load("2025")) if d.table not in {"change", "source"}
    ]
    assert [d for d in differences if d.change not in load("2025").changes] == []
    assert {d.change for d in differences} == load("2025").changes.keys() - WORDS_ONLY.keys()


def test_letters_touch_their_rows() -> None:
    """Each letter touches what it speaks of."""
    touched: dict[str | None, set[str]] = {}
    for difference in compare(load("2019"), load("2025")):
        touched.setdefault(difference.change, set()).add(f"{difference.table} {difference.id}")
    assert touched["wording"] == {"term csp"}
    assert touched["a"] == {"term roaming-entity", "role home-csp", "role visited-cso"}
    assert touched["b"] == {"term home-csp", "term visited-cso", "term cdr"}
    assert touched["d"] == {"protocol tls", *(f"suite {name}" for name in load("2019").suites)}
    assert touched["e"] == {"interface IF-2", "interface IF-3", "interface IF-4"}
    assert touched["f"] == {
        "term service",
        *(
            f"{table} {row}"
            for table in ("service", "exchange", "crosswalk")
            for row in ("parking", "reservation")
        ),
    }
    assert touched["g"] == {"term sdr", "record sdr", "record cdr", "service energy-transfer"}


def test_differences_have_values() -> None:
    """A difference has both values and a new row has none before."""
    found = {
        (d.table, d.id, d.field): (d.before, d.after, d.change)
        for d in compare(load("2019"), load("2025"))
    }
    assert found["protocol", "tls", "minimum"] == ("1.2", "1.3", "d")
    assert found["service", "energy-transfer", "record"] == ("sdr", "cdr", "g")
    assert found["role", "home-csp", "label"] == ("CSP", "home-CSP", "a")
    assert found["record", "cdr", ""] == (None, load("2025").records["cdr"], "g")


def test_going_back_removes_rows() -> None:
    """Going back takes the new rows away."""
    found = {
        (d.table, d.id, d.field): (d.before, d.after, d.change)
        for d in compare(load("2025"), load("2019"))
    }
    assert found["record", "cdr", ""] == (load("2025").records["cdr"], None, "g")


def test_removed_rows_name_a_letter() -> None:
    """A row an amendment takes out says under which letter."""
    amended = parse_edition(HEAD + REMOVED.format("hybrid", "true"), Path("amendment.toml"))
    (found,) = (d for d in compare(load("2025"), amended) if d.id == "hybrid")
    assert (found.after, found.change) == (None, "d")


def test_no_difference_from_itself() -> None:
    """An edition does not differ from itself."""
    assert compare(load("2025"), load("2025")) == ()


# --- an edition as a value --------------------------------------------------------------------


def test_an_edition_is_frozen() -> None:
    """An edition is read only and can be a key."""
    edition = load("2025")
    with pytest.raises(TypeError):
        cast(Any, edition.rules)["SES-1"] = None
    with pytest.raises(AttributeError):
        cast(Any, edition).id = "2031"
    again = read_edition(STANDARD / "2025.toml")
    assert again == edition
    assert {edition: "known"}[again] == "known"
    assert load("2019") != edition


def test_tables_by_name() -> None:
    """A table is found by its name in the files."""
    edition = load("2025")
    assert edition.table("rule") is edition.rules
    assert isinstance(edition.table("source")["seed"], Source)


def test_no_tls_no_minimum() -> None:
    """An edition without TLS has no minimum."""
    assert parse_edition('edition = "x"\ntitle = "X"\n', Path("x.toml")).minimum_tls is None


# --- an amendment -----------------------------------------------------------------------------

AMENDMENT: Final = """\
edition = "2025-a1"
title = "An imagined amendment"
extends = "2025"

[[source]]
id = "draft"
says = "Nothing but this test."

[[change]]
id = "A1-1"
says = "A relay mode, and wallets."
basis = "chosen"
because = "To try it."
source = "draft: all of it"

[[mode]]
id = "relay"
label = "relay"
extension = true
path = ["producer", "clearing-house", "clearing-house", "clearing-house", "consumer"]
says = "Three in a row."
basis = "chosen"
because = "To try it."
source = "draft: all of it"
change = "A1-1"

[[exchange]]
id = "wallet"
number = 16
label = "wallet"
producer = "home-csp"
consumer = "visited-cso"
messages = ["authorization-list-notice"]
says = "Here is a wallet."
basis = "chosen"
because = "To try it."
source = "draft: all of it"
change = "A1-1"

[[protocol]]
id = "tls"
minimum = "1.4"
change = "A1-1"

[[mode]]
id = "hybrid"
removed = true
change = "A1-1"
"""


def test_an_amendment(tmp_path: Path) -> None:
    """An amendment adds overrides and removes and leaves the rest."""
    amended, edition = read_edition(write(tmp_path, AMENDMENT)), load("2025")
    assert (amended.id, amended.extends) == ("2025-a1", "2025")
    assert list(amended.modes) == ["direct", "clearing-house", "federated", "relay"]
    assert amended.exchanges["wallet"].modelled
    assert amended.minimum_tls == "1.4"
    assert amended.protocols["tls"].says == edition.protocols["tls"].says
    assert amended.rules == edition.rules
    assert [*amended.changes] == [*edition.changes, "A1-1"]
    assert {(d.table, d.id, d.field) for d in compare(edition, amended)} == {
        ("source", "draft", ""),
        ("change", "A1-1", ""),
        ("mode", "relay", ""),
        ("mode", "hybrid", ""),
        ("exchange", "wallet", ""),
        ("protocol", "tls", "minimum"),
    }
    assert edition.minimum_tls == "1.3"  # what was extended stays as it was


def test_an_amendment_of_another(tmp_path: Path) -> None:
    """An amendment may extend an amendment beside it."""
    write(tmp_path, AMENDMENT, "2025-a1.toml")
    second = write(
        tmp_path,
        'edition = "2025-a2"\ntitle = "Another"\nextends = "2025-a1"\n',
        "2025-a2.toml",
    )
    assert "relay" in read_edition(second).modes


def test_extends_looks_beside(tmp_path: Path) -> None:
    """What an edition extends is looked for beside it first."""
    write(tmp_path, 'edition = "2019"\ntitle = "Not the published one"\n', "2019.toml")
    child = write(tmp_path, 'edition = "x"\ntitle = "X"\nextends = "2019"\n')
    assert not read_edition(child).rules


# --- files that are wrong ---------------------------------------------------------------------

HEAD: Final = 'edition = "x"\ntitle = "X"\nextends = "2025"\n'
FIRST: Final = 'edition = "x"\ntitle = "X"\n'
RULE: Final = """\
[[rule]]
id = "XYZ-1"
says = "Something."
level = "shall"
basis = "chosen"
because = "To try it."
source = "model: all of it"
change = "d"
"""
MODE: Final = """\
[[mode]]
id = "relay"
label = "relay"
extension = true
path = ["producer", "consumer"]
says = "Something."
basis = "chosen"
because = "To try it."
source = "model: all of it"
change = "d"
"""
REMOVED: Final = '[[mode]]\nid = "{}"\nremoved = {}\nchange = "d"\n'

# The fault, the text of the file, the rule it breaks, the words that tell the place.
FAULTS: Final = {
    "not TOML": ("edition = ", "EDN-2", ["amendment.toml", "end of document"]),
    "a key twice": (FIRST + 'title = "Y"\n', "EDN-2", ["amendment.toml", "line 3"]),
    "brackets too deep": (FIRST + "rule = " + "[" * 9_999, "EDN-2", ["amendment.toml"]),
    "number too long": (FIRST + "rule = " + "9" * 9_999, "EDN-2", ["amendment.toml"]),
    "no edition": ('title = "X"\n', "EDN-3", ["amendment.toml", "edition"]),
    "title not a text": ('edition = "x"\ntitle = 3\n', "EDN-3", ["amendment.toml", "title"]),
    "extends not a text": (FIRST + "extends = 2025\n", "EDN-3", ["amendment.toml", "extends"]),
    "unknown table": (
        HEAD + RULE.replace("[[rule]]", "[[rulez]]"),
        "EDN-3",
        ["amendment.toml", "'rulez'"],
    ),
    "table not an array": (
        HEAD + "[rule]\nid = 3\n",
        "EDN-3",
        ["amendment.toml", "[[rule]]", "array"],
    ),
    "table a text": (HEAD + 'rule = ""\n', "EDN-3", ["amendment.toml", "[[rule]]", "array"]),
    "row not a table": (
        HEAD + 'rule = ["SES-1"]\n',
        "EDN-3",
        ["amendment.toml", "[[rule]]", "row 1", "id"],
    ),
    "row without id": (
        HEAD + RULE + '[[rule]]\nsays = "No."\n',
        "EDN-3",
        ["amendment.toml", "[[rule]]", "row 2", "id"],
    ),
    "id not a text": (
        HEAD + RULE.replace('"XYZ-1"', "1"),
        "EDN-3",
        ["amendment.toml", "[[rule]]", "row 1", "id"],
    ),
    "id empty": (
        HEAD + RULE.replace('"XYZ-1"', '""'),
        "EDN-3",
        ["amendment.toml", "[[rule]]", "id"],
    ),
    "unknown key": (
        HEAD + RULE + 'colour = "red"\n',
        "EDN-3",
        ["amendment.toml", "[[rule]]", "XYZ-1", "colour"],
    ),
    "missing key": (
        HEAD + RULE.replace('level = "shall"\n', ""),
        "EDN-3",
        ["amendment.toml", "[[rule]]", "XYZ-1", "level"],
    ),
    "wrong type": (
        HEAD + RULE.replace('"Something."', "3"),
        "EDN-3",
        ["amendment.toml", "[[rule]]", "XYZ-1", "says"],
    ),
    "empty text": (
        HEAD + RULE.replace('"Something."', '""'),
        "EDN-3",
        ["amendment.toml", "[[rule]]", "XYZ-1", "says"],
    ),
    "unknown basis": (
        HEAD + RULE.replace('"chosen"', '"guess"'),
        "EDN-3",
        ["amendment.toml", "[[rule]]", "XYZ-1", "basis"],
    ),
    "unknown step of a path": (
        HEAD + MODE.replace('"consumer"', '"moon"'),
        "EDN-3",
        ["amendment.toml", "[[mode]]", "relay", "path.1"],
    ),
    "override that does not fit": (
        HEAD + '[[protocol]]\nid = "tls"\nlayer = 0\nchange = "d"\n',
        "EDN-3",
        ["amendment.toml", "[[protocol]]", "tls", "layer"],
    ),
    "row without change": (
        HEAD + RULE.replace('change = "d"\n', ""),
        "EDN-3",
        ["amendment.toml", "[[rule]]", "XYZ-1", "change"],
    ),
    "removed without change": (
        HEAD + REMOVED.format("hybrid", "true").replace('change = "d"\n', ""),
        "EDN-3",
        ["amendment.toml", "[[mode]]", "hybrid", "change"],
    ),
    "flag is a text": (
        HEAD + '[[mode]]\nid = "hybrid"\nextension = "yes"\nchange = "d"\n',
        "EDN-3",
        ["amendment.toml", "[[mode]]", "hybrid", "extension"],
    ),
    "number is a text": (
        FIRST
        + '[[suite]]\nid = "X"\nnumber = "C02B"\nkeys = ["RSA"]\n'
        + 'basis = "chosen"\nsource = "model: x"\n',
        "EDN-3",
        ["amendment.toml", "[[suite]]", "X", "number"],
    ),
    "number is a fraction": (
        HEAD + '[[protocol]]\nid = "tls"\nlayer = 3.0\nchange = "d"\n',
        "EDN-3",
        ["amendment.toml", "[[protocol]]", "tls", "layer"],
    ),
    "removed is not true": (
        HEAD + REMOVED.format("hybrid", '"no"'),
        "EDN-3",
        ["amendment.toml", "[[mode]]", "hybrid", "removed"],
    ),
    "id twice": (HEAD + RULE + RULE, "EDN-4", ["amendment.toml", "[[rule]]", "XYZ-1"]),
    "source twice": (
        FIRST + '[[source]]\nid = "a"\nsays = "A."\n' * 2,
        "EDN-4",
        ["amendment.toml", "[[source]]", "a"],
    ),
    "unknown row removed": (
        HEAD + REMOVED.format("relay", "true"),
        "EDN-5",
        ["amendment.toml", "[[mode]]", "relay"],
    ),
    "unknown change": (
        HEAD + RULE.replace('"d"', '"z"'),
        "EDN-5",
        ["amendment.toml", "[[rule]]", "XYZ-1", "change", "'z'"],
    ),
    "unknown clause": (
        HEAD + RULE + 'clause = "9"\n',
        "EDN-5",
        ["amendment.toml", "[[rule]]", "XYZ-1", "clause", "'9'"],
    ),
    "unknown source": (
        HEAD + RULE.replace("model:", "seed: scope; hearsay:"),
        "EDN-5",
        ["amendment.toml", "[[rule]]", "XYZ-1", "source", "'hearsay'"],
    ),
    "unknown exchange": (
        HEAD + MODE + 'brokered = ["tariff", "wallet"]\n',
        "EDN-5",
        ["amendment.toml", "[[mode]]", "relay", "brokered", "'wallet'"],
    ),
    "unknown record": (
        HEAD + '[[service]]\nid = "parking"\nrecord = "tdr"\nchange = "f"\n',
        "EDN-5",
        ["amendment.toml", "[[service]]", "parking", "record", "'tdr'"],
    ),
    "crosswalk of nothing": (
        HEAD
        + '[[crosswalk]]\nid = "wallet"\nocpi = "W"\n'
        + 'basis = "stated"\nsource = "ocpi: W"\nchange = "f"\n',
        "EDN-5",
        ["amendment.toml", "[[crosswalk]]", "wallet"],
    ),
    "removed though referred to": (
        HEAD + '[[record]]\nid = "cdr"\nremoved = true\nchange = "g"\n',
        "EDN-5",
        ["amendment.toml", "[[service]]", "energy-transfer", "record", "'cdr'"],
    ),
    "extends nothing": (FIRST + 'extends = "1999"\n', "EDN-1", ["1999.toml"]),
    "extends no file name": (
        FIRST + 'extends = "\\u0000"\n',
        "EDN-1",
        ["amendment.toml", "extends"],
    ),
    "extends a long name": (
        FIRST + f'extends = "{"x" * 300}"\n',
        "EDN-1",
        ["amendment.toml", "extends", "too long"],
    ),
    "extends a long way": (
        FIRST + f'extends = "{"x/" * 3000}"\n',
        "EDN-1",
        ["amendment.toml", "extends", "too long"],
    ),
    "extends itself": (
        FIRST + 'extends = "amendment"\n',
        "EDN-6",
        ["amendment.toml", "extends"],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faulty_files(fault: str, tmp_path: Path) -> None:
    """A faulty file is refused under its rule and names the place."""
    text, rule, places = FAULTS[fault]
    with pytest.raises(Misuse) as caught:
        read_edition(write(tmp_path, text))
    assert caught.value.rule_id == rule
    assert [place for place in places if place not in caught.value.where] == []


@pytest.mark.parametrize(
    "text", [HEAD + RULE, HEAD + MODE, HEAD + REMOVED.format("hybrid", "true")]
)
def test_parts_are_sound(text: str, tmp_path: Path) -> None:
    """The parts the faulty files are made of are sound."""
    assert read_edition(write(tmp_path, text)).id == "x"


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is refused by name."""
    with pytest.raises(Misuse) as caught:
        read_edition(tmp_path / "nowhere.toml")
    assert caught.value.rule_id == "EDN-1"
    assert "nowhere.toml" in caught.value.where


def test_file_not_in_utf8(tmp_path: Path) -> None:
    """A file that is not UTF-8 is refused with the place of the byte."""
    path = tmp_path / "latin1.toml"
    path.write_bytes(b'edition = "\xe9"\n')
    with pytest.raises(Misuse) as caught:
        read_edition(path)
    assert caught.value.rule_id == "EDN-2"
    assert "latin1.toml" in caught.value.where
    assert "byte 11" in caught.value.where


def test_circle_of_files(tmp_path: Path) -> None:
    """Two files that extend each other are refused."""
    write(tmp_path, 'edition = "a"\ntitle = "A"\nextends = "b"\n', "a.toml")
    write(tmp_path, 'edition = "b"\ntitle = "B"\nextends = "a"\n', "b.toml")
    with pytest.raises(Misuse) as caught:
        read_edition(tmp_path / "a.toml")
    assert caught.value.rule_id == "EDN-6"
    assert "a.toml" in caught.value.where
    assert "b.toml" in caught.value.where


def test_unknown_edition() -> None:
    """An unknown edition is refused with the known ones."""
    with pytest.raises(Misuse) as caught:
        load("1999")
    assert caught.value.rule_id == "EDN-1"
    assert all(name in caught.value.where for name in ("1999", "2019", "2025"))


def test_rules_of_the_loader() -> None:
    """Every rule of the loader is a row."""
    assert {rule for _, rule, _ in FAULTS.values()} == {f"EDN-{n}" for n in range(1, 7)}
    assert all(rule in load("2019").rules for _, rule, _ in FAULTS.values())


# --- errors speak the edition's words ---------------------------------------------------------


def test_errors_are_explained() -> None:
    """An error is explained in the words of the edition."""
    error = Violation("SES-5", "phase ended")
    assert load("2025").explain(error) == "SES-5: A service ends once. (phase ended)"
    assert str(error) == "SES-5 at phase ended"


def test_error_without_its_rule() -> None:
    """An error of a rule the edition has not still says what it knows."""
    assert load("2019").explain(Untrusted("XYZ-1", "somewhere")) == "XYZ-1 at somewhere"


@pytest.mark.parametrize(
    ("blame", "value_error"),
    [(Malformed, True), (Violation, False), (Untrusted, False), (Misuse, True)],
)
def test_errors_by_blame(blame: type[RoamingError], value_error: bool) -> None:
    """Errors are told apart by blame."""
    error = blame("WIR-1", "byte 3")
    assert isinstance(error, RoamingError)
    assert isinstance(error, ValueError) == value_error
    assert (error.rule_id, error.where) == ("WIR-1", "byte 3")


def test_rooms_load_when_asked() -> None:
    """The package offers the names of its rooms, and nothing else."""
    assert all(getattr(refimpl, name) for name in refimpl.__all__)
    assert set(refimpl.__all__) <= set(dir(refimpl))
    with pytest.raises(AttributeError, match="no attribute 'unload'"):
        _ = refimpl.unload  # type: ignore[attr-defined]  # that there is none is the test
