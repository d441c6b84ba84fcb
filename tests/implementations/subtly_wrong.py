"""The reference with one bug: `python subtly_wrong.py`.

A message still counts in the very second in which it has expired: `now > exp` in place of
`now >= exp`.  Nothing else is wrong.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from refimpl.conformance import reference

ABOUT = {"name": "subtly-wrong", "version": "1", "language": "Python"}
SECOND = timedelta(seconds=1)


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """Answer as the reference does, but look at the clock of a second ago where it expires."""
    if message["cmd"] == "start":
        return {"protocol": 1, "implementation": ABOUT}
    said = reference.answer_run(message)
    if said.get("error") == "MSG-6":
        now = datetime.fromisoformat(message["input"]["now"]).astimezone(UTC) - SECOND
        given = {**message["input"], "now": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        said = reference.answer_run({**message, "input": given})
    return said


def main() -> None:
    """Answer line by line, until it is over."""
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["cmd"] == "stop":
            return
        print(json.dumps(answer(asked)), flush=True)


if __name__ == "__main__":
    main()
