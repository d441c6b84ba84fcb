"""Many roaming endpoints in one process, and stories to play over them.

`example` holds the network of twelve, `journeys` who says what as tables, `loopback` delivers,
`player` plays, `telling` and `lines` put a story into words.  Nothing here is asked of a live
endpoint; the clock, the dice and the ids come from the caller.
"""

from refimpl.play.journeys import journeys_of
from refimpl.play.player import Story, play

__all__ = ["Story", "journeys_of", "play"]
