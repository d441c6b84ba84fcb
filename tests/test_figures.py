"""The figures and tables read off an edition: what a row says is shown, what no row says is
not.
"""

import math
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from refimpl.edition import STANDARD, Edition, load, parse_edition
from refimpl.errors import Violation
from refimpl.identifiers import PROFILES
from refimpl.network import route
from refimpl.play.example import NETWORK
from refimpl.views.graphs.architecture import architecture, classification, stack
from refimpl.views.graphs.landscape import crossed, interfaces, landscape
from refimpl.views.kit.figure import Figure
from refimpl.views.kit.table import Table
from refimpl.views.tables import identifiers, listings
from refimpl.vocabulary import Ground

LATEST: Final = load("2025")
SVG: Final = "{http://www.w3.org/2000/svg}"

AMENDMENT: Final = """
edition = "2025-draft"
title = "A draft"
extends = "2025"
change = [{ id = "A1", says = "To try it.", basis = "chosen", because = "A test.", source = "model: test" }]
term = [
  { id = "depot", en = "zebra depot", means = "A yard.", @basis },
  { id = "barn", en = "yak barn", means = "A yard.", @basis },
  { id = "cso", en = "quagga operator", change = "A1" },
]
interface = [
  { id = "IF-9", between = ["csp", "depot"], scope = "in", says = "New.", @basis },
  { id = "IF-5", removed = true, change = "A1" },
]
landscape = [
  { id = "depot", between = ["csp", "depot"], technologies = ["GNUP"], says = "New.", @basis },
  { id = "barn", between = ["barn", "depot"], technologies = ["GNUP"], says = "New.", @basis },
  { id = "clearing-house-clearing-house", removed = true, change = "A1" },
]
mode = [
  { id = "okapi", label = "okapi mode", extension = true, path = ["producer", "consumer"], says = "New.", @basis },
  { id = "hybrid", removed = true, change = "A1" },
]
role = [{ id = "home-csp", label = "den-CSP", played_by = ["csp", "depot"], change = "A1" }]
service = [{ id = "wash", label = "tapir wash", record = "sdr", says = "New.", @basis }]
exchange = [{ id = "tariff", label = "lemur tariff", number = 2, change = "A1" }]
protocol = [
  { id = "tls", minimum = "1.7", change = "A1" },
  { id = "radio", layer = 6, label = "air", protocol = "RADIO", says = "New.", @basis },
  { id = "json", removed = true, change = "A1" },
]
crosswalk = [{ id = "tariff", ocpi = "Gibbons", change = "A1" }]
""".replace("@basis", 'basis = "chosen", source = "model: test", change = "A1"')
AMENDED: Final = parse_edition(AMENDMENT, Path("draft.toml"))
HOSTILE: Final = parse_edition(
    AMENDMENT.replace("zebra depot", "<script>alert('&amp;')</script> <b>\\\\N \\\"x\\\": y")
    .replace('"depot"', '"de:pot<i>"')
    .replace("tapir wash", "</td><td>")
    .replace("GNUP", "</td><img src=x onerror=y>"),
    Path("draft.toml"),
)


def figures(edition: Edition, language: str = "en") -> dict[str, Figure]:
    """Every figure of an edition."""
    return {
        "landscape": landscape(edition, language),
        "interfaces": interfaces(edition, language=language),
        "architecture": architecture(edition, language),
        "classification": classification(edition),
        "stack": stack(edition),
    }


def tables(edition: Edition) -> tuple[Table, ...]:
    """Every table of an edition."""
    whole = (
        listings.terms,
        listings.exchanges,
        listings.crosswalk,
        listings.change_list,
        listings.basis,
    )
    return (*(table(edition) for table in whole), listings.changes(load("2019"), edition))


def shown(figure: Figure) -> list[str]:
    """The words a drawing shows, from the top of the file to its end."""
    return [
        text
        for element in ET.fromstring(figure.svg()).iter(f"{SVG}text")
        for text in "".join(element.itertext()).split()
    ]


ALL: Final = [
    pytest.param(figure, id=f"{name}-{edition.id}-{language}")
    for edition in (load("2019"), load("2025"), AMENDED)
    for language in ("en", "fr")
    for name, figure in figures(edition, language).items()
]


# --- facts come from the edition --------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("landscape", "zebra depot"),
        ("landscape", "GNUP"),
        ("landscape", "quagga operator"),
        ("interfaces", "IF-9"),
        ("interfaces", "zebra depot"),
        ("interfaces", "tapir wash"),
        ("interfaces", "lemur tariff"),
        ("architecture", "den-CSP"),
        ("architecture", "IF-9"),
        ("architecture", "quagga operator"),
        ("classification", "okapi mode"),
        ("stack", "RADIO"),
        ("stack", "TLS 1.7"),
    ],
)
def test_amendment_in_pictures(name: str, word: str) -> None:
    """What an amendment adds is in the picture and in its words."""
    before, after = figures(load("2025"))[name], figures(AMENDED)[name]
    assert word in " ".join(shown(after))
    assert word in after.text
    assert word not in before.text
    assert word not in before.dot


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("landscape", "OCN"),
        ("interfaces", "IF-5"),
        ("classification", "hybrid"),
        ("stack", "JSON"),
        ("architecture", "home-CSP"),
    ],
)
def test_amendment_takes_away(name: str, word: str) -> None:
    """What an amendment takes away is gone."""
    before, after = figures(load("2025"))[name], figures(AMENDED)[name]
    assert word in shown(before)
    assert word in before.text
    assert word not in shown(after)
    assert word not in [
        said.strip(".,:;()")
        for line in after.text.splitlines()
        for said in line.partition(":")[0].split()
    ]


@pytest.mark.parametrize(
    ("table", "word"),
    [
        (listings.terms, "zebra depot"),
        (listings.exchanges, "lemur tariff"),
        (listings.exchanges, "den-CSP"),
        (listings.crosswalk, "Gibbons"),
        (listings.change_list, "interface IF-9"),
        (listings.change_list, "mode hybrid (removed)"),
    ],
)
def test_amendment_in_tables(table: object, word: str) -> None:
    """What an amendment adds is in the table."""
    assert callable(table)
    assert word in table(AMENDED).html()
    assert word not in table(load("2025")).html()


def test_amendment_by_letter() -> None:
    """An amendment is listed by letter."""
    rows = listings.changes(load("2025"), AMENDED).rows
    assert {row[:3] for row in rows if row[1].startswith("interface")} == {
        ("A1", "interface IF-5", "the row"),
        ("A1", "interface IF-9", "the row"),
    }
    assert ("A1", "protocol tls", "minimum", "1.3", "1.7") in rows


def test_edition_almost_empty() -> None:
    """An edition almost without rows can be drawn."""
    bare = parse_edition(
        'edition = "x"\ntitle = "X"\nsource = [{ id = "s", says = "S." }]\n'
        'term = [{ id = "rep", en = "end", means = "M.", basis = "chosen", source = "s: x" }]\n',
        Path("x.toml"),
    )
    assert all(ET.fromstring(figure.svg()) is not None for figure in figures(bare).values())
    assert [table.rows for table in tables(bare)[:3]] == [
        (("end", "end", "–", "M.", "chosen", "–"),),
        (),
        (),
    ]


# --- what a picture says ----------------------------------------------------------------------

FURNITURE: Final = {
    *"lines and borders: stated implied chosen [in brackets]: known in English only".split(),
    *"services and their records: exchanges: carries ▶ → (2) How many clearing houses are on the way? or".split(),
}


@pytest.mark.parametrize("figure", ALL)
def test_words_tell_all(figure: Figure) -> None:
    """The words tell all that the picture shows."""
    words = {word.strip(".,:;()") for word in figure.text.split()}
    missing = [
        word
        for word in shown(figure)
        if word not in FURNITURE
        and word.strip(".,:;()") not in words
        and not re.fullmatch(r"[\d–,]+", word)
    ]
    assert not missing


@pytest.mark.parametrize("figure", ALL)
def test_words_say_their_basis(figure: Figure) -> None:
    """A picture says how sure each line of its words is."""
    assert all(
        re.search(r"\((stated|implied|chosen)\)$", line) for line in figure.text.splitlines()
    )
    assert {"stated", "implied", "chosen"} <= {*shown(figure)}


@pytest.mark.parametrize("figure", ALL)
def test_pictures_load_nothing(figure: Figure) -> None:
    """A picture asks nobody for anything."""
    addresses = set(re.findall(r"\w+://[^\s\"<]+", figure.svg()))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "url(" not in figure.svg()


@pytest.mark.parametrize("figure", ALL[:20])  # those of the published editions
def test_a_picture_fits_a_page(figure: Figure) -> None:
    width = re.search(r'<svg[^>]* width="(\d+)pt"', figure.svg())
    assert width
    assert int(width[1]) <= 760  # points, some 1010 pixels
    sizes = {float(size) for size in re.findall(r'font-size="([\d.]+)"', figure.svg())}
    assert min(sizes) >= 9


def test_basis_is_the_dash() -> None:
    """The basis of a row is the dash of its line, and that of the technologies on it the dash
    of their box.
    """
    dot = landscape(load("2025")).dot
    # X-1 is stated and X-3 implied; how stations and operators talk is implied, apps are chosen.
    for link, line, box in (
        ("link cs-cso", "solid", "dashed"),
        ("link user-csp", "dashed", "dotted"),
    ):
        assert {line} == set(re.findall(rf'"{link}" -> \w+ \[.*style=(\w+)', dot))
        assert re.search(
            rf'^\s*"{link}" \[label.* style="rounded,filled,{box}"', dot, re.MULTILINE
        )
    assert 'style="rounded,solid"' in dot
    assert (
        'style="rounded,dotted"' in landscape(load("2019")).dot
    )  # roaming entity: chosen there, stated in 2025


# --- editions, languages, choices -------------------------------------------------------------


def test_only_listed_differences() -> None:
    """The editions differ where the change list says so."""
    old, new = figures(load("2019")), figures(load("2025"))
    assert "CSP, charge service provider" in old["landscape"].text
    assert "CSP, charging service provider" in new["landscape"].text
    assert "TLS 1.2" in old["stack"].text
    assert "TLS 1.3" in new["stack"].text
    assert "parking" not in old["interfaces"].text
    assert "service parking, leaves an SDR" in new["interfaces"].text
    assert [line.partition(":")[0] for line in old["architecture"].text.splitlines()[:3]] == [
        "CSO",
        "clearing house",
        "CSP",
    ]
    assert [line.partition(":")[0] for line in new["architecture"].text.splitlines()[:3]] == [
        "visited-CSO",
        "clearing house",
        "home-CSP",
    ]


def test_french() -> None:
    """The french is french where it is known and in brackets where not."""
    french = landscape(load("2025"), "fr")
    assert "plateforme d'échange de données" in french.text
    assert "opérateur de bornes de charge" in french.text
    assert "[user]" in shown(french)
    assert "borne de charge" not in landscape(load("2025")).text
    assert "nœud final d'itinérance" in architecture(load("2019"), "fr").text


@pytest.mark.parametrize(
    ("scope", "links"),
    [
        ("in", ["IF-1", "IF-2", "IF-3", "IF-4"]),
        ("extension", ["IF-5"]),
        ("out", ["X-1", "X-2", "X-3"]),
        ("all", ["IF-1", "IF-2", "IF-3", "IF-4", "IF-5", "X-1", "X-2", "X-3"]),
    ],
)
def test_links_of_a_scope(scope: str, links: list[str]) -> None:
    """The landscape shows the links of the scope asked for."""
    assert (
        sorted(
            word
            for word in shown(landscape(load("2025"), scope=scope))
            if re.match("IF-|X-", word)
        )
        == links
    )


Point = tuple[float, float]


def curve(drawn: str) -> Iterator[Point]:
    """Points along a path of cubic Bézier curves."""
    through = [(float(x), float(y)) for x, y in re.findall(r"([-.\d]+),([-.\d]+)", drawn)]
    for at in range(0, len(through) - 1, 3):
        corners = through[at : at + 4]
        for step in range(51):
            part = step / 50
            weights = [
                math.comb(3, power) * part**power * (1 - part) ** (3 - power)
                for power in range(4)
            ]
            pairs = [*zip(weights, corners, strict=True)]
            yield sum(w * x for w, (x, _) in pairs), sum(w * y for w, (_, y) in pairs)


@pytest.mark.parametrize("edition", ["2019", "2025"])
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("role", ["all", "home-csp"])
def test_direct_lines_pass_by_the_house(edition: str, language: str, role: str) -> None:
    """Of the links between roles, none runs behind the clearing house that it does not reach."""
    root = ET.fromstring(architecture(load(edition), language, role).svg())
    house = root.findall(f".//{SVG}g[@class='cluster']")[1]
    assert "clearing house" in "".join(house.itertext())
    corners = [*curve(next(house.iter(f"{SVG}path")).get("d") or "")]
    across, down = ([point[axis] for point in corners] for axis in (0, 1))
    passing = 0
    for edge in root.iterfind(f".//{SVG}g[@class='edge']"):
        line = [*curve(next(edge.iter(f"{SVG}path")).get("d") or "")]
        inside = [min(across) < x < max(across) and min(down) < y < max(down) for x, y in line]
        if not inside[0] and not inside[-1]:
            passing += 1
            assert not any(inside)
    assert passing >= 4  # two direct links, in two halves each


def test_stressed_without_colour() -> None:
    """A role is stressed by more than colour."""
    plain, stressed = architecture(load("2025")), architecture(load("2025"), role="home-csp")
    assert "▶" not in shown(plain)
    assert shown(stressed).count("▶") == 1
    assert shown(stressed)[shown(stressed).index("▶") + 1] == "home-CSP"


@pytest.mark.parametrize(
    ("mode", "exchange", "expected"),  # domain reference, sections 1.5, 1.6 and 5
    [
        ("direct", "authorization", {"IF-1", "IF-2"}),
        ("clearing-house", "authorization", {"IF-3", "IF-4"}),
        ("hybrid", "authorization", {"IF-1", "IF-2"}),
        ("hybrid", "authorization-list", {"IF-3", "IF-4"}),
        ("federated", "detail-record", {"IF-3", "IF-4", "IF-5"}),
        ("direct", "partner-presence", {"IF-3"}),
        ("federated", "partner-presence", {"IF-3"}),
    ],
)
def test_crossed_interfaces(mode: str, exchange: str, expected: set[str]) -> None:
    """An exchange crosses the interfaces of its mode."""
    edition = load("2025")
    assert {row.id for row in crossed(edition, edition.exchanges[exchange], mode)} == expected
    carrying = {
        words["id"]
        for line in interfaces(edition, exchange, mode).text.splitlines()
        if (words := re.search(r": (?P<id>(IF|X)-\d), .*carries (?!nothing)", line))
    }
    assert carrying == expected
    assert (
        set(
            re.findall(
                r'-> "link (\S+)" \[.*penwidth=2.6', interfaces(edition, exchange, mode).dot
            )
        )
        == expected
    )


@pytest.mark.parametrize("mode", load("2025").modes)
def test_hops_have_interfaces(mode: str) -> None:
    """Every hop of every route is over an interface the picture has."""
    edition = load("2025")
    used: set[str] = set()
    for exchange in (row for row in edition.exchanges.values() if row.modelled):
        for home in ("csp-alba", "csp-birch"):
            for visited in ("cso-elm", "cso-heath"):
                ends = (
                    (visited, home) if exchange.producer == "visited-cso" else (home, visited)
                )
                try:
                    hops = route(NETWORK, edition, mode, *ends, exchange.id)
                except Violation:
                    continue
                used |= {hop.interface for hop in hops}
                assert {hop.interface for hop in hops} <= {
                    row.id for row in crossed(edition, exchange, mode)
                }
    assert used


def test_bottom_layer_is_lowest() -> None:
    """The stack has its bottom layer lowest."""
    words = [
        word
        for word in shown(stack(load("2025")))
        if word in {"IP", "TCP", "TLS", "HTTP", "JSON"}
    ]
    assert [*dict.fromkeys(words)] == ["JSON", "HTTP", "TLS", "TCP", "IP"]


def test_modes_by_houses() -> None:
    """The modes are told apart by their clearing houses."""
    lines = classification(load("2025")).text.splitlines()
    assert [re.sub(r", .*way: ([^.]*)\..*", r": \1", line) for line in lines] == [
        "direct: 0",
        "hybrid: 0 or 1",
        "through a clearing house: 1",
        "federated: 2",
    ]
    assert ["added by the model" in line for line in lines] == [False, True, False, True]


# --- tables -----------------------------------------------------------------------------------


def cells(table: Table) -> Iterator[str]:
    """Every text of a table, headings first."""
    yield from table.columns
    for row in table.rows:
        yield from row


@pytest.mark.parametrize(
    "edition",
    [load("2019"), load("2025"), AMENDED, HOSTILE],
    ids=["2019", "2025", "draft", "hostile"],
)
def test_tables_are_sound_html(edition: Edition) -> None:
    """A table is sound html with a caption and headings."""
    assert (
        len([table for table in tables(edition) if table.rows]) >= 4
    )  # those of changes may be empty
    for table in tables(edition):
        root = ET.fromstring(table.html())
        assert root.findtext("caption") == table.caption
        assert [head.get("scope") for head in root.iterfind("thead/tr/th")] == ["col"] * len(
            table.columns
        )
        for row in root.iterfind("tbody/tr"):
            assert [cell.tag for cell in row] == ["th", *["td"] * (len(table.columns) - 1)]
            assert row[0].get("scope") == "row"
        assert [cell.text or "" for cell in root.iter() if cell.tag in {"th", "td"}] == [
            *cells(table)
        ]
        assert set(re.findall(r"<(\w+)", table.html())) <= {
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        }
        assert all(text in table.text() for text in cells(table))


def test_tables_list_every_row() -> None:
    """A table lists every row of the edition."""
    edition = load("2025")
    assert len(listings.terms(edition).rows) == len(edition.terms)
    assert [int(row[0]) for row in listings.exchanges(edition).rows] == [*range(1, 18)]
    assert len(listings.crosswalk(edition).rows) == len(edition.crosswalk)
    assert [row[0] for row in listings.change_list(edition).rows] == [*edition.changes]
    left_out = [
        row[0]
        for row in listings.exchanges(edition).rows
        if row[4].startswith("not modelled: ")
    ]
    assert left_out == ["3", "10", "13", "14", "15"]


def test_checks_with_their_tolerances() -> None:
    told = {row[0]: row[1] for row in listings.checks(LATEST).rows}
    plausible = [name for name in LATEST.rules if name.startswith("PLA-")]
    assert list(told) == [*plausible, "AUT-8"]
    assert (told["PLA-1"], told["PLA-4"], told["PLA-9"]) == ("300 s", "100 Wh", "1,000 Wh")


def test_word_sets_are_those_of_the_wire() -> None:
    told = {row[0]: set(row[1].split(", ")) for row in listings.word_sets(LATEST).rows}
    assert told["grounds of a service"] == {*Ground}
    reasons = {"unknown", "blocked", "expired", "no-credit", "not-here", "busy", "unreachable"}
    assert told["reasons of a no"] == reasons
    assert told["results of an order"] == {"done", "not-done", "unknown"}
    assert told["statuses of an EVSE"] > {"reserved", "blocked", "unknown", "removed"}
    assert told["why a record is held"] == {"unmatched"}
    assert all(told.values())


def test_count_of_the_bases() -> None:
    """The count of the bases is that of the file."""
    document = tomllib.loads((STANDARD / "2019.toml").read_text("utf-8"))
    rows = [
        row["basis"]
        for name, table in document.items()
        if isinstance(table, list) and name != "source"
        for row in table
    ]
    count = Counter(rows)
    assert listings.basis(load("2019")).rows[-1] == (
        "all",
        *(str(count[one]) for one in ("stated", "implied", "chosen")),
        str(len(rows)),
    )


# --- hostile text, same bytes -----------------------------------------------------------------


@pytest.mark.parametrize("name", figures(load("2025")))
def test_text_is_never_markup(name: str) -> None:
    """Text from an edition is never markup."""
    figure = figures(HOSTILE)[name]
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(figure.svg()).iter()}
    assert tags <= {
        "svg",
        "title",
        "desc",
        "g",
        "polygon",
        "polyline",
        "ellipse",
        "path",
        "text",
    }
    bundle = figure._repr_mimebundle_()["text/html"]
    assert set(re.findall(r"<(\w+)", bundle)) <= {
        *("div", "img", "details", "summary", "p", "b", "br")
    }
    assert figure.svg().count('class="node"') == figures(AMENDED)[name].svg().count(
        'class="node"'
    )
    if name == "landscape":
        assert "<script>alert('&amp;')</script>" in figure.text
        assert "alert(" in unescape(figure.svg())


@pytest.mark.slow
def test_same_bytes_any_hash_seed() -> None:
    """The same edition gives the same bytes whatever the hash seed."""
    script = (
        "from tests.test_figures import AMENDED, figures, tables, load\n"
        "for edition in (load('2019'), load('2025'), AMENDED):\n"
        "    for figure in figures(edition).values(): print(figure.dot, figure.text)\n"
        "    for table in tables(edition): print(table.html())\n"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            cwd=STANDARD.parents[1],
            env={"PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 10_000


# --- identifiers ------------------------------------------------------------------------------


def test_every_profile_on_a_text() -> None:
    """Every profile has its say on one text."""
    table = identifiers.profiles("NL-TNM-C00122045-K", load("2025"))
    assert [row[0] for row in table.rows] == [*PROFILES]
    assert [row[0] for row in table.rows if row[4] == "accepted"] == [
        "emi3",
        "ochp-1.4",
        "oicp",
    ]
    assert table.rows[1][1:4] == (
        "EMAID",
        "country NL, provider TNM, instance C00122045, check K",
        "NLTNMC00122045K",
    )
    assert all("EMA-3" in row[4] for row in table.rows if row[4] != "accepted")


@pytest.mark.parametrize("text", ["", " ", "<script>", "\x00", "é" * 100, "DE*AB7*E", "-" * 80])
def test_whatever_is_typed_has_an_answer(text: str) -> None:
    table = identifiers.profiles(text, load("2025"))
    assert len(table.rows) == len(PROFILES)
    assert ET.fromstring(table.html()) is not None


@pytest.mark.parametrize(
    ("first14", "check"),  # published values, domain reference section 3.3
    [
        ("NN123ABCDEFGHI", "T"),
        ("FRXYZ123456789", "2"),
        ("ITA1B2C3E4F5G6", "4"),
        ("ESZU8WOX834H1D", "R"),
        ("PT73902837ABCZ", "Z"),
        ("DE83DUIEN83QGZ", "D"),
        ("DE8AA001234567", "0"),
        ("NLTNM000122045", "U"),
        ("NLTNM000722345", "X"),
        ("NLTNMC00122045", "K"),
    ],
)
def test_worked_sums_end_at_zero(first14: str, check: str) -> None:
    """The worked sums end at zero with the published check character."""
    rows = identifiers.worked(first14).rows
    assert "".join(row[1] for row in rows) == first14 + check
    assert rows[-1][-2:] == ("(0, 0)", "(0, 0)")


def test_sums_by_hand() -> None:
    """The sums of the worked example are those done by hand."""
    rows = identifiers.worked("DE83DUIEN83QGZ").rows
    assert rows[0][2:7] == (
        "13",
        "(0, 1)",
        "(1, 1)",
        "(1, 1)",
        "(1, 0)",
    )  # D: (0,1) P1 = (1,1), (1,1) P2 = (1,3)
    assert rows[13][-2:] == ("(0, 1)", "(1, 2)")  # over fourteen characters, as published


@pytest.mark.parametrize(
    ("text", "profile", "due"),  # published, and wrong: domain reference section 3.4
    [
        ("DE8AACA2B3C4D5N", "emi3", "L"),
        ("DE-8AA-CA2B3C4D5-N", "emi3", "L"),
        ("DE-8AA-00123A563-N", "emi3", "M"),
        ("DE-8AA-C0123A563-N", "emi3", "R"),
        ("DE-8AA-123A56-3", "din91286", "5"),
        ("DE-8AC-C12E456L89-Y", "emi3", "–"),
        ("DE-8EO-CAet5e4XY-3", "oicp", "T"),
        ("DE8EOCAet5e43X1", "oicp", "9"),
        ("DE-DCB-C12345678-X", "oicp", "4"),
        ("DE*8EO*Aet5e4*3", "din91286", "9"),
        ("DE*ABC*C12345678*1", "emi3", "8"),
    ],
)
def test_wrong_published_example(text: str, profile: str, due: str) -> None:
    """A wrong published example is refused and told its check character."""
    ((value, read_in, verdict, check),) = identifiers.verdicts(
        {text: profile}, load("2025")
    ).rows
    assert (value, read_in, check) == (text, profile, due)
    assert verdict.startswith("EMA-")


def test_two_migrations() -> None:
    """The two migrations differ as published."""
    assert identifiers.migrations(["NL-TNM-012204-5"]).rows == (
        ("NL-TNM-012204-5", "NLTNM000122045U", "NLTNMC00122045K"),
    )
    assert identifiers.migrations([]).columns == (
        "DIN identifier",
        "ochp-1.4, fills in 00",
        "emi3, fills in C0",
    )


def test_places_in_a_message() -> None:
    """What a message carries has a party, and what it does not has a rule."""
    texts = ["FRA23E45B78C", "+49*810*000*438", "49*810*000*438", "FR*A23*E45B*78C"]
    iso, din, without_plus, starred = identifiers.carried(texts, load("2025")).rows
    assert iso[1:] == ("carried", "FRA23")
    assert din[1:] == ("carried", "+49*810")
    assert without_plus[1].startswith("EVS-10: ")
    assert starred[1].startswith("EVS-3: ")
    assert without_plus[2] == starred[2] == identifiers.NOTHING


def test_free_is_no_emaid() -> None:
    """A free contract id is shown as no EMAID, and an EMAID as one."""
    texts = ["NL-TNM-C00122045-K", "NL-TNM-C00122045-X", "x" * 37]
    good, wrong, long = identifiers.free_contract_ids(texts, load("2025")).rows
    assert good[1:] == ("emi3, ochp-1.4, oicp", "taken")
    assert wrong[1:] == ("no EMAID in any profile", "taken")
    assert long[2].startswith("IDP-4: ")


def test_uids_by_type() -> None:
    media = [("rfid", "04A2B3C4", None), ("rfid", "04a2b3c4", None), ("app", "0", "sha-256")]
    card, lower, hashed = identifiers.uids(media, load("2025")).rows
    assert card == ("rfid", "04A2B3C4", identifiers.NOTHING, "taken")
    assert lower[3].startswith("CRD-2: ")
    assert hashed[2] == "sha-256"
    assert hashed[3].startswith("CRD-2: ")
