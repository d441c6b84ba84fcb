"""A home-CSP of the model on mutual TLS, until standard input ends.

python -m tests.bench.model_server channel|signed|sealed <when the PKI was made>
"""

import asyncio
import sys
import threading
from datetime import datetime

from rpds import HashTrieMap

from refimpl.endpoint import RoamingEndpoint
from refimpl.messages import AuthorizationRequest
from refimpl.play.example import NETWORK
from refimpl.tls.channel import Credentials
from refimpl.tls.connection import Limits
from refimpl.tls.message_protection import MessageProtection
from refimpl.tls.serving import LiveEndpoint, Note, run_endpoint
from refimpl.vocabulary import Protection
from tests.bench import end_with_stdin
from tests.bench.exchange import EDITION, HOME, MESSAGES, pki

LIMITS = Limits(frames_per_second=1_000_000)  # no peer but this one says so much


def told(note: Note) -> None:
    """Nothing may go wrong in a measurement."""
    print(note, file=sys.stderr)


def announced(address: str) -> None:
    print(address.rpartition(":")[2], flush=True)


def main(protection: str, moment: str) -> None:
    credentials = Credentials.from_pki(
        pki(datetime.fromisoformat(moment)), HOME, NETWORK, EDITION
    )
    keys: list[str] = []
    for message in MESSAGES:
        if isinstance(message, AuthorizationRequest):
            keys += message.keys
    rep = RoamingEndpoint(
        HOME, NETWORK, EDITION, contracts=HashTrieMap(dict.fromkeys(keys, True))
    )
    messages = MessageProtection(Protection(protection))
    threading.Thread(target=end_with_stdin, daemon=True).start()
    asyncio.run(
        run_endpoint(
            LiveEndpoint(rep, credentials, told, protection=messages, limits=LIMITS), announced
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
