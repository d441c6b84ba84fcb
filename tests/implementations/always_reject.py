"""An implementation that refuses everything, and by the same rule: `python
always_reject.py`.

It's here to be found out: what it scores shows how much of a suite is no test at all.
"""

import json
import sys
from typing import Any

ABOUT = {"name": "always-reject", "version": "1", "language": "Python"}
RULE = "MSG-3"


def answer(message: dict[str, Any]) -> dict[str, Any]:
    """Refuse whatever is asked."""
    if message["cmd"] == "start":
        return {"protocol": 1, "implementation": ABOUT}
    return {"seq": message["seq"], "outcome": "reject", "error": RULE}


def main() -> None:
    """Answer line by line, until it is over."""
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["cmd"] == "stop":
            return
        print(json.dumps(answer(asked)), flush=True)


if __name__ == "__main__":
    main()
