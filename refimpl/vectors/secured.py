"""The vectors of the secure exchange: how they are written with TEST ONLY keys, and what the
reference answers to them.

A corpus says what a text, chain or greeting is made of: header, payload and key of a signature,
the plan of a PKI, the parts of a ClientHello.  `WRITERS` make it, and `then` wounds what was
made.  `ANSWERS` is what is asked of an implementation, `trace` what it meets on the way.  Every
key is public on purpose, and none may protect anything.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from types import MappingProxyType, SimpleNamespace
from typing import Any, Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, x25519
from cryptography.hazmat.primitives.serialization import Encoding

from refimpl.edition import Edition
from refimpl.errors import Misuse, RoamingError, Violation
from refimpl.identifiers import parse_emaid
from refimpl.messages import KINDS, Envelope
from refimpl.network import Network
from refimpl.security import authorization, compact, defects, jwe, jws, pki, privacy, protection
from refimpl.security.certificates import Purpose, check_chain, parse_chain
from refimpl.tls import client_hello
from refimpl.vectors.edits import apply, wire_json
from refimpl.vocabulary import Kind, Role

Json = dict[str, Any]


def _key(jwk: Json) -> Any:
    """A private key from its JWK."""
    secret = compact.from_base64url(jwk["d"].encode(), "d")
    if jwk["crv"] == "P-256":
        return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    shape = ed25519.Ed25519PrivateKey if jwk["crv"] == "Ed25519" else x25519.X25519PrivateKey
    return shape.from_private_bytes(secret)


def _keys(context: Json) -> protection.KeyRing:
    trusted = {
        kid: (row["entity"], _key(row["jwk"]).public_key())
        for kid, row in context["trusted"].items()
    }
    return protection.KeyRing(trusted, {kid: _key(jwk) for kid, jwk in context["own"].items()})


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


# --- Making what a corpus describes -----------------------------------------------------------


class _Header(NamedTuple):
    """A header as it is to be written, right or wrong, along with what `jws` and `jwe` ask of the
    one who writes it.
    """

    encoded: bytes
    alg: str = ""
    enc: str = "A256GCM"
    apu: str = ""
    apv: str = ""
    epk: Any = None


def _raw(value: Any) -> bytes:
    return (
        value.encode("utf-8", "surrogateescape") if isinstance(value, str) else wire_json(value)
    )


def _payload(plan: Any, context: Json) -> bytes:
    if isinstance(plan, dict) and "sha256" in plan:
        return sha256(_text(plan["sha256"], context).encode()).digest()
    return _text(plan, context).encode("utf-8", "surrogateescape")


def _text(plan: Any, context: Json) -> str:
    """The text of a plan: `sign` or `seal`, and then edits of its parts."""
    if isinstance(plan, str):
        return plan
    make = _signed if "sign" in plan else _sealed
    made: Json = {"parts": make(plan["sign" if "sign" in plan else "seal"], context).split(".")}
    return ".".join(apply(plan.get("then", ()), made)["parts"])


def _signed(plan: Json, context: Json) -> str:
    key: Any = _key(context["trusted"][plan["key"]]["jwk"])
    header: Any = _Header(compact.to_base64url(_raw(plan["header"])), jws.algorithm(key))
    return jws.sign(header, _payload(plan["payload"], context), key)


def _sealed(plan: Json, context: Json) -> str:
    to, once = _key(context["own"][plan["to"]]), _key(context["ephemeral"][plan["ephemeral"]])
    said = plan["header"] if isinstance(plan["header"], dict) else {}
    apu, apv = (str(said.get(name, "")) for name in ("apu", "apv"))
    header = _Header(
        compact.to_base64url(_raw(plan["header"])),
        apu=apu,
        apv=apv,
        epk=jwe.ephemeral_key(once.public_key()),
    )
    return jwe.seal(
        header,
        _payload(plan["content"], context),
        to.public_key(),
        once,
        bytes.fromhex(plan["iv"]),
    )


def _write_message(context: Json, plan: Json) -> Json:
    return {**plan, "text": _text(plan["text"], context)}


def _write_passages(context: Json, plan: Json) -> Json:
    signatures = [_text(each, context) for each in plan["countersignatures"]]
    return {**_write_message(context, plan), "countersignatures": signatures}


def _write_chain(context: None, plan: Json) -> Json:
    asked = {name: value for name, value in plan.items() if name != "pki"}
    shown = plan["pki"]
    entities = [
        SimpleNamespace(id=name, kind=Kind(kind)) for name, kind in shown["entities"].items()
    ]
    network = SimpleNamespace(entities=entities)
    made = pki.plan(network)
    if shown["defect"]:
        made = defects.DEFECTS[shown["defect"]](made, shown["shows"])
    signed = pki.sign(
        made,
        seed=shown["seed"].encode(),
        now=_moment(shown["at"]),
        algorithm=shown["algorithm"],
    )
    root = (signed.root.certificate,)
    document = {
        "chain": _base64(
            (*signed.leaf(shown["shows"]).chain, *(root if shown["with_root"] else ()))
        ),
        "roots": _base64(root),
        "crls": _base64(signed.crls),
    }
    return {**asked, **apply(shown["then"], document)}


def _base64(encoded: Any) -> list[str]:
    return [b64encode(each.public_bytes(Encoding.DER)).decode() for each in encoded]


HELLO_RANDOM: Final = sha256(b"iec63119-refimpl TEST ONLY vectors hello").digest()


def _write_hello(context: None, plan: Json) -> Json:
    shown = plan["hello"]
    return plan if isinstance(shown, str) else {**plan, "hello": _hello(shown).hex()}


def _hello(plan: Json) -> bytes:
    """The records of a ClientHello, without the bytes that are left out at its end."""
    versions = (
        [["002b", _counted(1, *map(bytes.fromhex, plan["versions"])).hex()]]
        if plan["versions"]
        else []
    )
    parts = (
        (bytes.fromhex(number), bytes.fromhex(value))
        for number, value in (*plan["extensions"], *versions)
    )
    extensions = [number + _counted(2, value) for number, value in parts]
    body = b"".join(
        (
            bytes.fromhex(plan["legacy_version"]) + HELLO_RANDOM,
            _counted(1, bytes.fromhex(plan["session"])),
            _counted(2, *map(bytes.fromhex, plan["suites"])),
            _counted(1, b"\0"),  # no compression
            _counted(2, *extensions) if extensions else b"",
        )
    )
    message = bytes.fromhex(plan["type"]) + _counted(3, body)
    ends = [0, *plan["splits"], len(message)]
    fragments = (message[start:end] for start, end in pairwise(ends))
    records = b"".join(
        bytes.fromhex(plan["record"]) + _counted(2, fragment) for fragment in fragments
    )
    return records[: len(records) - plan["left_out"]]


def _counted(head: int, *parts: bytes) -> bytes:
    whole = b"".join(parts)
    return len(whole).to_bytes(head, "big") + whole


# --- Answering --------------------------------------------------------------------------------


def _shown(header: Any) -> Json:
    shown: Json = header.model_dump(mode="json", exclude_none=True)
    return shown


def _unprotect(edition: Edition, context: Json, given: Json) -> Json:
    opened = protection.unprotect(
        given["text"] + given["more"]["text"] * given["more"]["times"],
        _keys(context),
        receiver=given["receiver"],
        now=_moment(given["now"]),
        seen={(sender, jti) for sender, jti in given["seen"]},
    )
    return {
        "header": _shown(opened.header),
        "message": _shown(opened.message),
        "sealed": opened.sealed,
    }


def _countersigned(edition: Edition, context: Json, given: Json) -> Json:
    ends = {name: given[name] for name in ("sender", "receiver")}
    passages = protection.check_countersignatures(
        given["text"],
        given["countersignatures"],
        _keys(context),
        **ends,
        now=_moment(given["now"]),
    )
    return {"passages": [_shown(passage) for passage in passages]}


def _check_chain(edition: Edition, context: None, given: Json) -> Json:
    chain, roots = (parse_chain(map(b64decode, given[name])) for name in ("chain", "roots"))
    peer = check_chain(
        chain,
        roots=roots,
        crls=tuple(x509.load_der_x509_crl(b64decode(crl)) for crl in given["crls"]),
        entity_id=given["entity"],
        kind=given["kind"],
        now=_moment(given["now"]),
        purpose=Purpose(given["purpose"]),
    )
    return {
        "encryptionKey": peer.encryption_key,
        "entity": peer.entity_id,
        "kind": peer.kind.value,
    }


def _pseudonym(edition: Edition, context: None, given: Json) -> Json:
    return {
        "pseudonym": privacy.pseudonym(
            bytes.fromhex(given["key"]), given["receiver"], given["emaid"]
        )
    }


def _redact(edition: Edition, context: None, given: Json) -> Json:
    said, alias = given["said"], given["alias"]
    shape = Envelope if "message" in said else KINDS.get(said["kind"])
    if shape is None:
        raise Misuse("PRV-1", said["kind"])
    redacted = privacy.redact(
        shape.model_validate_json(wire_json(said)),
        Role(given["receiver"]),
        (lambda emaid: privacy.pseudonym(bytes.fromhex(alias["key"]), alias["to"], emaid))
        if alias
        else None,
    )
    return {"kept": dict(redacted.kept), "withheld": dict(redacted.withheld)}


def _authorize(edition: Edition, context: Json, given: Json) -> Json:
    envelope, asked = (
        Envelope.model_validate_json(wire_json({"edition": edition.id, **said}))
        if said
        else None
        for said in (given["envelope"], given["asked"])
    )
    if envelope is None:
        raise ValueError("no envelope")
    network = Network.model_validate_json(wire_json(context))
    names = {name: given[name] for name in ("mode", "strategy", "here", "peer", "signer")}
    presented = authorization.Presented(
        network, edition, envelope=envelope, asked=asked, **names
    )
    decision = authorization.decide(presented)
    if not decision.allowed:
        raise Violation(decision.rule, decision.where)
    return {"rule": decision.rule}


ANSWERS: Final[Mapping[str, Callable[[Edition, Any, Json], Json]]] = MappingProxyType(
    {
        "message.unprotect": _unprotect,
        "countersignatures.check": _countersigned,
        "certificate.check": _check_chain,
        "emaid.pseudonym": _pseudonym,
        "message.redact": _redact,
        "message.authorize": _authorize,
    }
)
"""What an edition answers to an input in its context, where it is accepted; each raises the
rule that refuses it.
"""

WRITERS: Final[Mapping[str, Callable[[Any, Json], Json]]] = MappingProxyType(
    {
        "message.unprotect": _write_message,
        "countersignatures.check": _write_passages,
        "certificate.check": _write_chain,
        "hello.answer": _write_hello,
    }
)
"""How the input that a corpus describes is made."""


# --- What is met on the way -------------------------------------------------------------------


def trace(operation: str, context: Any, given: Json) -> Json:
    """The values between question and answer, in hexadecimal where they are bytes, as far as
    they can be had.
    """
    try:
        if operation == "emaid.pseudonym":
            return _mac(given)
        if operation == "hello.answer":
            return _offers(given["hello"])
        return _trace(given["text"], context) if operation == "message.unprotect" else {}
    except RoamingError:
        return {}


def _mac(given: Json) -> Json:
    contract = parse_emaid(given["emaid"], "canonical")
    said = f"{given['receiver']} {contract.country}{contract.provider}{contract.instance}"
    return {
        "hmac": hmac.digest(bytes.fromhex(given["key"]), said.encode(), "sha256").hex(),
        "text": said,
    }


def _offers(raw: str) -> Json:
    said = client_hello.read_client_hello(bytes.fromhex(raw))
    return {
        name: [f"{number:04x}" for number in numbers]
        for name, numbers in said._asdict().items()
    }


def _trace(text: str, context: Json) -> Json:
    parts = compact.parts_of(text)
    header: Json = {"header": parts["header"].decode("utf-8", "backslashreplace")}
    if "signing input" in parts:
        digest = sha256(parts["signing input"]).hexdigest()
        return {**header, "signature": parts["signature"].hex(), "signingInputSha256": digest}
    sealed = {
        **header,
        "aad": parts["aad"].decode(),
        "iv": parts["iv"].hex(),
        "tag": parts["tag"].hex(),
    }
    try:
        said = compact.header_of(text, protection.RoutingHeader)
        once = next(
            key
            for key in map(_key, context["ephemeral"].values())
            if jwe.ephemeral_key(key.public_key()) == said.epk
        )
        apu, apv = (
            compact.from_base64url(name.encode(), "party") for name in (said.apu, said.apv)
        )
        agreed = jwe.agree(
            once, _key(context["own"][said.kid]).public_key(), said.enc, apu, apv
        )
        shared = {
            "sharedSecret": agreed.shared_secret,
            "otherInfo": agreed.other_info,
            "contentKey": agreed.content_key,
        }
        sealed |= {name: value.hex() for name, value in shared.items()}
        opened = jwe.unseal(
            text, {said.kid: _key(context["own"][said.kid])}.get, protection.RoutingHeader
        )
        return {
            **sealed,
            "signed": _trace(opened.content.decode(), context),
            "signedText": opened.content.decode(),
        }
    except (RoamingError, LookupError, StopIteration, TypeError, ValueError):
        return sealed
