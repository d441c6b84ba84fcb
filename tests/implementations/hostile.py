"""An implementation of `emaid.din-check-digit` that is right, but for what it does when it is
asked for the check digit of `INTNM000191`, or told to stop: `python hostile.py DEED FILE`.

The pids of all that it starts go to the file.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

ABOUT: Final = {"name": "hostile", "version": "1", "language": "Python"}
ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SLEEP: Final = 120


def say(line: str) -> None:
    """Write a line, and wait for nothing."""
    print(line, flush=True)


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Answer rightly."""
    text = asked["input"]["text"].upper()
    if not set(asked["input"]["text"][:12]) <= {*ALPHABET, *ALPHABET.lower()}:
        return {"seq": asked["seq"], "outcome": "reject", "error": "EMA-2"}
    if len(text) != 11:
        return {"seq": asked["seq"], "outcome": "reject", "error": "EMA-4"}
    digits = "".join(str(ALPHABET.index(one)) for one in text)
    total = sum(int(digit) << place for place, digit in enumerate(digits))
    output = {"check": "0123456789X"[total % 11]}
    return {"seq": asked["seq"], "outcome": "accept", "output": output}


# --- Deeds ------------------------------------------------------------------------------------


def crash(asked: dict[str, Any]) -> None:
    """End at once."""
    print("out of cheese", file=sys.stderr, flush=True)
    os._exit(3)


def be_killed(asked: dict[str, Any]) -> None:
    """End by a signal, as by a fault in memory."""
    os.kill(os.getpid(), signal.SIGSEGV)


def hang(asked: dict[str, Any]) -> None:
    """Do nothing, for long."""
    time.sleep(SLEEP)


def hang_unheard(asked: dict[str, Any]) -> None:
    """Do nothing, and let nothing of it be heard."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.close(1)
    time.sleep(SLEEP)


def endless_line(asked: dict[str, Any]) -> None:
    """Write a line that has no end."""
    while True:
        os.write(1, b"x" * 65536)


def endless_lines(asked: dict[str, Any]) -> None:
    """Write lines without end."""
    while True:
        os.write(1, b"\n" * 65536)


def endless_errors(asked: dict[str, Any]) -> None:
    """Write to standard error without end."""
    while True:
        os.write(2, b"x" * 65536)


def wrong_seq(asked: dict[str, Any]) -> None:
    """Answer what was not asked."""
    say(json.dumps(answer({**asked, "seq": "0"})))


def twice(asked: dict[str, Any]) -> None:
    """Answer twice."""
    say(json.dumps(answer(asked)))
    say(json.dumps(answer(asked)))


def garbage(asked: dict[str, Any]) -> None:
    """Say something for people where the protocol is."""
    say("DEBUG: about to answer")
    say(json.dumps(answer(asked)))


def deep(asked: dict[str, Any]) -> None:
    """Say brackets without end."""
    say("[" * 500_000)


def big_number(asked: dict[str, Any]) -> None:
    """Say a number that is none."""
    say(json.dumps({**answer(asked), "output": {"check": float("inf")}}))


def half_a_pair(asked: dict[str, Any]) -> None:
    """Say half a surrogate pair."""
    say(json.dumps({**answer(asked), "output": {"check": "\ud800"}}))


def member_too_many(asked: dict[str, Any]) -> None:
    """Give an answer a member that there is not."""
    say(json.dumps({**answer(asked), "note": "made in a hurry"}))


def leave_a_child(asked: dict[str, Any]) -> None:
    """End, and leave another process that holds the pipes."""
    start_process("sleep", str(SLEEP))
    os._exit(0)


def leave_a_runaway(asked: dict[str, Any]) -> None:
    """End, and leave a process that holds the pipes and belongs to no session of ours."""
    subprocess.Popen(["sleep", "20"], start_new_session=True)
    os._exit(0)


def errored(asked: dict[str, Any]) -> None:
    """Say that something is wrong here."""
    say(json.dumps({"seq": asked["seq"], "errored": True, "message": "the database is away"}))


def skip(asked: dict[str, Any]) -> None:
    """Say that this is not done."""
    say(json.dumps({"seq": asked["seq"], "skipped": True, "reason": "not yet"}))


def start_process(*command: str) -> None:
    """Start a process that inherits all, and note its pid."""
    process = subprocess.Popen(command)
    note_pid(process.pid)


def note_pid(pid: int) -> None:
    with Path(sys.argv[2]).open("a", encoding="utf-8") as stream:
        stream.write(f"{pid}\n")


DEEDS: Final[dict[str, Callable[[dict[str, Any]], None]]] = {
    deed.__name__.replace("_", "-"): deed
    for deed in (
        *(crash, be_killed, hang, hang_unheard, endless_line, endless_lines, endless_errors),
        *(wrong_seq, twice, garbage, deep, big_number, half_a_pair, member_too_many),
        *(leave_a_child, leave_a_runaway, errored, skip),
    )
}


def stay() -> None:
    """Go on, whatever is said."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(SLEEP)


def flood() -> None:
    """Go on to speak, whatever is said."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    endless_lines({})


def answer_late() -> None:
    """Answer what was not asked, when all is over."""
    say(json.dumps({"seq": "0", "outcome": "accept", "output": {}}))


FAREWELLS: Final[dict[str, Callable[[], None]]] = {
    deed.__name__.replace("_", "-"): deed for deed in (stay, flood, answer_late)
}


def main() -> None:
    """Answer line by line, until it is over or the deed is done."""
    note_pid(os.getpid())
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["cmd"] == "stop":
            if farewell := FAREWELLS.get(sys.argv[1]):
                farewell()
            return
        if asked["cmd"] == "start":
            capabilities = ["emaid.din-check-digit"]
            about = {"protocol": 1, "implementation": ABOUT, "capabilities": capabilities}
            say(json.dumps(about))
        elif asked["input"]["text"] == "INTNM000191" and sys.argv[1] in DEEDS:
            DEEDS[sys.argv[1]](asked)
        else:
            say(json.dumps(answer(asked)))


if __name__ == "__main__":
    main()
