"""The endpoint in the middle of a live one: every call of the core is made here, and kept where
it changes the endpoint.

Rules: STO-1.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from refimpl.endpoint import (
    Outcome,
    RoamingEndpoint,
    give_up,
    let_go,
    receive,
    remind,
    send,
    turn_away,
)
from refimpl.endpoint.calls import Call, call_of_send
from refimpl.errors import RoamingError
from refimpl.messages import Envelope, Said
from refimpl.tls.channel import Credentials
from refimpl.tls.replay_memory import ReplayMemory
from refimpl.tls.store import Store
from refimpl.wire import encode


class KeptEndpoint:
    """An endpoint as it stands now, and the store in which its calls are kept, if there is one,
    with its memory of accepted messages and of CRLs;
    where it was kept before it goes on, set up anew.  Raises as `Store.resume` does.

    What a call sends may leave after `commit`, which raises as `Store.commit` does.
    """

    def __init__(
        self,
        rep: RoamingEndpoint,
        new_id: Callable[[], str],
        memory: ReplayMemory,
        store: Store | None = None,
    ) -> None:
        self.rep = rep
        self._crl_numbers: Mapping[str, int] = {}
        if store is not None:
            self.rep = store.resume(rep)
            self._crl_numbers = store.crl_numbers()
            memory.fill(store.accepted())
        self._memory = memory
        self._new_id = new_id
        self._store = store
        self._ids: list[str] = []

    def receive(self, envelope: Envelope, peer: str, now: datetime) -> Outcome:
        """Let the endpoint receive an envelope that was opened; one that changes it has been
        served, and is not served again (MSG-7).
        """
        self._ids.clear()
        outcome = receive(self.rep, envelope, peer=peer, now=now, new_id=self._draw_id)
        if outcome.rep is not self.rep:
            self._memory.serve((envelope.sender, envelope.end_to_end_id))
        if self._changes(outcome):
            self._keep(Call("receive", peer, encode(envelope), now, tuple(self._ids)))
        return self._after(outcome)

    def turn_away(
        self, envelope: Envelope, error: RoamingError, peer: str, now: datetime
    ) -> Outcome:
        """Let the endpoint turn an envelope away."""
        outcome = turn_away(self.rep, envelope, error, peer=peer, now=now)
        if self._changes(outcome):
            why = error.rule_id, error.where
            self._keep(Call("turn-away", peer, encode(envelope), now, (), why))
        return self._after(outcome)

    def send(self, message: Said, receiver: str, correlation_id: str, now: datetime) -> Outcome:
        """Let the endpoint say something of its own accord; raises as `endpoint.send` does."""
        self._ids.clear()
        outcome = send(
            self.rep,
            message,
            receiver,
            correlation_id=correlation_id,
            now=now,
            new_id=self._draw_id,
        )
        if self._changes(outcome):
            ids = tuple(self._ids)
            self._keep(call_of_send(self.rep, message, receiver, correlation_id, now, ids))
        return self._after(outcome)

    def remind(self, now: datetime) -> Outcome:
        """Let the endpoint say again what was not answered."""
        outcome = remind(self.rep, now)
        if self._changes(outcome):
            self._keep(Call("remind", "", b"", now))
        return self._after(outcome)

    def give_up(
        self, envelope: Envelope, error: RoamingError, peer: str, now: datetime
    ) -> Outcome:
        """Let the endpoint give up what it cannot deliver to a neighbour."""
        outcome = give_up(self.rep, peer, envelope.request_id, error, now)
        if self._changes(outcome):
            why = error.rule_id, error.where
            self._keep(Call("give-up", peer, encode(envelope), now, (), why))
        return self._after(outcome)

    def let_go(self, now: datetime) -> None:
        """Let the endpoint let go of what has served its purpose, and the store with it."""
        outcome = Outcome(let_go(self.rep, now))
        if self._changes(outcome):
            self._keep(Call("let-go", "", b"", now, (), ("PRV-8", "")))
        self._after(outcome)
        if self._store is not None:
            self._store.want_snapshot()

    def check_crls(self, credentials: Credentials) -> None:
        """Make sure that no CRL of these credentials is older than one that was taken before,
        and remember how old they are; raises as `Credentials.check_crl_numbers` does.
        """
        self._crl_numbers = credentials.check_crl_numbers(self._crl_numbers)
        if self._store is not None:
            self._store.keep_crl_numbers(self._crl_numbers)
            self._store.commit(self.rep)

    def commit(self) -> None:
        """Write down the calls that were made since the last time, and what was accepted."""
        accepted = self._memory.take_new()
        if self._store is not None:
            self._store.keep_accepted(accepted)
            self._store.commit(self.rep)

    def counts(self) -> Mapping[str, int]:
        """What the store has counted; nothing without one."""
        return {} if self._store is None else self._store.counts

    def close(self) -> None:
        """Write down what there is, and let go of the store; raises as `Store.close` does."""
        if self._store is not None:
            self._store.close(self.rep)

    def _changes(self, outcome: Outcome) -> bool:
        return self._store is not None and outcome.rep is not self.rep

    def _keep(self, call: Call) -> None:
        if self._store is not None:
            self._store.keep(call)

    def _after(self, outcome: Outcome) -> Outcome:
        self.rep = outcome.rep
        return outcome

    def _draw_id(self) -> str:
        """Draw a new id, and remember that it was."""
        self._ids.append(self._new_id())
        return self._ids[-1]
