"""The lab in the notebook, without a browser: what follows when the text in the field changes,
and the pictures of both sides.
"""

from html import escape
from typing import Final

import pytest

from refimpl.edition import load
from refimpl.lab.drafts import base_of, examples, worked_texts
from refimpl.views.amended.lab import AmendmentLab, Compared
from refimpl.views.amended.pictures import pictures
from tests.amending import draft, draft_text

TEXTS: Final = worked_texts()
ENDED: Final = "active: session-progress-notice (ended) from visited-cso"


def test_every_worked_draft_is_offered() -> None:
    assert list(TEXTS) == [*examples(), "2025, as published"]
    for name in TEXTS:
        assert AmendmentLab(TEXTS, name).faults == []


def test_an_error_stands_beside_its_line() -> None:
    lab = AmendmentLab(TEXTS, "record-after-end")
    rows, picture = lab.rows, lab.pictures
    lab.text = lab.text.replace("removed = true", "removed = 1", 1)
    [fault] = lab.faults
    lines = lab.text.splitlines()
    assert lines[fault["line"] - 1] == "removed = 1"
    assert "[[step]]" in fault["says"]
    assert "; " in fault["says"]
    assert lab.summary == "Wrong in the draft: 1. Beneath is the last sound one."
    assert (lab.rows, lab.pictures) == (rows, picture)
    assert lab.ask() is None


def test_a_draft_that_is_too_long() -> None:
    """What would keep the page from answering is an error like any other."""
    lab = AmendmentLab(TEXTS, "record-after-end")
    lab.text = draft_text("#" * 250_000)
    [fault] = lab.faults
    assert fault["line"] == 0
    assert fault["says"].startswith("EDN-1: draft.toml: more than 250,000 bytes; ")
    assert fault["says"].endswith("make it shorter")


def test_many_rows_are_cut() -> None:
    row = '[[source]]\nid = "{}"\nsays = "A text of a test."\nchange = "t"\n'
    lab = AmendmentLab(TEXTS, "record-after-end")
    lab.text = draft_text("".join(row.format(f"text-{number}") for number in range(300)))
    assert lab.faults == []
    assert lab.rows.count("<tr id=") == 200
    assert "101 more: iec63119 amend --all" in lab.rows  # the change is a row as well


def test_a_mended_draft_is_shown() -> None:
    lab = AmendmentLab(TEXTS, "record-after-end")
    before = lab.pictures
    lab.text = lab.text.replace("removed = true", "removed = 1", 1)
    lab.text = lab.text.replace("removed = 1", 'to = "ended"', 1)
    assert lab.faults == []
    assert (
        lab.summary
        == "record-after-end against 2025: 1 row added, 2 rows removed, 2 rows altered."
    )
    assert lab.pictures != before
    assert "≠ altered" in lab.rows


def test_the_picture_is_one_that_differs() -> None:
    lab = AmendmentLab(TEXTS, "record-after-end")
    assert (lab.picture, lab.differing) == ("session", ["session"])
    lab.chosen = "house-to-house"
    assert (lab.picture, lab.differing) == ("interfaces", ["interfaces", "modes"])
    lab.picture = "modes"
    assert "federated hybrid" in lab.pictures
    lab.chosen = "battery-swapping"
    assert (lab.picture, lab.differing) == ("modes", [])
    assert "Nothing differs in the modes." in lab.pictures


def test_what_was_asked_is_of_its_text() -> None:
    lab = AmendmentLab(TEXTS, "battery-swapping")
    assert lab.asked == ""
    assert lab.ask() is not None
    assert lab.asked_of == lab.text
    assert "Vectors answered otherwise, of 3,120: 0" in lab.asked
    lab.text += "\n# more"
    assert lab.asked_of != lab.text


def test_a_click_asks() -> None:
    lab = AmendmentLab(TEXTS, "battery-swapping")
    lab._handle_custom_msg("something else", [])
    assert lab.asked == ""
    lab._handle_custom_msg("ask", [])
    assert "use-battery-swapping" in lab.asked


def test_the_stored_face_has_pictures_and_words() -> None:
    lab = AmendmentLab(TEXTS, "record-after-end")
    lab.ask()
    data, _ = lab._repr_mimebundle_()
    page = data["text/html"]
    assert page.count("<img alt=") == 2
    assert "<script" not in page
    assert "exchange/accept-take-record-2025" in page
    assert escape(lab.text.splitlines()[-1]) in page
    assert data["text/plain"] == lab.summary


def test_what_a_draft_says_is_no_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    rows = f"[[mode]]\nid = '{hostile}'\nlabel = '{hostile}'\nsays = '{hostile}'\n"
    more = 'extension = true\npath = ["producer", "consumer"]\nbasis = "chosen"\n'
    text = draft_text(rows + more + 'source = "model: x"\nchange = "t"\n')
    lab = AmendmentLab({hostile: text}, hostile)
    lab.ask()
    assert lab.faults == []
    for shown in (lab.html(), lab.rows, lab.pictures, lab.asked):
        assert "<img src=x" not in shown


def test_what_is_beyond_the_model_is_told() -> None:
    rows = '[[rule]]\nid = "TAR-1"\nlevel = "shall"\nsays = "x"\nbasis = "chosen"\n'
    text = draft_text(rows + 'source = "model: x"\nchange = "t"\n')
    lab = AmendmentLab({"mine": text}, "mine")
    assert "Beyond the model" in lab.rows


def test_each_change_of_2025_has_its_link() -> None:
    page = Compared(load("2019"), load("2025"))._repr_mimebundle_()
    for anchor in ("service-parking", "protocol-tls", "interface-IF-2", "term-cdr"):
        assert page["text/html"].count(f'id="{anchor}"') == 1
        assert f'href="#{anchor}"' in page["text/html"]
    assert "protocol tls: altered." in page["text/plain"]


# --- Pictures ---------------------------------------------------------------------------------

EVERY_MARK: Final = f"""[[interface]]
id = "IF-5"
scope = "in"
change = "t"
[[mode]]
id = "direct"
removed = true
change = "t"
[[step]]
id = "{ENDED}"
to = "stopping"
change = "t"
[[step]]
id = "late"
phase = "withdrawn"
message = "session-progress-notice"
by = "visited-cso"
to = "withdrawn"
rule = "SES-4"
change = "t"
"""


def test_marks_are_words_and_lines() -> None:
    """What differs has a sign, a word and a line of its own; colour comes last."""
    edition = draft(EVERY_MARK)
    drawn = pictures(load("2025"), edition)
    before, after = drawn["interfaces"]
    assert "≠ IF-5, extension, altered" in before.text
    assert "≠ IF-5, in, altered" in after.text
    before, after = drawn["modes"]
    assert "− direct (in scope), removed" in before.text
    assert "direct" not in after.text
    assert 'style="rounded,dashed"' in before.dot
    before, after = drawn["session"]
    assert "style=dotted" in before.dot
    assert "+ late, added" in after.text
    assert "style=bold" in after.dot
    for pair in drawn.values():
        assert all("dashed −: removed" in figure.dot for figure in pair)


def test_a_side_without_marks_says_so() -> None:
    edition = draft(f'[[step]]\nid = "{ENDED}"\nremoved = true\nchange = "t"\n')
    _, after = pictures(base_of(edition), edition)["session"]
    assert after.text == "Nothing is marked on this side; what differs is marked on the other."


@pytest.mark.parametrize("name", ["interfaces", "modes", "session"])
def test_an_edition_beside_itself(name: str) -> None:
    before, after = pictures(load("2025"), load("2025"))[name]
    assert before.dot == after.dot
    assert before.text == f"Nothing differs in the {name}."
