"""Many roaming endpoints in one process: the example network, journeys to play over it, and what
came of them.

Nothing here is asked of a live endpoint; the clock, the dice and the ids come from whoever plays.
"""

from refimpl.play.journeys import journeys_of
from refimpl.play.player import Story, play

__all__ = ["Story", "journeys_of", "play"]
