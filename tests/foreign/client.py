"""A client of Python's standard library that knows nothing of the model: what a channel looks
like from the outside.

    python client.py '{"port": 1, "version": "1.3", "ca": "…", "chain": "…", "key": "…", "host":
    "…", "say": "hex"}'

It connects, waits for the first frame, says a frame of its own if it is to, and prints one line
of JSON: the version, the frames it got in hexadecimal, and how it ended: `alert` with a number,
`refused` with its own words, or `closed`.
"""

import json
import socket
import ssl
import sys
import warnings

# RFC 8446, 6: as OpenSSL writes them
ALERTS = {
    "HANDSHAKE_FAILURE": 40,
    "BAD_CERTIFICATE": 42,
    "UNSUPPORTED_CERTIFICATE": 43,
    "CERTIFICATE_REVOKED": 44,
    "CERTIFICATE_EXPIRED": 45,
    "CERTIFICATE_UNKNOWN": 46,
    "UNKNOWN_CA": 48,
    "DECRYPT_ERROR": 51,
    "PROTOCOL_VERSION": 70,
    "CERTIFICATE_REQUIRED": 116,
}
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


def main() -> None:
    asked = json.loads(sys.argv[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if asked["version"] == "1.1":
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = VERSIONS[asked["version"]]
    context.load_verify_locations(asked["ca"])
    if asked.get("chain"):
        context.load_cert_chain(asked["chain"], asked["key"])
    told: dict[str, object] = {"version": None, "frames": [], "end": "closed"}
    frames: list[str] = []
    try:
        with (
            socket.create_connection(("127.0.0.1", asked["port"]), timeout=10) as plain,
            context.wrap_socket(
                plain, server_hostname=asked.get("host", "localhost")
            ) as stream,
        ):
            told["version"] = stream.version()
            for n in range(2):
                got = frame(stream)
                if got is None:
                    break
                frames.append(got.hex())
                if n or not asked.get("say"):
                    break
                said = bytes.fromhex(asked["say"])
                stream.sendall(len(said).to_bytes(4, "big") + said)
    except ssl.SSLCertVerificationError as error:
        told["end"] = f"refused {error.verify_message}"
    except ssl.SSLError as error:
        name = (error.reason or "").partition("ALERT_")[2]
        told["end"] = f"alert {ALERTS[name]}" if name in ALERTS else f"fault {error.reason}"
    except OSError as error:
        told["end"] = f"fault {type(error).__name__}"
    told["frames"] = frames
    print(json.dumps(told))


if __name__ == "__main__":
    main()
