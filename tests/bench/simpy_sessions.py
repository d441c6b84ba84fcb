"""The peer of the simulation: the same sessions as processes of simpy, in its own environment.

It gets the tables of a plan as JSON on stdin, and prints how many seconds of this process the
sessions took, and what was sent and lost at each place.
"""

import json
import sys
import time
from bisect import bisect_right
from collections.abc import Generator
from typing import Any

import simpy  # type: ignore[import-not-found]  # in an environment of its own

GAMMA, MIX_1, MIX_2, WORD = (
    0x9E3779B97F4A7C15,
    0xBF58476D1CE4E5B9,
    0x94D049BB133111EB,
    2**64 - 1,
)


HALF = 2**32 - 1


def word(seed: int, session: int, count: int) -> int:
    """The number of SplitMix64 that the model draws, too."""
    mixed = (seed + ((session << 16) + count + 1) * GAMMA) & WORD
    mixed = ((mixed ^ (mixed >> 30)) * MIX_1) & WORD
    mixed = ((mixed ^ (mixed >> 27)) * MIX_2) & WORD
    return mixed ^ (mixed >> 31)


def opening(plan: dict[str, Any], number: int) -> tuple[int, int]:
    """The tick at which a session begins, and its first place."""
    what, who = word(plan["seed"], number, 0), word(plan["seed"], number, 1)
    csps, csos = plan["classes"]
    share = bisect_right(plan["mix"], what >> 32)
    csp = ((who >> 32) * plan["csps"] >> 32) % csps
    cso = ((who & HALF) * plan["csos"] >> 32) % csos
    return (what & HALF) * plan["day"] >> 32, plan["firsts"][(share * csps + csp) * csos + cso]


def main() -> None:
    """Run the sessions that stdin describes."""
    plan = json.load(sys.stdin)
    waits, retries, begins = plan["waits"], plan["retries"], plan["begins"]
    limits, seed = plan["limits"], plan["seed"]
    sent, lost = [0] * len(waits), [0] * len(waits)

    def session(
        env: "simpy.Environment", number: int, tick: int, place: int
    ) -> "Generator[simpy.Event]":
        count = 2
        left = bisect_right(limits, word(seed, number, count) >> 11)
        yield env.timeout(tick)
        while True:
            sent[place] += 1
            if left:
                left -= 1
                wait = waits[place]
                if not wait:
                    return
                yield env.timeout(wait)
                place += 1
            else:
                lost[place] += 1
                count += 1
                left = bisect_right(limits, word(seed, number, count) >> 11)
                yield env.timeout(retries[place])
                place = begins[place]

    start = time.process_time()
    env = simpy.Environment()
    for number in range(plan["sessions"]):
        env.process(session(env, number, *opening(plan, number)))
    env.run()
    print(json.dumps({"seconds": time.process_time() - start, "sent": sent, "lost": lost}))


if __name__ == "__main__":
    main()
