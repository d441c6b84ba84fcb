"""A story as a table, transmission by transmission with what happens between them, and the
journeys there are.
"""

from refimpl.edition import Edition
from refimpl.play.journeys import journeys_of
from refimpl.play.lines import lines_of, parties
from refimpl.play.player import Story
from refimpl.views.kit.table import Table


def journey_table(edition: Edition) -> Table:
    """Table the journeys that an edition has, by name.

    >>> from refimpl.edition import load
    >>> journey_table(load("2025")).rows[1]
    ('charge-by-card', 'Charge with a card that is no EMAID', 'energy-transfer', 'medium')
    """
    rows = tuple(
        (one.id, one.title, str(one.service), one.shows) for one in journeys_of(edition)
    )
    columns = ("journey", "what happens", "service", "the user shows")
    return Table(f"Journeys, {edition.id}", columns, rows)


def story_table(story: Story) -> Table:
    """Table what is said in a story, over which way, and where both sides then stand.

    >>> from refimpl.edition import load
    >>> from refimpl.play import play
    >>> story_table(play("booking-cancelled", load("2025"))).rows[-1][2:]
    ('remote-control-answer: yes', 'abandoned', 'abandoned')
    """
    setting = story.setting
    roles = setting.edition.roles
    mode = setting.edition.modes[setting.mode].label
    title = f"{story.journey.title}, {mode}, {setting.edition.id}: {parties(story)}"
    ends = (roles["home-csp"].label, roles["visited-cso"].label)
    columns = ("no.", "from, over, to", "message", *ends)
    rows = tuple(tuple(map(str, line)) for line in lines_of(story))
    return Table(title, columns, rows)
