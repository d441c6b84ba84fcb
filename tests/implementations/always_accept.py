"""An implementation that accepts everything: `python always_accept.py`.

It's here to be found out: what it scores shows how much of a suite is no test at all.
"""

import json
import sys
from typing import Any

ABOUT = {"name": "always-accept", "version": "1", "language": "Python"}


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """Accept whatever is asked, with an output that is as good as any."""
    if message["cmd"] == "start":
        return {"protocol": 1, "implementation": ABOUT}
    return {"seq": message["seq"], "outcome": "accept", "output": {}}


def main() -> None:
    """Answer line by line, until it is over."""
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["cmd"] == "stop":
            return
        print(json.dumps(answer(asked)), flush=True)


if __name__ == "__main__":
    main()
