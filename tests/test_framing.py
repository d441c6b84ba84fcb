"""Records of TLS in a stream, counted without their keys."""

import pytest

from refimpl.tls.framing import Records

STREAM = b"".join(
    kind + b"\x03\x03" + length.to_bytes(2, "big") + bytes(length)
    for kind, length in (
        (b"\x16", 300),
        (b"\x14", 1),
        (b"\x17", 0),
        (b"\x17", 22),
        (b"\x15", 2),
    )
)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 300, 305, 1_000])
def test_records_in_pieces(size: int) -> None:
    """Each record counts once, however the stream is cut."""
    records = Records()
    pieces = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    assert sum(map(records.add_bytes, pieces)) == 5
    assert records.add_bytes(b"") == 0
