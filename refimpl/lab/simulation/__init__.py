"""Many services at once, from the table of a session: event by event, or in arrays.

A journey in a mode is compiled to a `script`: its transmissions one after the other, read off
the session table and the routes of the edition.  Nothing is played; sessions do not touch each
other, each only loses transmissions and says them again (REP-5).  What happens to a session
follows from its number and the seed alone (`draws`), so `by_event` and `by_array` come to the
same totals, and so do the endpoints themselves when they lose the same transmissions.

Read `script` first, then `plan`, which joins the scripts of all journeys and pairs.
"""

from refimpl.lab.simulation.plan import MIX, Plan, Share
from refimpl.lab.simulation.running import ENGINES, Engine, simulate
from refimpl.lab.simulation.totals import Totals

__all__ = ["ENGINES", "MIX", "Engine", "Plan", "Share", "Totals", "simulate"]
