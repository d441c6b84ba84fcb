"""What six JOSE libraries do with the vectors, and where their sizes end.

The tables are what was measured with the versions of `MEASURED`; `test_jose_libraries` measures
again in `make soak`.  `python -m tests.jose_libraries` writes `docs/jose-libraries.md` from
them.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from refimpl.edition import load
from refimpl.vectors.protected_text import written_text
from refimpl.vectors.suite import Vector, read_suite, suite_folder
from tests.jose_readers import Library
from tests.lax_reader import loosely_decoded, repaired

PAGE: Final = Path(__file__).parents[1] / "docs" / "jose-libraries.md"
Json = dict[str, Any]

# --- what was measured ------------------------------------------------------------------------


class Measured(NamedTuple):
    """How a user knows a library, of which version the tables are, and how it was set up."""

    name: str
    version: str
    settings: str
    package: str = ""


MEASURED: Final[Mapping[str, Measured]] = MappingProxyType(
    {
        "joserfc": Measured(
            "joserfc", "1.8.0", "`algorithms` named, `strict_check_header=False`", "joserfc"
        ),
        "jwcrypto": Measured(
            "jwcrypto", "1.6.1", "`allowed_algs` and `algs` named", "jwcrypto"
        ),
        "authlib": Measured(
            "Authlib (`authlib.jose`)", "1.9.6", "`algorithms` named", "authlib"
        ),
        "pyjwt": Measured("PyJWT (`PyJWS`)", "2.15.1", "`algorithms` named", "jwt"),
        "jose": Measured("jose (npm)", "5.10.0", "`algorithms` and their like named"),
        "go-jose": Measured("go-jose (Debian 12)", "2.6.0", "none; it follows the key"),
    }
)
# fmt: off
# By which rules a library always refuses, and by which it does for some vectors only.
ALWAYS: Final = {
    "joserfc":  "2 3 4 5 12 14 15 17 18",
    "jwcrypto": "2 6 12 14 15 17 18",
    "authlib":  "2 6 12 14 15 17 18",
    "pyjwt":    "2 4 5 9 12 14 15",
    "jose":     "2 5 9 12 14 15 17 18",
    "go-jose":  "2 5 6 7 12 14 15 16 18",
}
PARTLY: Final = {
    "joserfc":  "6 9 10 11 16",
    "jwcrypto": "3 4 5 9 11 16",
    "authlib":  "3 4 5 9 11 16",
    "pyjwt":    "3 6",
    "jose":     "3 6 11 16",
    "go-jose":  "3 4 9 10",
}
# The longest header and payload of a signed text, header and ciphertext of a sealed one, in
# characters of that part; None where 1,048,576 are read, 0 where it opens no seals.
LIMITS: Final[Mapping[str, tuple[int | None, ...]]] = MappingProxyType({
    "joserfc":  (512,     128_000, 1024,    65_536),
    "jwcrypto": (None,    None,    None,    None),
    "authlib":  (255_910, 255_858, 256_000, 256_000),
    "pyjwt":    (None,    None,    0,       0),
    "jose":     (None,    None,    None,    None),
    "go-jose":  (None,    None,    None,    None),
})
# What a library of Python or npm raises besides its own exceptions, where it refuses a text.
RAISES: Final = {
    "joserfc":  "KeyError TypeError ValueError binascii.Error",
    "jwcrypto": "",
    "authlib":  "KeyError TypeError ValueError cryptography.exceptions.InvalidTag",
    "pyjwt":    "TypeError",
    "jose":     "ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_VALUE TypeError",
}
# What they read: EdDSA, ES256, and ECDH-ES with A256GCM on X25519 and on P-256.
READS: Final = {
    "joserfc":  "yes yes yes yes",
    "jwcrypto": "yes yes yes yes",
    "authlib":  "yes yes yes yes",
    "pyjwt":    "yes yes no no",
    "jose":     "yes yes yes yes",
    "go-jose":  "yes yes no yes",
}
# fmt: on
ALGORITHMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "EdDSA (Ed25519)": "signed-message/accept-ed25519",
        "ES256": "signed-message/accept-es256",
        "ECDH-ES on X25519, A256GCM": "sealed-message/accept-x25519",
        "ECDH-ES on P-256, A256GCM": "sealed-message/accept-p256",
    }
)
"""What the profile has, and a vector that asks for no more."""
OWN_CODES: Final = ("ERR_CRYPTO_INVALID_JWK", "ERR_JOSE_", "ERR_JWE_", "ERR_JWS_")
"""How the codes of the npm package's own errors, and of Node's about a bad key, begin."""
RULES: Final = tuple(f"JOS-{number}" for number in range(1, 19) if number != 13)
"""Those of a text; whose key it is (JOS-13) its user tells every library."""
TRIED: Final = [rule for rule in RULES if rule != "JOS-1"]
"""Those that a vector breaks alone; how long a text may be is a table of its own."""


def measured_often(name: str) -> dict[str, str]:
    """How often a library refuses by each rule, as it was measured."""
    always = {f"JOS-{number}" for number in ALWAYS[name].split()}
    partly = {f"JOS-{number}" for number in PARTLY[name].split()}
    return {
        rule: "always" if rule in always else "partly" if rule in partly else "never"
        for rule in TRIED
        if rule not in UNASKED.get(name, ())
    }


UNASKED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"pyjwt": ("JOS-16", "JOS-17", "JOS-18"), "go-jose": ("JOS-17",)}
)
"""Rules about what a library does not read at all."""
# --- measuring --------------------------------------------------------------------------------

SUITE: Final = read_suite(suite_folder())
FAMILIES: Final = ("sealed-message", "signed-message")
TESTS: Final = [test for test in SUITE.tests if test["id"].partition("/")[0] in FAMILIES]
KEYS: Final = SUITE.files["v1/signed-message.json"]["contexts"]["keys"]
MOST: Final = 1 << 20
"""The longest part that is tried."""


def reads(one: Library, test: Vector) -> bool:
    """Whether a library reads a vector's text, and what is within it, by the key it names."""
    given = test["input"]
    if test["operation"] != "message.unprotect":
        return all(_reads_signed(one, text) for text in given["countersignatures"])
    text = given["text"] + given["more"]["text"] * given["more"]["times"]
    if text.count(".") > 3:
        content = one.read(text, _named(KEYS["own"], text, "alba-x"))
        if content is None:
            return False
        text = content.decode("latin-1")
    return _reads_signed(one, text)


def _reads_signed(one: Library, text: str) -> bool:
    jwk = _named(KEYS["trusted"], text, "elm-ed")["jwk"]
    public = {name: value for name, value in jwk.items() if name != "d"}
    return one.read(text, public) is not None


def _named(keys: Json, text: str, otherwise: str) -> Json:
    """The key that a text names, as far as one can tell; another where it names none."""
    header = re.sub("[^A-Za-z0-9_-]", "", text.partition(".")[0])
    try:
        kid = repaired(loosely_decoded(header).decode("utf-8-sig"))["kid"]
        found: Json = keys[kid]
    except Exception:
        return dict(keys[otherwise])
    return found


def algorithms(one: Library) -> str:
    """Which of the algorithms of the profile a library reads."""
    by_id = {test["id"]: test for test in TESTS}
    words = {True: "yes", False: "no"}
    return " ".join(words[reads(one, by_id[name])] for name in ALGORITHMS.values())


def strange_exceptions(name: str, one: Library) -> str:
    """What a library raises on the vectors that is not of its own package."""
    for test in TESTS:
        reads(one, test)
    own = f"{MEASURED[name].package}."
    strange = {
        kind.removeprefix("builtins.")
        for kind in one.raised
        if kind and not kind.startswith((own, *OWN_CODES))
    }
    return " ".join(sorted(strange))


def how_often(one: Library) -> dict[str, str]:
    """How often a library refuses what a rule alone refuses, of the vectors whose accepted
    neighbour it reads: `always`, `partly` or `never`.
    """
    twins = {test["id"]: test for test in TESTS}
    read: dict[str, bool] = {}
    said: dict[str, set[bool]] = defaultdict(set)
    for test in TESTS:
        rule, twin = test["expect"].get("error"), test.get("twin", "")
        if rule in RULES and twin in twins and "Precedence" not in test["flags"]:
            if twin not in read:
                read[twin] = reads(one, twins[twin])
            if read[twin]:
                said[rule].add(not reads(one, test))
    words = {(True,): "always", (False,): "never", (False, True): "partly"}
    return {rule: words[tuple(sorted(said[rule]))] for rule in RULES if said[rule]}


def largest(one: Library, text_of: Callable[[int], str], jwk: Json, part: int) -> int | None:
    """The longest part of that place that a library reads, in characters; None if it reads all
    that is tried.
    """
    if one.read(text_of(MOST), jwk) is not None:
        return None
    least, most = 1, MOST
    if one.read(text_of(least), jwk) is None:
        return 0
    while most - least > 1:
        middle = (least + most) // 2
        if one.read(text_of(middle), jwk) is None:
            most = middle
        else:
            least = middle
    return len(text_of(least).split(".")[part])


def limits(one: Library) -> tuple[int | None, ...]:
    """How long the parts of a text may be for a library, as it comes."""
    signer = dict(KEYS["trusted"]["elm-ed"]["jwk"])
    del signer["d"]
    curve = "alba-x" if one.read(_sealed("alba-x"), KEYS["own"]["alba-x"]) else "alba-p"
    own = KEYS["own"][curve]
    return (
        largest(one, lambda letters: _signed(letters, 1), signer, 0),
        largest(one, lambda letters: _signed(1, letters), signer, 1),
        largest(one, lambda letters: _sealed(curve, letters), own, 0),
        largest(one, lambda letters: _sealed(curve, 1, letters), own, 3),
    )


def _signed(header: int, payload: int) -> str:
    """A signed text with so many letters in its header and payload."""
    said = {"alg": "EdDSA", "kid": "elm-ed", "typ": "t" * header}
    plan = {"sign": {"header": said, "key": "elm-ed", "payload": "p" * payload}}
    return written_text(plan, KEYS)


def _sealed(kid: str, header: int = 1, content: int = 1) -> str:
    """A sealed text with so many letters in its header and content."""
    once = {"alba-x": "once-x", "alba-p": "once-p"}[kid]
    epk = {name: value for name, value in KEYS["ephemeral"][once].items() if name != "d"}
    said = {"alg": "ECDH-ES", "enc": "A256GCM", "epk": epk, "kid": kid, "typ": "t" * header}
    seal = {"header": said, "content": "c" * content, "to": kid, "ephemeral": once}
    return written_text({"seal": {**seal, "iv": "00" * 12}}, KEYS)


# --- the page ---------------------------------------------------------------------------------

HEAD: Final = """# What JOSE libraries leave to their user

Our profile of signed and sealed texts (`JOS-*`, `vectors/README.md`) is narrower than JOSE: it
wants one form of a text and no more. These tables say which of its rules six libraries hold by
themselves, which algorithms they have and where their sizes end. They were measured with the
vectors of `signed-message` and `sealed-message`; `make soak` measures them again
(`tests/test_jose_libraries.py`). That a library takes more than the profile is no fault of it:
what stands as *never* or *partly* has to be looked at before it is called.

This page is written from `tests/jose_libraries.py` by `python -m tests.jose_libraries`.
"""
LIBRARIES_HEAD: Final = """
## The libraries

Each is called as its pages tell, with the key that `kid` names and the algorithms that are
allowed. None of them looks at our names and times (`MSG-*`).

"""
ALGORITHMS_HEAD: Final = """
## Algorithms

"""
RULES_HEAD: Final = """
## Rules

Of the vectors that are refused by this rule alone, and whose accepted neighbour the library
reads, it refuses all, some or none. `JOS-1` is the next table, and whose key it is (`JOS-13`)
the user tells each of them.

"""
LIMITS_HEAD: Final = """
## Sizes

The longest part of a text, in characters, as the library comes; parts of up to 1,048,576
were tried, and none found is *none*. Ours is 131,072 characters for a whole text (`JOS-1`).

"""
RAISES_HEAD: Final = """
## What to catch

A text that is refused must never end a program. Besides its own exceptions, a library raises
these on texts of the vectors; go-jose returns its errors.

"""
SURPRISES: Final = """
## What may surprise

* joserfc takes no more than 512 characters for the header of a signed text and 65,536 for a
  ciphertext, which are 49,152 bytes. Ours has up to 758, where all names are as long as they may be:
  `signed-message/accept-header-514` and `accept-ids-of-64` are refused until `max_header_length`
  of the registry is raised.
* joserfc as it comes refuses each of our headers, because it has members that no RFC has;
  `strict_check_header=False` lets them pass, and then every other one too.
* Two members of one name: go-jose refuses them, the five others read on.
* joserfc, jwcrypto, Authlib and jose take an ephemeral key on P-256 whose coordinates have lost
  a leading zero, or have one too many, though RFC 7518, 6.2.1.2, wants all 32 bytes; all but
  jose also take an x that is the prime of the field.
* jose (npm) reads base64url as Node does: padding, white space, `+` and `/`, and bits to spare.
* A `crit` in a seal that names `kid`, which RFC 7516 itself has, is passed over by joserfc,
  jwcrypto and Authlib, and one that is empty by these and go-jose. One that names what a library
  does not know is refused by all.
* All that read X25519 take a key with its highest bit set, or beyond the prime, and refuse one
  of low order, as RFC 7748 has it.
* go-jose 2.6.0 has no X25519, and PyJWT opens no seals: whoever uses them seals for P-256, or
  opens with another library.
"""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    cells = list(head)
    lines = [cells, ["---"] * len(cells), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def library_rows() -> Iterator[list[str]]:
    """The libraries, one a row."""
    for one in MEASURED.values():
        yield [one.name, one.version, one.settings]


def algorithm_rows() -> Iterator[list[str]]:
    """The algorithms, one a row."""
    for place, name in enumerate(ALGORITHMS):
        yield [name, *(READS[one].split()[place] for one in MEASURED)]


def rule_rows() -> Iterator[list[str]]:
    """The rules, one a row."""
    often = {name: measured_often(name) for name in MEASURED}
    edition = load("2025")
    for rule in TRIED:
        cells = [often[name].get(rule, "") for name in MEASURED]
        yield [rule, edition.rules[rule].says, *cells]


def limit_rows() -> Iterator[list[str]]:
    """The sizes, one a row."""
    parts = ("header, signed", "payload", "header, sealed", "ciphertext")
    for place, part in enumerate(parts):
        yield [part, *(shown_limit(LIMITS[name][place]) for name in MEASURED)]


def raises_rows() -> Iterator[list[str]]:
    """What is to be caught, one library a row."""
    for name, kinds in RAISES.items():
        caught = ", ".join(f"`{kind}`" for kind in kinds.split())
        yield [MEASURED[name].name, caught or "nothing"]


def shown_limit(limit: int | None) -> str:
    """A size as it stands in the table."""
    if limit is None:
        return "none"
    return f"{limit:,}" if limit else ""


def page() -> str:
    """The page as it should stand."""
    names = [one.name for one in MEASURED.values()]
    return "".join(
        (
            HEAD,
            LIBRARIES_HEAD,
            table(["library", "version", "set"], library_rows()),
            ALGORITHMS_HEAD,
            table(["algorithm", *names], algorithm_rows()),
            RULES_HEAD,
            table(["rule", "it asks", *names], rule_rows()),
            LIMITS_HEAD,
            table(["part", *names], limit_rows()),
            RAISES_HEAD,
            table(["library", "besides its own"], raises_rows()),
            SURPRISES,
        )
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
