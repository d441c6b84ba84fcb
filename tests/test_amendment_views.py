"""The lab in the notebook, without a browser: what follows when the text in the field changes,
and the pictures of both sides.
"""

import re
from html import escape
from typing import Final

import pytest

from refimpl.edition import load
from refimpl.lab.amendment import amend
from refimpl.lab.amendment_told import sections
from refimpl.lab.drafts import base_of, examples, worked_texts
from refimpl.session import STEPS
from refimpl.views.amended import lab
from refimpl.views.amended.lab import AmendmentLab, Compared
from refimpl.views.amended.pictures import pictures
from refimpl.views.kit.figure import Figure
from refimpl.views.kit.palette import INK, MUTED
from tests.amending import draft, draft_text, vectors_of

TEXTS: Final = worked_texts()
ENDED: Final = "active: session-progress-notice (ended) from visited-cso"


def test_every_worked_draft_is_offered() -> None:
    assert list(TEXTS) == [*examples(), "2025, as published"]
    for name in TEXTS:
        assert AmendmentLab(TEXTS, name).faults == []


@pytest.mark.parametrize("name", TEXTS)
def test_counts_are_those_of_the_command(name: str) -> None:
    made = AmendmentLab(TEXTS, name)
    counted = sum(map(int, re.findall(r"(\d+) rows? ", made.summary)))
    assert made.edition is not None
    told = amend(base_of(made.edition), made.edition, search=False)
    [rows] = [part for part in sections(told) if part.id == "rows"]
    assert rows.title.endswith(f": {counted}")
    assert len(rows.rows) == counted


def test_an_error_stands_beside_its_line() -> None:
    made = AmendmentLab(TEXTS, "record-after-end")
    rows, picture = made.rows, made.pictures
    made.text = made.text.replace("removed = true", "removed = 1", 1)
    [fault] = made.faults
    lines = made.text.splitlines()
    assert lines[fault["line"] - 1] == "removed = 1"
    assert "[[step]]" in fault["says"]
    assert "; " in fault["says"]
    assert made.summary == "Wrong in the draft: 1. Beneath is the last sound one."
    assert (made.rows, made.pictures) == (rows, picture)
    assert made.ask() is None


def test_a_draft_that_is_too_long() -> None:
    """What would keep the page from answering is an error like any other."""
    made = AmendmentLab(TEXTS, "record-after-end")
    made.text = draft_text("#" * 250_000)
    [fault] = made.faults
    assert fault["line"] == 0
    assert fault["says"].startswith("EDN-1: draft.toml: more than 250,000 bytes; ")
    assert fault["says"].endswith("make it shorter")


def test_many_rows_are_cut() -> None:
    row = '[[source]]\nid = "{}"\nsays = "A text of a test."\nchange = "t"\n'
    made = AmendmentLab(TEXTS, "record-after-end")
    made.text = draft_text("".join(row.format(f"text-{number}") for number in range(300)))
    assert made.faults == []
    assert made.rows.count("<tr id=") == 200
    assert "101 more: iec63119 amend --all" in made.rows  # the change is a row as well


def test_a_mended_draft_is_shown() -> None:
    made = AmendmentLab(TEXTS, "record-after-end")
    before = made.pictures
    made.text = made.text.replace("removed = true", "removed = 1", 1)
    made.text = made.text.replace("removed = 1", 'to = "ended"', 1)
    assert made.faults == []
    assert (
        made.summary
        == "record-after-end against 2025: 1 row added, 2 rows removed, 2 rows altered."
    )
    assert made.pictures != before
    assert "≠ altered" in made.rows


def test_the_picture_is_one_that_differs() -> None:
    made = AmendmentLab(TEXTS, "record-after-end")
    assert (made.picture, made.differing) == ("session", ["session"])
    made.chosen = "house-to-house"
    assert (made.picture, made.differing) == ("interfaces", ["interfaces", "modes"])
    made.picture = "modes"
    assert "federated hybrid" in made.pictures
    made.chosen = "battery-swapping"
    assert (made.picture, made.differing) == ("modes", [])
    assert "Nothing differs in the modes." in made.pictures


def test_what_was_asked_is_of_its_text() -> None:
    made = AmendmentLab(TEXTS, "battery-swapping")
    assert made.asked == ""
    assert made.ask() is not None
    assert made.asked_of == made.text
    assert f"Vectors answered otherwise, of {vectors_of('2025'):,}: 0" in made.asked
    made.text += "\n# more"
    assert made.asked_of != made.text


def test_a_click_asks() -> None:
    made = AmendmentLab(TEXTS, "battery-swapping")
    made._handle_custom_msg("something else", [])
    assert made.asked == ""
    made._handle_custom_msg({"ask": made.text}, [])
    assert "use-battery-swapping" in made.asked


def test_a_fault_of_ours_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page hears that there is an answer, and gets one line of what went wrong."""

    def fail(*_: object, **__: object) -> None:
        raise OverflowError("too\nlarge <b>")

    made = AmendmentLab(TEXTS, "battery-swapping")
    monkeypatch.setattr(lab, "amend", fail)
    made._handle_custom_msg({"ask": made.text}, [])
    assert made.answered == 1
    assert "please report it: OverflowError: too large &lt;b&gt;</p>" in made.asked
    assert made.asked_of == made.text
    monkeypatch.setattr(lab, "changed_rows", fail)
    made.text += "\n# more"
    assert made.summary.endswith("OverflowError: too large <b>")


def test_each_click_is_answered() -> None:
    """Also where the answer is the one before, for the button waits for it."""
    made = AmendmentLab(TEXTS, "battery-swapping")
    made.ask = lambda **_: None  # type: ignore[method-assign]
    for _ in range(2):
        made._handle_custom_msg({"ask": made.text}, [])
    assert made.answered == 2


def test_a_stepper_follows_the_draft() -> None:
    made = AmendmentLab(TEXTS, "battery-swapping")
    stepper = made.stepper("use-battery-swapping", "direct")
    before = stepper.drawn
    made.text = TEXTS["record-after-end"]
    assert stepper.edition == "record-after-end"
    assert "use-battery-swapping" not in stepper.choices["journey"]
    after = stepper.drawn
    assert after > before
    made.text += '\n[[role]]\nid = "visited-cso"\nlabel = "host"\nchange = "after-end"\n'
    assert stepper.edition == "record-after-end"
    assert stepper.choices["show"]["visited-cso"] == "host"


def test_the_stored_face_has_pictures_and_words() -> None:
    made = AmendmentLab(TEXTS, "record-after-end")
    made.ask()
    data, _ = made._repr_mimebundle_()
    page = data["text/html"]
    assert page.count("<img alt=") == 2
    assert "<script" not in page
    assert "exchange/accept-take-record-2025" in page
    assert escape(made.text.splitlines()[-1]) in page
    assert data["text/plain"] == made.summary


def test_what_a_draft_says_is_no_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    rows = f"[[mode]]\nid = '{hostile}'\nlabel = '{hostile}'\nsays = '{hostile}'\n"
    more = 'extension = true\npath = ["producer", "consumer"]\nbasis = "chosen"\n'
    text = draft_text(rows + more + 'source = "model: x"\nchange = "t"\n')
    made = AmendmentLab({hostile: text}, hostile)
    made.ask()
    assert made.faults == []
    for shown in (made.html(), made.rows, made.pictures, made.asked):
        assert "<img src=x" not in shown


def test_what_is_beyond_the_model_is_told() -> None:
    rows = '[[rule]]\nid = "TAR-1"\nlevel = "shall"\nsays = "x"\nbasis = "chosen"\n'
    text = draft_text(rows + 'source = "model: x"\nchange = "t"\n')
    made = AmendmentLab({"mine": text}, "mine")
    assert "Beyond the model" in made.rows


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


def unmarked(figure: Figure) -> set[tuple[str, str]]:
    """The texts of a picture that stay, each with its place."""
    texts = re.findall(r"<text ([^>]*)>([^<]+)</text>", figure.svg())
    return {(place, words) for place, words in texts if INK in place or MUTED in place}


def test_many_rows_are_several() -> None:
    """Eleven rows are no row, though their number ends as that of one does."""
    again = '[[step]]\nid = "{}"\nremoved = true\nchange = "t"\n'
    edition = draft("".join(again.format(step.id) for step in STEPS[:11]))
    head, *_ = Compared(load("2025"), edition).text().splitlines()
    assert head == "draft against 2025: 1 row added, 11 rows removed."


def test_what_stays_has_one_place() -> None:
    """Both sides are laid out as one, so that they can be compared by eye."""
    for before, after in pictures(load("2025"), draft(EVERY_MARK)).values():
        assert before.dot != after.dot
        was, comes = unmarked(before), unmarked(after)
        both = {words for _, words in was} & {words for _, words in comes}
        assert len(both) > 3
        assert {words for _, words in was & comes} == both


def test_a_side_without_marks_says_so() -> None:
    edition = draft(f'[[step]]\nid = "{ENDED}"\nremoved = true\nchange = "t"\n')
    _, after = pictures(base_of(edition), edition)["session"]
    assert after.text == "Nothing is marked on this side; what differs is marked on the other."


@pytest.mark.parametrize("name", ["interfaces", "modes", "session"])
def test_an_edition_beside_itself(name: str) -> None:
    before, after = pictures(load("2025"), load("2025"))[name]
    assert before.dot == after.dot
    assert before.text == f"Nothing differs in the {name}."
