"""A story as a table: transmission by transmission, with what happens between them."""

from refimpl.play.lines import lines_of
from refimpl.play.player import Story
from refimpl.views.kit.table import Table


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
    title = f"{story.journey.title}, {mode}, {setting.edition.id}"
    ends = (roles["home-csp"].label, roles["visited-cso"].label)
    columns = ("no.", "from, over, to", "message", *ends)
    rows = tuple(tuple(map(str, line)) for line in lines_of(story))
    return Table(title, columns, rows)
