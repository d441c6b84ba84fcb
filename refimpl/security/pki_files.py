"""TEST ONLY: the keys and certificates of a PKI as files, for programs that read no Python.

A folder of its own, open to its owner alone, holds `TEST-ONLY-` and then

    ca-*        .cert.pem, .crl.pem, .key.pem entity-*    .chain.pem (leaf first, without the
    root), .key.pem, .encryption-key.pem, .encryption.jwk.json (public)

A folder that holds anything is left alone unless the caller insists, and one that holds
anything else even then.

Rules: PKI-*.
"""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, Final, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from refimpl.errors import Misuse
from refimpl.security.certificates import UNREADABLE
from refimpl.security.jwk import OpeningKey, SigningKey, public_jwk
from refimpl.security.pki import ROOT, Authority, Leaf, Pki

MARK: Final = "TEST-ONLY-"
Loaded = TypeVar("Loaded")


def files(pki: Pki) -> dict[str, bytes]:
    """The content of every file by its name, private keys among them."""
    content: dict[str, bytes] = {}
    for ca in (pki.root, *pki.issuers):
        crl = (
            {f"{ca.label}.crl.pem": ca.crl.public_bytes(Encoding.PEM)}
            if ca.crl is not None
            else {}
        )
        content |= {
            f"{ca.label}.cert.pem": _pem(ca.certificate),
            f"{ca.label}.key.pem": _private(ca.key),
            **crl,
        }
    for name, leaf in pki.leaves.items():
        content[f"entity-{name}.chain.pem"] = b"".join(map(_pem, leaf.chain))
        content[f"entity-{name}.key.pem"] = _private(leaf.key)
        content[f"entity-{name}.encryption-key.pem"] = _private(leaf.encryption_key)
        content[f"entity-{name}.encryption.jwk.json"] = json.dumps(
            public_jwk(leaf.encryption_key.public_key())
        ).encode()
    return {MARK + name: text for name, text in content.items()}


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def _private(key: SigningKey | OpeningKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def write(pki: Pki, folder: Path, force: bool = False) -> None:
    """Put the files of a PKI into a folder of their own, which only its owner may enter.

    They are written aside and moved in at once: whatever goes wrong, the folder holds what it
    held.  Raises `Misuse`: PKI-2 before anything is written if the folder is not empty, or,
    with `force`, if it holds anything but test keys; PKI-3 if the system refuses.
    """
    folder = folder.resolve()
    try:
        held = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
        if foreign := [name for name in held if not (force and name.startswith(MARK))]:
            raise Misuse("PKI-2", f"{folder.name}: holds {foreign[0]}")
        with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as aside:
            new, old = Path(aside, "new"), Path(aside, "old")
            new.mkdir(mode=0o700)
            for name, content in files(pki).items():
                (new / name).touch(
                    mode=0o600, exist_ok=False
                )  # closed to others before a byte of it is there
                (new / name).write_bytes(content)
            _swap(folder, new, old)
    except OSError as error:
        raise Misuse("PKI-3", f"{folder}: {error.strerror}") from error


def _swap(folder: Path, new: Path, old: Path) -> None:
    if folder.exists():
        folder.rename(old)
    try:
        new.rename(folder)
    except BaseException:  # an interrupt too must not leave the place empty
        if old.exists():
            old.rename(folder)
        raise


def read(folder: Path) -> Pki:
    """The PKI that `write` put into a folder; raises `Misuse` PKI-3 for what is missing, broken
    or does not belong.
    """
    cas = {_label(path, ".cert.pem") for path in folder.glob(f"{MARK}ca-*.cert.pem")} - {ROOT}
    root, *issuers = (_read_authority(folder, ca) for ca in (ROOT, *sorted(cas)))
    entities = sorted(
        _label(path, ".chain.pem") for path in folder.glob(f"{MARK}entity-*.chain.pem")
    )
    leaves = {
        leaf.entity_id: leaf for leaf in (_read_leaf(folder, label) for label in entities)
    }
    return Pki(root, tuple(issuers), MappingProxyType(leaves))


def _label(path: Path, ending: str) -> str:
    return path.name.removeprefix(MARK).removesuffix(ending)


def _read_authority(folder: Path, ca: str) -> Authority:
    certificate = _load(folder, f"{ca}.cert.pem", x509.load_pem_x509_certificate)
    listed = (folder / f"{MARK}{ca}.crl.pem").exists()
    crl = _load(folder, f"{ca}.crl.pem", x509.load_pem_x509_crl) if listed else None
    return Authority(ca, certificate, crl, _key_of(certificate, folder, f"{ca}.key.pem"))


def _read_leaf(folder: Path, label: str) -> Leaf:
    chain = tuple(_load(folder, f"{label}.chain.pem", x509.load_pem_x509_certificates))
    encryption_key: Any = _load(folder, f"{label}.encryption-key.pem", _load_key)
    key = _key_of(chain[0], folder, f"{label}.key.pem")
    return Leaf(label.removeprefix("entity-"), chain, key, encryption_key)


def _load_key(data: bytes) -> Any:
    return load_pem_private_key(data, password=None)


def _key_of(certificate: x509.Certificate, folder: Path, name: str) -> Any:
    key = _load(folder, name, _load_key)
    if key.public_key() != certificate.public_key():
        raise Misuse("PKI-3", f"{MARK}{name}: not the key of its certificate")
    return key


def _load(folder: Path, name: str, loader: Callable[[bytes], Loaded]) -> Loaded:
    try:
        return loader((folder / f"{MARK}{name}").read_bytes())
    except (OSError, *UNREADABLE) as error:  # no word of what a key file held
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Misuse("PKI-3", f"{folder.name}/{MARK}{name}: {reason}") from None
