"""The test PKI: the same bytes from the same seed, keys nobody sees by accident, files that are
never half written.

Keys are derived a second time by hand (RFC 5869 with `hmac`), certificates are read by
OpenSSL's command line, and two endpoints of the standard library shake hands with them.
"""

import hashlib
import hmac
import json
import logging
import os
import pickle
import re
import ssl
import subprocess
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from refimpl.errors import Misuse
from refimpl.network import Network, RoamingEntity
from refimpl.play.example import NETWORK, START
from refimpl.security import pki_files
from refimpl.security.defects import DEFECTS, defective_pki
from refimpl.security.pki import Algorithm, Pki, roaming_pki
from refimpl.security.pki_files import MARK, SUMS, crl_numbers, files, read, write
from refimpl.security.pki_plan import plan
from refimpl.vocabulary import Kind
from tests.programs import needs, openssl

pytestmark = pytest.mark.slow

SEED = b"tests of the test pki"
ALGORITHMS: tuple[Algorithm, ...] = ("P-256", "Ed25519")
ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SP 800-186
SMALL = Network(
    entities=(
        RoamingEntity(id="csp-alba", kind=Kind.CSP),
        RoamingEntity(id="cso-elm", kind=Kind.CSO),
        RoamingEntity(id="house-north", kind=Kind.CLEARING_HOUSE),
    )
)


def small(algorithm: Algorithm = "P-256", **changes: Any) -> Pki:
    return roaming_pki(SMALL, **{"seed": SEED, "now": START, "algorithm": algorithm, **changes})


def secrets(pki: Pki) -> set[str]:
    """Every private value of a PKI in the forms it could leak in."""
    found = set()
    for key in private_keys(pki):
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        found |= set(pem.splitlines()[1:-1])
        if isinstance(key, ec.EllipticCurvePrivateKey):
            value = key.private_numbers().private_value
            found |= {str(value), f"{value:x}"}
        else:
            found |= {key.private_bytes_raw().hex(), repr(key.private_bytes_raw())}
    return found


def private_keys(pki: Pki) -> list[Any]:
    keys: list[Any] = [ca.key for ca in (pki.root, *pki.issuers)]
    return keys + [
        key for leaf in pki.leaves.values() for key in (leaf.key, leaf.encryption_key)
    ]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- the same every time ----------------------------------------------------------------------

PRINT = """
import hashlib
from refimpl.play.example import NETWORK, START
from refimpl.security.pki_files import files
from refimpl.security.defects import DEFECTS, defective_pki
from refimpl.security.pki import roaming_pki
for algorithm in ("P-256", "Ed25519"):
    revoked = {"csp-alba", "csp-dune", "cso-elm"}
    made = [roaming_pki(NETWORK, seed=b"s", now=START, algorithm=algorithm, revoked=revoked)]
    made += [defective_pki(NETWORK, name, "csp-alba", seed=b"s", now=START, algorithm=algorithm) for name in DEFECTS]
    for pki in made:
        print(hashlib.sha256(repr(list(files(pki).items())).encode()).hexdigest())
"""


def test_a_seed_decides_every_byte() -> None:
    """The same seed makes the same bytes whatever the process."""
    outputs = set()
    for hash_seed in ("0", "1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": f"XYZ{hash_seed[0]}"}
        done = subprocess.run(
            [sys.executable, "-c", PRINT],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        outputs.add(done.stdout)
    (output,) = outputs
    assert len(set(output.split())) == 2 * (1 + len(DEFECTS))  # no two of them alike


def test_a_moment_in_any_zone() -> None:
    """A moment is the same in every zone and counts in seconds."""
    elsewhere = START.astimezone(timezone(timedelta(hours=5, minutes=30))).replace(
        microsecond=999_999
    )
    assert files(small(now=elsewhere)) == files(small())
    assert files(small(now=START + timedelta(seconds=1))) != files(small())


def by_hand(use: str, length: int, seed: bytes = SEED) -> bytes:
    """HKDF-SHA256 as RFC 5869 writes it."""
    extracted = hmac.digest(b"iec63119-refimpl TEST ONLY pki 1", seed, hashlib.sha256)
    block, out = b"", b""
    for number in range(1, 9):
        block = hmac.digest(extracted, block + use.encode() + bytes([number]), hashlib.sha256)
        out += block
    return out[:length]


def test_keys_derived_by_hand() -> None:
    """Keys are what a derivation by hand gives."""
    for label, use in (("entity-csp-alba", "key"), ("encryption-csp-alba", "encryption_key")):
        wide = int.from_bytes(by_hand(f"P-256 key {label}", 48), "big")
        key = getattr(small().leaf("csp-alba"), use)
        assert key.private_numbers().private_value == wide % (ORDER_OF_P256 - 1) + 1
        raw = getattr(small("Ed25519").leaf("csp-alba"), use).private_bytes_raw()
        assert raw == by_hand(f"Ed25519 key {label}", 32)
    root = int.from_bytes(by_hand("P-256 key ca-root", 48), "big")
    assert small().root.key.private_numbers().private_value == root % (ORDER_OF_P256 - 1) + 1  # type: ignore[union-attr]  # a P-256 PKI


@pytest.mark.parametrize(
    ("wide", "private"),
    [
        (0, 1),
        (ORDER_OF_P256 - 2, ORDER_OF_P256 - 1),
        (ORDER_OF_P256 - 1, 1),
        (ORDER_OF_P256, 2),
        (2**384 - 1, (2**384 - 1) % (ORDER_OF_P256 - 1) + 1),
    ],
)
def test_private_values_are_in_range(
    monkeypatch: pytest.MonkeyPatch, wide: int, private: int
) -> None:
    from refimpl.security import pki

    monkeypatch.setattr(pki, "_derive", lambda *rest: wide.to_bytes(rest[-1], "big"))
    made = pki._key.__wrapped__(SEED, "P-256", "any", "P-256")
    assert made.private_numbers().private_value == private  # type: ignore[union-attr]  # a P-256 key


def test_keys_and_serials_differ() -> None:
    keys, serials = set(), []
    for algorithm in ALGORITHMS:
        for seed in (SEED, SEED + b"2"):
            pki = roaming_pki(NETWORK, seed=seed, now=START, algorithm=algorithm)
            keys |= {
                key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
                for key in private_keys(pki)
            }
            certificates = [pki.root.certificate, *(ca.certificate for ca in pki.issuers)]
            serials += [
                c.serial_number
                for c in (*certificates, *(leaf.chain[0] for leaf in pki.leaves.values()))
            ]
    entities = len(NETWORK.entities)
    assert len(keys) == 4 * (3 + 2 * entities)
    assert len(set(serials)) == len(serials) == 4 * (3 + entities)
    assert all(0 < serial < 1 << 127 and serial.bit_length() == 127 for serial in serials)


# --- what a certificate says ------------------------------------------------------------------


def test_everything_says_test_only() -> None:
    pki = small()
    for name in files(pki):
        assert name.startswith("TEST-ONLY-")
    for certificate in (
        pki.root.certificate,
        *(c for leaf in pki.leaves.values() for c in leaf.chain),
    ):
        for who in (certificate.subject, certificate.issuer):
            (organization,) = who.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
            assert str(organization.value).startswith("TEST ONLY")
    for module in ("pki", "defects", "pki_files"):
        text = Path(sys.modules[f"refimpl.security.{module}"].__file__ or "").read_text("utf-8")
        assert text.startswith('"""TEST ONLY')


@needs("openssl")
@pytest.mark.parametrize(
    ("algorithm", "signature", "key"),
    [
        ("P-256", "ecdsa-with-SHA256", "prime256v1"),
        ("Ed25519", "ED25519", "ED25519 Public-Key"),
    ],
)
def test_openssl_reads_the_profile(algorithm: Algorithm, signature: str, key: str) -> None:
    pki = small(algorithm)
    text = openssl(
        "x509",
        "-noout",
        "-text",
        stdin=pki.leaf("csp-alba").chain[0].public_bytes(Encoding.PEM),
    )
    flat = re.sub(r"\s+", " ", text)
    names = re.search(r"Subject Alternative Name: (.+?) (?:X509v3|Signature)", flat)
    assert names
    *uris, host, address = names[1].split(", ")
    assert uris[:2] == [
        "URI:urn:iec63119-refimpl:entity:csp-alba",
        "URI:urn:iec63119-refimpl:kind:csp",
    ]
    assert re.fullmatch(r"URI:urn:ietf:params:oauth:jwk-thumbprint:sha-256:[\w-]{43}", uris[2])
    assert (host, address) == ("DNS:localhost", "IP Address:127.0.0.1")
    for line in (
        f"Signature Algorithm: {signature}",
        key,
        "Subject: O = TEST ONLY iec63119-refimpl, CN = entity-csp-alba",
        "Issuer: O = TEST ONLY iec63119-refimpl, CN = ca-parties",
        "Not Before: Jul 8 11:00:00 2025 GMT Not After : Oct 6 12:00:00 2025 GMT",
        "X509v3 Basic Constraints: critical CA:FALSE",
        "X509v3 Key Usage: critical Digital Signature X509v3",
        "X509v3 Extended Key Usage: TLS Web Client Authentication, TLS Web Server Authentication X509v3",
    ):
        assert re.sub(r"(?<=[OCN]) = ", "=", line) in re.sub(r"(?<=[OCN]) = ", "=", flat)
    houses = openssl(
        "x509",
        "-noout",
        "-text",
        stdin=pki.leaf("house-north").chain[1].public_bytes(Encoding.PEM),
    )
    flat = re.sub(r"\s+", " ", houses)
    assert "X509v3 Basic Constraints: critical CA:TRUE, pathlen:0" in flat
    assert "X509v3 Key Usage: critical Certificate Sign, CRL Sign" in flat
    assert "URI:urn:iec63119-refimpl:kind:clearing-house " in flat


@needs("openssl")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_openssl_reads_the_crls(algorithm: Algorithm, tmp_path: Path) -> None:
    pki = small(algorithm, revoked=["cso-elm"])
    listed = {}
    for ca in (pki.root, *pki.issuers):
        assert ca.crl is not None
        (tmp_path / "ca").write_bytes(ca.certificate.public_bytes(Encoding.PEM))
        pem = ca.crl.public_bytes(Encoding.PEM)
        text = openssl(
            "crl", "-noout", "-text", "-verify", "-CAfile", str(tmp_path / "ca"), stdin=pem
        )
        assert "verify OK" in text
        assert re.search(
            r"CRL Number:\s+1751972400\s", text
        )  # 2025-07-08T11:00:00Z, when it was issued
        listed[ca.label] = re.findall(r"Serial Number: ([0-9A-F]+)", text)
    assert listed == {
        "ca-root": [],
        "ca-houses": [],
        "ca-parties": [f"{pki.leaf('cso-elm').chain[0].serial_number:X}"],
    }


def test_houses_have_their_own_authority() -> None:
    pki = small()
    issuers = {
        name: leaf.chain[1].subject.rfc4514_string() for name, leaf in pki.leaves.items()
    }
    assert issuers["csp-alba"] == issuers["cso-elm"] != issuers["house-north"]


def test_who_has_a_leaf() -> None:
    """Only roaming entities have a leaf."""
    network = Network(entities=(*SMALL.entities, RoamingEntity(id="user-x", kind=Kind.USER)))
    assert roaming_pki(network, seed=SEED, now=START).leaves.keys() == {
        "csp-alba",
        "cso-elm",
        "house-north",
    }


@pytest.mark.parametrize(
    "call",
    [
        lambda: small("RSA"),  # type: ignore[arg-type]  # the point of it
        lambda: small(now=START.replace(tzinfo=None)),
        lambda: small(revoked=["csp-nobody"]),
        lambda: small().leaf("csp-nobody"),
        lambda: defective_pki(SMALL, "expired", "csp-nobody", seed=SEED, now=START),
        lambda: defective_pki(SMALL, "no-such-defect", "csp-alba", seed=SEED, now=START),
    ],
)
def test_what_is_not_there_is_misuse(call: Callable[[], object]) -> None:
    with pytest.raises(Misuse) as caught:
        call()
    assert caught.value.rule_id == "PKI-1"


# --- secrets ----------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_key_shows_in_a_repr(algorithm: Algorithm, caplog: pytest.LogCaptureFixture) -> None:
    from refimpl.security import pki as building

    pki = small(algorithm)
    signer = building._Signer(plan(SMALL), START, algorithm, SEED)
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(__name__).debug("%s %r", pki, pki)
    shown = (
        repr(pki)
        + str(pki)
        + f"{pki}"
        + repr(pki.leaf("csp-alba"))
        + repr(pki.root)
        + repr(signer)
        + caplog.text
    )
    assert "csp-alba" in shown
    assert not [secret for secret in secrets(pki) if secret in shown]
    assert SEED.decode() not in shown
    assert "PrivateKey" not in shown


def test_no_key_is_pickled() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(small())


def test_no_key_shows_in_an_error(tmp_path: Path) -> None:
    pki = small()
    write(pki, tmp_path / "keys")
    key = tmp_path / "keys" / f"{MARK}entity-csp-alba.key.pem"
    pem = key.read_bytes()
    for damaged in (
        pem[:60],
        pem.replace(b"PRIVATE", b"PRIVATO"),
        pem[:70] + b"!" + pem[71:],
        b"",
        b"\xff" * 40,
    ):
        key.write_bytes(damaged)
        with pytest.raises(Misuse) as caught:
            read(tmp_path / "keys")
        assert (caught.value.rule_id, key.name in caught.value.where) == ("PKI-3", True)
        text = "".join(traceback.format_exception(caught.value))
        assert caught.value.__cause__ is None
        assert not [line for line in pem.decode().splitlines()[1:-1] if line[:24] in text]


# --- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_what_was_written_is_read(tmp_path: Path, algorithm: Algorithm) -> None:
    pki = small(algorithm, revoked=["cso-elm"])
    write(pki, tmp_path / "keys")
    assert content(tmp_path / "keys") == files(pki)
    again = read(tmp_path / "keys")
    assert again == pki
    assert files(again) == files(pki)
    jwk = json.loads(
        (tmp_path / "keys" / f"{MARK}entity-cso-elm.encryption.jwk.json").read_bytes()
    )
    assert jwk.keys() <= {"crv", "kty", "x", "y"}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defective_pki_is_read_again(tmp_path: Path, defect: str) -> None:
    pki = defective_pki(SMALL, defect, "csp-alba", seed=SEED, now=START)
    write(pki, tmp_path / "keys")
    assert read(tmp_path / "keys") == pki


def test_files_are_closed_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are closed to others before anything is in them."""
    seen: list[tuple[int, int, int]] = []
    put = Path.write_bytes

    def watched(path: Path, data: bytes) -> int:
        seen.append(
            (
                path.stat().st_mode & 0o7777,
                path.stat().st_size,
                path.parent.stat().st_mode & 0o7777,
            )
        )
        return put(path, data)

    monkeypatch.setattr(Path, "write_bytes", watched)
    before = os.umask(0)
    try:
        write(small(), tmp_path / "keys")
    finally:
        os.umask(before)
    assert set(seen) == {(0o600, 0, 0o700)}
    assert len(seen) == len(files(small()))
    assert (tmp_path / "keys").stat().st_mode & 0o7777 == 0o700
    assert {path.stat().st_mode & 0o7777 for path in (tmp_path / "keys").iterdir()} == {0o600}


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    write(small(), folder)
    before = content(folder)
    with pytest.raises(Misuse) as caught:
        write(small(seed=b"other"), folder)
    assert caught.value.rule_id == "PKI-2"
    assert content(folder) == before
    write(small(seed=b"other"), folder, force=True)
    assert content(folder) == files(small(seed=b"other"))
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


@pytest.mark.parametrize("force", [False, True])
def test_another_folder_is_left_alone(tmp_path: Path, force: bool) -> None:
    folder = tmp_path / "keys"
    write(small(), folder)
    (folder / "diary.txt").write_text("mine")
    before = content(folder)
    with pytest.raises(Misuse) as caught:
        write(small(seed=b"other"), folder, force)
    assert caught.value.rule_id == "PKI-2"
    assert content(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_an_empty_folder_and_a_link(tmp_path: Path) -> None:
    """An empty folder may be filled, and a link leads to its folder."""
    (tmp_path / "keys").mkdir()
    (tmp_path / "link").symlink_to("keys")
    write(small(), tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert content(tmp_path / "keys") == files(small())
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_an_impossible_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "keys", tmp_path / "nowhere" / "keys"):
        with pytest.raises(Misuse) as caught:
            write(small(), place, force=True)
        assert caught.value.rule_id == "PKI-3"
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_broken_write_keeps_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    folder = tmp_path / "keys"
    write(small(), folder)
    before = content(folder)
    for method in ("write_bytes", "touch", "rename"):
        genuine: Callable[..., Any] = getattr(Path, method)
        for good_calls in range(2 if method == "rename" else len(files(small()))):
            left = iter(range(good_calls))

            def breaks(
                *arguments: Any,
                _go: Callable[..., Any] = genuine,
                _left: Any = left,
                **named: Any,
            ) -> Any:
                if next(_left, None) is None and not (
                    arguments[0].name == "old" and _go.__name__ == "rename"
                ):
                    raise fault
                return _go(*arguments, **named)

            with monkeypatch.context() as patch:
                patch.setattr(Path, method, breaks)
                with pytest.raises((Misuse, KeyboardInterrupt)):
                    write(small(seed=b"other"), folder, force=True)
            assert content(folder) == before, f"{method}, call {good_calls + 1}"
            assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_a_broken_first_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A first write that breaks off leaves nothing."""

    def breaks(path: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", breaks)
    with pytest.raises(Misuse, match=r"PKI-3 at .*keys: No space left on device"):
        write(small(), tmp_path / "keys")
    assert not list(tmp_path.iterdir())


DIES = """
import os, sys
from pathlib import Path
from refimpl.play.example import NETWORK, START
from refimpl.security.pki_files import write
from refimpl.security.pki import roaming_pki
put, count = Path.write_bytes, iter(range(5))
def dying(path, data):
    return put(path, data) if next(count, None) is not None else os._exit(9)
Path.write_bytes = dying
write(roaming_pki(NETWORK, seed=b"other", now=START), Path(sys.argv[1]), force=True)
"""


def test_a_killed_write_keeps_the_old(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    write(small(), folder)
    done = subprocess.run([sys.executable, "-c", DIES, str(folder)], check=False, timeout=60)
    assert done.returncode == 9
    assert content(folder) == files(small())
    (left,) = (path for path in tmp_path.iterdir() if path != folder)
    assert left.name.startswith(f".{MARK}keys-")
    write(small(seed=b"other"), folder, force=True)  # which clears that up
    assert read(folder) == small(seed=b"other")
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


DIES_BETWEEN = """
import os, sys
from pathlib import Path
from refimpl.play.example import NETWORK, START
from refimpl.security.pki_files import write
from refimpl.security.pki import roaming_pki
move = Path.rename
def dying(path, to):
    return os._exit(9) if path.name == "new" else move(path, to)
Path.rename = dying
write(roaming_pki(NETWORK, seed=b"other", now=START), Path(sys.argv[1]), force=True)
"""


def test_killed_between_two_moves(tmp_path: Path) -> None:
    """What had been moved out of the way comes back."""
    folder = tmp_path / "keys"
    write(small(), folder)
    done = subprocess.run(
        [sys.executable, "-c", DIES_BETWEEN, str(folder)], check=False, timeout=60
    )
    assert done.returncode == 9
    assert not folder.exists()
    with pytest.raises(Misuse, match="PKI-2"):
        write(small(seed=b"other"), folder)
    assert content(folder) == files(small())
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]


def test_another_writer_is_left_alone(tmp_path: Path) -> None:
    """What a process beside us is writing at the moment is not cleared up."""
    folder = tmp_path / "keys"
    with pki_files._aside(folder.resolve()) as aside:
        write(small(), folder)
        assert aside.exists()
    assert content(folder) == files(small())


ONE: Final = f"{MARK}ca-root.cert.pem"


def change_a_key(folder: Path) -> None:
    (folder / ONE).write_bytes((folder / ONE).read_bytes() + b"\n")


def add_one_alike(folder: Path) -> None:
    (folder / f"{MARK}notes.txt").write_text("mine")


def put_a_folder_there(folder: Path) -> None:
    (folder / ONE).unlink()
    (folder / ONE).mkdir()


def lose_the_sums(folder: Path) -> None:
    (folder / SUMS).unlink()


def spoil_the_sums(folder: Path) -> None:
    (folder / SUMS).write_bytes(b"\xff")


@pytest.mark.parametrize(
    "change",
    [change_a_key, add_one_alike, put_a_folder_there, lose_the_sums, spoil_the_sums],
)
def test_force_spares_what_is_not_its_own(
    tmp_path: Path, change: Callable[[Path], None]
) -> None:
    folder = tmp_path / "keys"
    write(small(), folder)
    change(folder)
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(Misuse, match=r"PKI-2 at keys: TEST-ONLY-.* was not written so"):
        write(small(seed=b"other"), folder, force=True)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_what_comes_at_the_last_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is put there between the look and the move is not lost."""
    folder = tmp_path / "keys"
    write(small(), folder)
    move = Path.rename

    def late(path: Path, target: Path) -> Path:
        if target.name == "old":
            (path / "diary.txt").write_text("mine")
        return move(path, target)

    monkeypatch.setattr(Path, "rename", late)
    with pytest.raises(Misuse, match="PKI-2"):
        write(small(seed=b"other"), folder, force=True)
    assert content(folder) == {**files(small()), "diary.txt": b"mine"}


def test_numbers_of_crls_rise(tmp_path: Path) -> None:
    """A list that is made anew has a higher number, within a second and with a clock put back
    too.
    """
    folder = tmp_path / "keys"
    assert crl_numbers(folder) == {}
    write(small(), folder)
    known = {f"ca-{name}": 1_751_972_400 for name in ("root", "houses", "parties")}
    assert crl_numbers(folder) == known
    for now, more in ((START, 1), (START - timedelta(days=1), 2), (START, 3)):
        again = small(now=now, revoked=["cso-elm"], above=crl_numbers(folder))
        write(again, folder, force=True)
        assert crl_numbers(folder) == {ca: number + more for ca, number in known.items()}
    later = START + timedelta(minutes=1)
    write(small(now=later, above=crl_numbers(folder)), folder, force=True)
    assert crl_numbers(folder) == {ca: number + 60 for ca, number in known.items()}
    (folder / f"{MARK}ca-root.crl.pem").write_bytes(b"not a list")
    assert crl_numbers(folder).keys() == known.keys() - {"ca-root"}


def test_an_odd_folder_is_not_read(tmp_path: Path) -> None:
    """A folder with a gap or a stranger is not read."""
    whole = files(small())
    for missing in (
        name for name in whole if not name.endswith((".crl.pem", ".jwk.json", SUMS))
    ):
        if missing in {
            f"{MARK}ca-houses.cert.pem",
            f"{MARK}ca-parties.cert.pem",
        } or missing.endswith(".chain.pem"):
            continue  # with these, the whole authority or entity is gone, and that is a smaller PKI
        folder = tmp_path / missing
        write(small(), folder)
        (folder / missing).unlink()
        with pytest.raises(Misuse) as caught:
            read(folder)
        assert (caught.value.rule_id, missing in caught.value.where) == ("PKI-3", True)
    write(small(), tmp_path / "swapped")
    one, other = (
        tmp_path / "swapped" / f"{MARK}entity-{name}.key.pem"
        for name in ("csp-alba", "cso-elm")
    )
    one.write_bytes(other.read_bytes())
    with pytest.raises(Misuse, match="not the key"):
        read(tmp_path / "swapped")
    for nowhere in ("nowhere", "x" * 300):
        with pytest.raises(Misuse, match="PKI-3"):
            read(tmp_path / nowhere)


# --- a standard TLS stack ---------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("revoked", [(), ("csp-alba",)])
def test_the_ssl_module_takes_it(
    tmp_path: Path, algorithm: Algorithm, revoked: tuple[str, ...]
) -> None:
    """The standard library shakes hands with it."""
    folder = tmp_path / "keys"
    write(
        roaming_pki(
            SMALL, seed=SEED, now=datetime.now(UTC), algorithm=algorithm, revoked=revoked
        ),
        folder,
    )

    def context(protocol: int, name: str) -> ssl.SSLContext:
        made = ssl.SSLContext(protocol)
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        made.verify_mode = ssl.CERT_REQUIRED
        made.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_CRL_CHECK_CHAIN
        made.load_cert_chain(
            folder / f"{MARK}{name}.chain.pem", folder / f"{MARK}{name}.key.pem"
        )
        made.load_verify_locations(folder / f"{MARK}ca-root.cert.pem")
        for crl in folder.glob("*.crl.pem"):
            made.load_verify_locations(crl)
        return made

    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context(ssl.PROTOCOL_TLS_SERVER, "entity-cso-elm").wrap_bio(
        to_server, to_client, server_side=True
    )
    client = context(ssl.PROTOCOL_TLS_CLIENT, "entity-csp-alba").wrap_bio(
        to_client, to_server, server_hostname="127.0.0.1"
    )
    refused = None
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError as error:
            refused = error.verify_message
            break
    assert refused == ("certificate revoked" if revoked else None)
    if not revoked:
        peer = server.getpeercert()
        assert peer
        assert ("URI", "urn:iec63119-refimpl:entity:csp-alba") in peer["subjectAltName"]
