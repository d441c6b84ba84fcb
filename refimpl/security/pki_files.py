"""TEST ONLY: the keys and certificates of a PKI as files, for programs that read no Python.

A folder of its own, open to its owner alone, holds `TEST-ONLY-` and then

    ca-*        .cert.pem, .crl.pem, .key.pem
    entity-*    .chain.pem (leaf first, without the root), .key.pem, .encryption-key.pem,
                .encryption.jwk.json (public)

and `SHA256SUMS`, by which it is known later what was written here.  A folder that holds
anything is left alone unless the caller insists, and one that holds anything else even then.

What is written goes into a folder beside it first, whose name begins with a dot.  If a process
is killed meanwhile, the next one that writes clears that up: the folder holds what it held.

Rules: PKI-*.
"""

import fcntl
import glob
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from refimpl.errors import Misuse
from refimpl.security.jwk import OpeningKey, SigningKey, public_jwk
from refimpl.security.pki import Authority, Leaf, Pki
from refimpl.security.pki_plan import ROOT
from refimpl.security.revocation import UNREADABLE, number_of

MARK: Final = "TEST-ONLY-"
SUMS: Final = f"{MARK}SHA256SUMS"
Loaded = TypeVar("Loaded")


def files(pki: Pki) -> dict[str, bytes]:
    """Write the content of every file by its name, private keys among them, and last the sums
    of the others.
    """
    content: dict[str, bytes] = {}
    for ca in (pki.root, *pki.issuers):
        content[f"{ca.label}.cert.pem"] = _pem(ca.certificate)
        content[f"{ca.label}.key.pem"] = _private_pem(ca.key)
        if ca.crl is not None:
            content[f"{ca.label}.crl.pem"] = _pem(ca.crl)
    for name, leaf in pki.leaves.items():
        jwk = public_jwk(leaf.encryption_key.public_key())
        content[f"entity-{name}.chain.pem"] = b"".join(map(_pem, leaf.chain))
        content[f"entity-{name}.key.pem"] = _private_pem(leaf.key)
        content[f"entity-{name}.encryption-key.pem"] = _private_pem(leaf.encryption_key)
        content[f"entity-{name}.encryption.jwk.json"] = json.dumps(jwk).encode()
    marked = {MARK + name: text for name, text in content.items()}
    sums = [f"{sha256(text).hexdigest()}  {name}\n" for name, text in sorted(marked.items())]
    return {**marked, SUMS: "".join(sums).encode()}


def _pem(part: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    return part.public_bytes(Encoding.PEM)


def _private_pem(key: SigningKey | OpeningKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write(pki: Pki, folder: Path, force: bool = False) -> None:
    """Put the files of a PKI into a folder of their own, which only its owner may enter.

    They are written aside and moved in at once: whatever goes wrong, the folder holds what it
    held.  Raises `Misuse`: PKI-2 before anything is written if the folder is not empty, or,
    with `force`, if it holds anything but what was written so; PKI-3 if the system refuses.
    """
    folder = folder.resolve()
    try:
        _clear_up(folder)
        _check_free(folder, force)
        with _aside(folder) as aside:
            new = aside / "new"
            new.mkdir(mode=0o700)
            for name, content in files(pki).items():
                # Closed to others before a byte of it is there.
                (new / name).touch(mode=0o600, exist_ok=False)
                (new / name).write_bytes(content)
            _move_in(folder, aside, force)
    except OSError as error:
        raise Misuse("PKI-3", f"{folder}: {error.strerror}") from error


def _check_free(folder: Path, force: bool) -> None:
    """Raise `Misuse` PKI-2 for a folder that holds what must not be lost."""
    if not folder.exists():
        return
    sums = _sums(folder) if force else {}
    for path in sorted(folder.iterdir()):
        if not force:
            raise Misuse("PKI-2", f"{folder.name}: holds {path.name}")
        if path.name != SUMS and _sum(path) != sums.get(path.name):
            raise Misuse("PKI-2", f"{folder.name}: {path.name} was not written so")


def _sums(folder: Path) -> dict[str, str]:
    """What was written into a folder: the sum of each file, none if that cannot be told."""
    try:
        lines = (folder / SUMS).read_text("ascii").splitlines()
    except (OSError, ValueError):
        return {}
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _sum(path: Path) -> str:
    """The sum of a file, empty for what is none."""
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _beside(folder: Path) -> str:
    """How the name of a folder begins that something is written into first."""
    return f".{MARK}{folder.name}-"


@contextmanager
def _aside(folder: Path) -> Iterator[Path]:
    """A folder beside it, held for as long as this process lives."""
    with TemporaryDirectory(prefix=_beside(folder), dir=folder.parent) as name:
        aside = Path(name)
        with _held(aside):
            yield aside


@contextmanager
def _held(aside: Path) -> Iterator[None]:
    """Hold a folder; raises `BlockingIOError` if another process does."""
    with (aside / "held").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _clear_up(folder: Path) -> None:
    """Take away what a killed process has left beside a folder; what it had moved out of the
    way comes back.
    """
    for aside in sorted(folder.parent.glob(f"{glob.escape(_beside(folder))}*")):
        try:
            with _held(aside):
                if (aside / "old").exists() and not folder.exists():
                    (aside / "old").rename(folder)
                shutil.rmtree(aside)
        except BlockingIOError:  # it is being written
            continue


def _move_in(folder: Path, aside: Path, force: bool) -> None:
    new, old = aside / "new", aside / "old"
    if folder.exists():
        folder.rename(old)
    try:
        _check_free(old, force)  # once more: nobody can put anything there now
        new.rename(folder)
    except BaseException:  # an interrupt too must not leave the place empty
        if old.exists():
            old.rename(folder)
        raise


def crl_numbers(folder: Path) -> dict[str, int]:
    """The numbers of the CRLs in a folder by authority, so that the next ones are higher; empty
    where there are none.
    """
    numbers = {}
    for label in _labels(folder, "ca-", ".crl.pem"):
        try:
            crl = _load(folder, f"{label}.crl.pem", x509.load_pem_x509_crl)
            numbers[label] = number_of(crl) or 0
        except (Misuse, *UNREADABLE):  # it is about to be overwritten
            continue
    return numbers


def read(folder: Path) -> Pki:
    """Read the PKI that `write` put into a folder; raises `Misuse` PKI-3 for what is missing,
    broken or does not belong.
    """
    labels = _labels(folder, "ca-", ".cert.pem")
    issuers = [_read_authority(folder, label) for label in labels if label != ROOT]
    root = _read_authority(folder, ROOT)
    leaves = [_read_leaf(folder, label) for label in _labels(folder, "entity-", ".chain.pem")]
    by_id = {leaf.entity_id: leaf for leaf in leaves}
    return Pki(root, tuple(issuers), MappingProxyType(by_id))


def _labels(folder: Path, prefix: str, ending: str) -> list[str]:
    """The labels of the files of one sort, in order."""
    try:
        names = [path.name for path in folder.glob(f"{MARK}{prefix}*{ending}")]
    except OSError as error:  # its name may be too long to look for
        raise Misuse("PKI-3", f"{folder.name}: {error.strerror}") from error
    return sorted(name.removeprefix(MARK).removesuffix(ending) for name in names)


def _read_authority(folder: Path, ca: str) -> Authority:
    (certificate,) = _load(folder, f"{ca}.cert.pem", _load_certificates)
    crl = None
    if (folder / f"{MARK}{ca}.crl.pem").exists():
        crl = _load(folder, f"{ca}.crl.pem", x509.load_pem_x509_crl)
    return Authority(ca, certificate, crl, _key_of(certificate, folder, f"{ca}.key.pem"))


def _read_leaf(folder: Path, label: str) -> Leaf:
    chain = _load(folder, f"{label}.chain.pem", _load_certificates)
    encryption_key = _load(folder, f"{label}.encryption-key.pem", _load_opening_key)
    key = _key_of(chain[0], folder, f"{label}.key.pem")
    entity_id = label.removeprefix("entity-")
    return Leaf(entity_id, chain, key, encryption_key)


def _load_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """Certificates whose keys can be read; raises one of `UNREADABLE` for others."""
    certificates = tuple(x509.load_pem_x509_certificates(data))
    for each in certificates:
        each.public_key()
    return certificates


def _load_signing_key(data: bytes) -> SigningKey:
    key = load_pem_private_key(data, password=None)
    if not isinstance(key, SigningKey):
        raise TypeError("no key that signs here")
    return key


def _load_opening_key(data: bytes) -> OpeningKey:
    key = load_pem_private_key(data, password=None)
    if not isinstance(key, OpeningKey):
        raise TypeError("no key that opens seals here")
    return key


def _key_of(certificate: x509.Certificate, folder: Path, name: str) -> SigningKey:
    key = _load(folder, name, _load_signing_key)
    if key.public_key() != certificate.public_key():
        raise Misuse("PKI-3", f"{MARK}{name}: not the key of its certificate")
    return key


def _load(folder: Path, name: str, loader: Callable[[bytes], Loaded]) -> Loaded:
    try:
        return loader((folder / f"{MARK}{name}").read_bytes())
    except (OSError, *UNREADABLE) as error:  # no word of what a key file held
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Misuse("PKI-3", f"{folder.name}/{MARK}{name}: {reason}") from None
