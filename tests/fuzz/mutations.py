"""Changes to an example: of its bytes, and of the structure that JSON, DER, TLS records, compact
texts, TOML and plain texts have.

Each takes dice, the example, and another example to take parts from; what has not the structure
is changed as bytes.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, Final

Mutation = Callable[[Random, bytes, bytes], bytes]

NUMBERS: Final = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 2**31, 2**32 - 1)
TEXTS: Final = (
    "", " ", "\0", "\n", "a" * 41, "x" * 300, "9" * 400, "é", "é", "ſ", "K", "İ", "DE", "../..",
    "０", "١", "𝟎", "\u202e", "\ud800", "\U0010ffff", "'", '"', "\\", "%s", "{}", "-", "--", "*",
    "+", ":", ";", ".", "/", "=", "@", "null", "true", "1e3", "NaN", "2025-02-30T12:00:00Z",
    "0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "csp-alba",
)  # fmt: skip
VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**400, 0.5, 1.0,
    -0.0, 1e300, [], {}, [[]], [None], {"": None}, {"kind": "receipt"}, *TEXTS,
)  # fmt: skip


# --- Bytes ------------------------------------------------------------------------------------


def change_bytes(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change bytes where they stand, take some out, put some in, or cut."""
    return dice.choice(BYTES)(dice, raw, other)


def _span(dice: Random, raw: bytes) -> tuple[int, int]:
    begin = dice.randrange(len(raw) + 1)
    longest = dice.choice((1, 2, 4, 16, 256, len(raw)))
    return begin, min(len(raw), begin + dice.randint(0, longest))


def _flip(dice: Random, raw: bytes, other: bytes) -> bytes:
    if not raw:
        return b"\0"
    place = dice.randrange(len(raw))
    return raw[:place] + bytes((raw[place] ^ 1 << dice.randrange(8),)) + raw[place + 1 :]


def _overwrite(dice: Random, raw: bytes, other: bytes) -> bytes:
    number = dice.choice(NUMBERS)
    new = (
        number.to_bytes(dice.choice((1, 2, 3, 4)), dice.choice(("big", "little")), signed=False)
        if number < 2**8
        else number.to_bytes(4, "big")
    )
    place = dice.randrange(len(raw) + 1)
    return raw[:place] + new + raw[place + len(new) :]


def _take_out(dice: Random, raw: bytes, other: bytes) -> bytes:
    begin, end = _span(dice, raw)
    return raw[:begin] + raw[end:]


def _double(dice: Random, raw: bytes, other: bytes) -> bytes:
    begin, end = _span(dice, raw)
    return raw[:end] + raw[begin:end] * dice.choice((1, 1, 2, 50)) + raw[end:]


def _insert(dice: Random, raw: bytes, other: bytes) -> bytes:
    place = dice.randrange(len(raw) + 1)
    return raw[:place] + dice.randbytes(dice.choice((1, 2, 8))) + raw[place:]


def _splice(dice: Random, raw: bytes, other: bytes) -> bytes:
    begin, end = _span(dice, other)
    place, until = _span(dice, raw)
    return raw[:place] + other[begin:end] + raw[until:]


def _cut(dice: Random, raw: bytes, other: bytes) -> bytes:
    return raw[: dice.randrange(len(raw) + 1)]


def _append(dice: Random, raw: bytes, other: bytes) -> bytes:
    return raw + dice.choice((b"\0", b"\n", b" ", b"}", raw, other))


BYTES: Final[tuple[Mutation, ...]] = (
    _append,
    _cut,
    _double,
    _flip,
    _insert,
    _overwrite,
    _splice,
    _take_out,
)


# --- JSON -------------------------------------------------------------------------------------

Path = tuple[Any, ...]


def change_json(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change a member or an item somewhere in a JSON text, or how the text is written."""
    try:
        value = json.loads(raw)
        donor = json.loads(other)
    except (ValueError, RecursionError):
        return change_bytes(dice, raw, other)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        value = _changed(dice, value, donor)
    return _written(dice, value)


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(value, dict):
        for name in value:
            yield from _places(value[name], (*path, name))
    elif isinstance(value, list):
        for place in range(len(value)):
            yield from _places(value[place], (*path, place))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _changed(dice: Random, value: Any, donor: Any) -> Any:
    path = dice.choice([*_places(value)])
    here = _at(value, path)
    new: Any
    if isinstance(here, dict) and here and dice.random() < 0.5:
        new = _changed_members(dice, here)
    elif isinstance(here, list) and here and dice.random() < 0.5:
        new = _changed_items(dice, here)
    elif dice.random() < 0.3:
        new = _at(donor, dice.choice([*_places(donor)]))
    elif isinstance(here, str) and dice.random() < 0.6:
        new = change_text(dice, here.encode("utf-8", "surrogatepass"), b"").decode(
            "utf-8", "replace"
        )
    elif isinstance(here, int) and dice.random() < 0.6:
        new = here + dice.choice((-1, 1, 60, -60, 10**6, -(10**6)))
    else:
        new = dice.choice(VALUES)
    return _with(value, path, new)


def _with(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    step, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[step] = _with(value[step], tuple(rest), new)
    return copy


def _changed_members(dice: Random, members: dict[str, Any]) -> dict[str, Any]:
    name = dice.choice([*members])
    copy = dict(members)
    match dice.randrange(4):
        case 0:
            del copy[name]
        case 1:
            copy[dice.choice((*TEXTS, name.upper(), name + "_"))] = copy[name]
        case 2:
            copy[dice.choice([*members])] = copy[name]
        case _:
            copy = dict(sorted(copy.items(), key=lambda each: dice.random()))
    return copy


def _changed_items(dice: Random, items: list[Any]) -> list[Any]:
    item = dice.choice(items)
    match dice.randrange(4):
        case 0:
            return [each for each in items if each is not item]
        case 1:
            return items + [item] * dice.choice((1, 2, 200))
        case 2:
            return sorted(items, key=lambda each: dice.random())
        case _:
            return [item]


def _written(dice: Random, value: Any) -> bytes:
    """Write a value, mostly in its canonical form."""
    how = dice.randrange(12)
    text = json.dumps(
        value,
        ensure_ascii=how == 0,
        separators=(", ", ": ") if how == 1 else (",", ":"),
        sort_keys=how != 2,
    )
    if how == 3:
        text = re.sub(r'("[a-z_]+":)', r"\1\1", text, count=1).replace(":" * 2, ":", 1)
    elif how == 4:
        text = re.sub(r'("[a-z_]+":[^,{}\[\]]+)', r"\1,\1", text, count=1)
    elif how == 5:
        text = re.sub(r"\b([0-9]+)([,}\]])", r"\1.0\2", text, count=1)
    elif how == 6:
        text = "[" * 2_000 + text + "]" * 2_000
    return text.encode("utf-8", "surrogatepass")


# --- DER --------------------------------------------------------------------------------------

Node = tuple[int, Any]
"""A tag, and the nodes or the bytes in it."""
AS_IT_IS: Final = -1
"""In the place of a tag: bytes that are an element already."""


def change_der(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change an element somewhere in a DER structure, its tag or how its length is written; the
    lengths around it fit again.
    """
    tree, donor = nodes_of(raw), nodes_of(other)
    if tree is None or donor is None:
        return change_bytes(dice, raw, other)
    for _ in range(dice.choice((1, 1, 2))):
        tree = _changed_nodes(dice, tree, donor)
    return b"".join(map(node_bytes, tree))


def nodes_of(raw: bytes) -> list[Node] | None:
    """The elements in a DER structure, None for what has none."""
    found: list[Node] = []
    while raw:
        if len(raw) < 2 or raw[0] & 31 == 31:
            return None
        tag, length, head = raw[0], raw[1], 2
        if length & 128:
            head += length & 127
            length = int.from_bytes(raw[2:head], "big")
        if len(raw) < head + length:
            return None
        content = raw[head : head + length]
        inner = nodes_of(content) if tag & 32 else None
        found.append((tag, content if inner is None else inner))
        raw = raw[head + length :]
    return found


def der(tag: int, content: bytes) -> bytes:
    """An element in its one form."""
    length = len(content)
    if length < 128:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 128 | len(size))) + size + content


def node_bytes(node: Node) -> bytes:
    """An element with all that is in it."""
    tag, content = node
    if isinstance(content, list):
        content = b"".join(map(node_bytes, content))
    return content if tag == AS_IT_IS else der(tag, content)


def _all_nodes(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node[1], list):
            yield from _all_nodes(node[1])


def _changed_nodes(dice: Random, nodes: list[Node], donor: list[Node]) -> list[Node]:
    if not nodes:
        return donor
    place = dice.randrange(len(nodes))
    tag, content = nodes[place]
    if isinstance(content, list) and content and dice.random() < 0.85:
        new = [(tag, _changed_nodes(dice, content, donor))]
    else:
        new = _changed_node(dice, (tag, content), donor)
    return [*nodes[:place], *new, *nodes[place + 1 :]]


def _changed_node(dice: Random, node: Node, donor: list[Node]) -> list[Node]:
    tag, content = node
    if tag == AS_IT_IS:
        return []
    flat = b"".join(map(node_bytes, content)) if isinstance(content, list) else content
    size = dice.choice((4, 8, 126))  # of a length in another form than its own
    odd = bytes((tag, 128 | size)) + len(flat).to_bytes(size, "big") + flat
    other_tag = dice.choice((tag ^ 32, dice.randrange(31), 128 | dice.randrange(31)))
    news: tuple[list[Node], ...] = (
        [],
        [node, node],
        [(other_tag, content)],
        [dice.choice([*_all_nodes(donor)])],
        [(tag, b"")],
        [(AS_IT_IS, odd)],
        [(tag, change_bytes(dice, flat, b"\x00\xff\x80"))],
    )
    return dice.choice(news)


# --- TLS and frames ---------------------------------------------------------------------------


def change_records(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change the records of TLS: their types, their lengths, where they are cut; or what is in
    the vectors of the handshake message in them.
    """
    records = _records_of(raw)
    if not records:
        return change_bytes(dice, raw, other)
    place = dice.randrange(len(records))
    head, body = records[place]
    match dice.randrange(6):
        case 0:
            records[place:place] = [(head, b"")] * dice.choice((1, 3, 40))
        case 1:
            cuts = sorted(dice.randrange(len(body) + 1) for _ in range(dice.choice((1, 2, 30))))
            pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True)]
            records[place : place + 1] = [(head, piece) for piece in pieces]
        case 2:
            kind = dice.choice((20, 21, 22, 23, 24, 128, 0))
            records[place] = bytes((kind,)) + head[1:], body
        case 3:
            records[place] = head, change_vector(dice, body, other)
        case 4:
            del records[place]
        case _:
            records[place] = head, change_bytes(dice, body, other)
    return b"".join(h + len(b).to_bytes(4, "big")[-2:] + b for h, b in records)


def _records_of(raw: bytes) -> list[tuple[bytes, bytes]]:
    records = []
    while len(raw) >= 5:
        length = int.from_bytes(raw[3:5], "big")
        records.append((raw[:3], raw[5 : 5 + length]))
        raw = raw[5 + length :]
    return records


def change_vector(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change what might be a length, by a little or to its bounds."""
    if len(raw) < 3:
        return raw + b"\0"
    size = dice.choice((1, 2, 3))
    place = dice.randrange(max(1, len(raw) - size))
    number = int.from_bytes(raw[place : place + size], "big")
    most = (1 << 8 * size) - 1
    new = dice.choice((0, 1, most, len(raw), number + 1, number - 1, number + 2, number * 2))
    return raw[:place] + (new % (most + 1)).to_bytes(size, "big") + raw[place + size :]


# --- Texts ------------------------------------------------------------------------------------


def change_compact(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change a part of a signed or sealed text: what it means, or how it is written."""
    parts, others = raw.split(b"."), other.split(b".")
    place = dice.randrange(len(parts))
    match dice.randrange(6):
        case 0:
            parts[place] = dice.choice(others)
        case 1:
            parts[place] += dice.choice((b"=", b"==", b"A", b"\n", b"+", b"/", b" "))
        case 2:
            parts.insert(place, b"")
        case 3:
            parts[place] = change_bytes(dice, parts[place], others[0])
        case _:
            try:
                inner = urlsafe_b64decode(parts[place] + b"==")
                donor = urlsafe_b64decode(dice.choice(others) + b"==")
            except ValueError:
                inner, donor = parts[place], b""
            changed = change_json(dice, inner, donor)
            parts[place] = urlsafe_b64encode(changed).rstrip(b"=")
    return b".".join(parts)


def change_text(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change letters: their case, their likes in other scripts, separators, doubles."""
    text = raw.decode("utf-8", "replace")
    place = dice.randrange(len(text) + 1)
    match dice.randrange(7):
        case 0:
            text = text[:place] + dice.choice(TEXTS) + text[place:]
        case 1:
            text = text[:place] + text[place : place + 1].swapcase() + text[place + 1 :]
        case 2:
            text = text[:place] + text[place + 1 :]
        case 3:
            like = {
                "0": "O",
                "O": "0",
                "1": "I",
                "I": "ı",
                "S": "ſ",
                "K": "K",
                "E": "Е",
                "A": "А",
            }
            text = "".join(
                like.get(char, char) if dice.random() < 0.3 else char for char in text
            )
        case 4:
            text = text[:place] + dice.choice("-*. _+/\t") + text[place:]
        case 5:
            text *= dice.choice((2, 3, 1_000))
        case _:
            letter = chr(dice.choice((dice.randrange(128), dice.randrange(0xD800))))
            text = text[:place] + letter + text[place + 1 :]
    return text.encode("utf-8", "surrogatepass")


def change_lines(dice: Random, raw: bytes, other: bytes) -> bytes:
    """Change the lines of a text as TOML and PEM are, or a value in one of them."""
    lines, others = raw.split(b"\n"), other.split(b"\n")
    place = dice.randrange(len(lines))
    match dice.randrange(6):
        case 0:
            del lines[place]
        case 1:
            lines.insert(place, dice.choice(others))
        case 2:
            lines.insert(dice.randrange(len(lines)), lines[place])
        case 3:
            name, equals, _ = lines[place].partition(b"=")
            value = json.dumps(dice.choice(VALUES)).encode()
            lines[place] = name + equals + b" " + value
        case 4:
            lines[place] = change_text(dice, lines[place], b"")
        case _:
            lines[place] = change_bytes(dice, lines[place], b"")
    return b"\n".join(lines)
