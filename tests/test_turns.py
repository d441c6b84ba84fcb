"""Fair turns: who waits for whom."""

import asyncio
from collections.abc import Callable

from refimpl.tls.turns import Turns


def played(start: Callable[[Turns[str]], None], work: Callable[[str], None]) -> list[str]:
    """What is worked and settled, in order, once nothing waits any more."""
    told: list[str] = []

    def do(worker: str) -> None:
        told.append(worker)
        work(worker)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: told.append("fault"))
        turns = Turns(do, lambda: told.append("settled"), gathered=True)
        start(turns)
        while turns._lines or turns._next_round:
            await asyncio.sleep(0)

    asyncio.run(main())
    return told


def nothing(worker: str) -> None:
    """Do nothing more."""


def test_one_that_wants_much_waits_for_itself() -> None:
    def start(turns: Turns[str]) -> None:
        for number in range(1, 4):
            turns.ask("alba", f"alba {number}")
        turns.ask("elm", "elm 1")

    rounds = " ".join(played(start, nothing)).split(" settled")
    assert rounds == ["alba 1 elm 1", " alba 2", " alba 3", ""]


def test_what_is_asked_in_a_turn_comes_in_the_next_round() -> None:
    asked: list[Turns[str]] = []

    def again(worker: str) -> None:
        if worker == "alba 1":
            asked[0].ask("alba", "alba 2")

    def start(turns: Turns[str]) -> None:
        asked.append(turns)
        turns.ask("alba", "alba 1")
        turns.ask("elm", "elm 1")

    told = played(start, again)
    assert told == ["alba 1", "elm 1", "settled", "alba 2", "settled"]


def test_a_fault_leaves_the_others_their_turns() -> None:
    def fail(worker: str) -> None:
        if worker == "alba":
            raise ZeroDivisionError

    def start(turns: Turns[str]) -> None:
        for name in ("alba", "elm", "fjord"):
            turns.ask(name, name)

    told = played(start, fail)
    assert told == ["alba", "settled", "fault", "elm", "fjord", "settled"]


def test_a_stop_forgets_all() -> None:
    async def main() -> list[str]:
        told: list[str] = []
        turns = Turns(told.append, lambda: told.append("settled"), gathered=True)
        turns.ask("alba", "alba")
        turns.stop()
        turns.ask("elm", "elm")
        await asyncio.sleep(0.01)
        return told

    assert asyncio.run(main()) == []


def test_one_that_comes_alone_has_its_turn_at_once() -> None:
    """It waits for none; what it asks for in its turn comes after what has come meanwhile."""
    told: list[str] = []

    def again(worker: str) -> None:
        told.append(worker)
        if worker == "alba 1":
            turns.ask("alba", "alba 2")

    turns = Turns(again, lambda: told.append("settled"), gathered=False)

    async def main() -> None:
        turns.ask("elm", "elm 1")
        assert told == ["elm 1", "settled"]
        turns.ask("alba", "alba 1")
        turns.ask("elm", "elm 2")
        assert told[2:] == ["alba 1", "settled"]
        await asyncio.sleep(0.01)

    asyncio.run(main())
    assert told[4:] == ["alba 2", "elm 2", "settled"]
