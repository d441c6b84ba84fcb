"""A server that says every frame again, over mutual TLS and asyncio's streams: what no server of
frames in Python's own library goes below by much.

python -m tests.bench.echo_server <folder of a PKI>
"""

import asyncio
import sys
import threading
from pathlib import Path

from refimpl.play.example import NETWORK
from refimpl.security import pki_files
from refimpl.tls.channel import Credentials
from refimpl.tls.framing import HEAD
from tests.bench import end_with_stdin
from tests.bench.requests import EDITION, HOME


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say again what is said, frame by frame."""
    while head := await reader.read(HEAD):
        head += await reader.readexactly(HEAD - len(head))
        writer.write(head + await reader.readexactly(int.from_bytes(head)))
        await writer.drain()
    writer.close()


async def main(folder: str) -> None:
    pki = pki_files.read(Path(folder))
    tls = Credentials.from_pki(pki, HOME, NETWORK, EDITION).accepting
    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=tls)
    print(server.sockets[0].getsockname()[1], "asyncio streams", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    threading.Thread(target=end_with_stdin, daemon=True).start()
    asyncio.run(main(*sys.argv[1:]))
