"""A peer on Python's standard library that knows nothing of the model: what a channel looks
like from the outside.

A line of JSON asks for a visit: the port, the version, the files of the root, the chain and the
key, the host that is expected there, and in hexadecimal what to say `early`, at once, and what
to `say` after the first frame.  A line of JSON tells of it: the version, the frames that came
in hexadecimal, and the words of the library where it ended with an error.

Without a port it asks to be visited once instead.  A first line tells the port; the visitor is
taken on with an empty frame.
"""

import json
import socket
import ssl
import sys
import warnings

VERSIONS = {
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def frame(stream: ssl.SSLSocket) -> bytes | None:
    """The next frame, or None if there is no more."""
    head = exactly(stream, 4)
    return None if head is None else exactly(stream, int.from_bytes(head, "big"))


def exactly(stream: ssl.SSLSocket, length: int) -> bytes | None:
    got = b""
    while len(got) < length:
        more = stream.recv(length - len(got))
        if not more:
            return None
        got += more
    return got


def settings(asked: dict[str, str], side: int) -> ssl.SSLContext:
    context = ssl.SSLContext(side)
    context.verify_mode = ssl.CERT_REQUIRED
    if asked["version"] == "1.1":
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = VERSIONS[asked["version"]]
    context.load_verify_locations(asked["ca"])
    if "chain" in asked:
        context.load_cert_chain(asked["chain"], asked["key"])
    return context


def visit(asked: dict[str, str]) -> dict[str, object]:
    told: dict[str, object] = {"version": None, "words": ""}
    told["frames"] = frames = list[str]()
    try:
        with (
            socket.create_connection(("127.0.0.1", int(asked["port"])), timeout=30) as plain,
            settings(asked, ssl.PROTOCOL_TLS_CLIENT).wrap_socket(
                plain, server_hostname=asked["host"]
            ) as stream,
        ):
            told["version"] = stream.version()
            stream.sendall(bytes.fromhex(asked["early"]))
            while (got := frame(stream)) is not None:
                frames.append(got.hex())
                if len(frames) == 2 or not asked["say"]:
                    break
                stream.sendall(bytes.fromhex(asked["say"]))
    except OSError as error:
        told["words"] = f"{type(error).__name__}: {error}"
    return told


def be_visited(asked: dict[str, str]) -> dict[str, object]:
    told: dict[str, object] = {"version": None, "frames": [], "words": ""}
    context = settings(asked, ssl.PROTOCOL_TLS_SERVER)
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(json.dumps({"port": server.getsockname()[1]}), flush=True)
        plain, _ = server.accept()
    try:
        with plain, context.wrap_socket(plain, server_side=True) as stream:
            told["version"] = stream.version()
            stream.sendall(bytes(4))
            stream.recv(1)
    except OSError as error:
        told["words"] = f"{type(error).__name__}: {error}"
    return told


if __name__ == "__main__":
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(visit(asked) if "port" in asked else be_visited(asked)), flush=True)
