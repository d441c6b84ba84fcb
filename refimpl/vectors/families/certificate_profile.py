"""The family `certificate-profile`: whose a certificate chain is.

A corpus gives the plan of a PKI with TEST ONLY keys, a defect of it and perhaps, under `also`,
another, and edits of what was made.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from refimpl.edition import Edition
from refimpl.security import defects, pki, pki_plan
from refimpl.security.certificates import Purpose, check_chain
from refimpl.security.chain import parse_chain
from refimpl.security.revocation import UNREADABLE, Crl
from refimpl.shapes import canonical_json
from refimpl.vectors.corpus import Corpus
from refimpl.vectors.edits import Edit, apply, set_each
from refimpl.vectors.operation import Operation, accepted
from refimpl.vectors.protected_text import moment
from refimpl.vectors.suite import Expect, Json
from refimpl.vocabulary import Kind


def _check_chain(edition: Edition, context: Json, given: Json) -> Expect:
    held = {**context, **given}
    peer = check_chain(
        parse_chain(map(b64decode, given["chain"])),
        roots=parse_chain(map(b64decode, held["roots"])),
        crls=tuple(_readable_crls(held["crls"])),
        entity_id=given["entity"],
        kind=given["kind"],
        now=moment(given["now"]),
        purpose=Purpose(given["purpose"]),
    )
    return accepted(
        {
            "encryptionKey": peer.encryption_key,
            "entity": peer.entity_id,
            "kind": peer.kind.value,
        }
    )


def _readable_crls(encoded: Iterable[str]) -> Iterator[Crl]:
    """Yield the CRLs that can be read; one that cannot is as good as none."""
    for crl in encoded:
        with suppress(*UNREADABLE):
            yield x509.load_der_x509_crl(b64decode(crl))


def _write(context: Json, described: Json) -> Json:
    """The chain, roots and CRLs that a plan makes, beside what is asked of them; roots and CRLs
    only where they are not those of the context.
    """
    asked = dict(described)
    plan = asked.pop("pki")
    signed = _signed_pki(canonical_json({name: plan[name] for name in plan if name in SIGNED}))
    chain = [*signed.leaf(plan["shows"]).chain]
    if plan["with_root"]:
        chain.append(signed.root.certificate)
    made: Json = {
        "chain": _base64(chain),
        "roots": _base64([signed.root.certificate]),
        "crls": _base64(signed.crls),
    }
    written = {**asked, **apply(plan["then"], made)}
    for name in ("roots", "crls"):
        if written.get(name) == context.get(name):
            del written[name]
    return written


SIGNED: Final = ("algorithm", "also", "at", "defect", "entities", "seed", "shows")
"""The members of a plan on which keys and certificates depend."""


@dataclass(frozen=True, slots=True)
class _Entity:
    id: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class _Entities:
    entities: tuple[_Entity, ...]


@cache
def _signed_pki(raw: bytes) -> pki.Pki:
    """The PKI of a plan in canonical JSON, which many witnesses share."""
    plan = json.loads(raw)
    entities = tuple(_Entity(name, Kind(kind)) for name, kind in plan["entities"].items())
    made = pki_plan.plan(_Entities(entities))
    for defect in (plan["defect"], plan.get("also")):
        if defect:
            made = defects.DEFECTS[defect](made, plan["shows"])
    return pki.sign(
        made, seed=plan["seed"].encode(), now=moment(plan["at"]), algorithm=plan["algorithm"]
    )


def _base64(
    encoded: Iterable[x509.Certificate | x509.CertificateRevocationList],
) -> list[str]:
    return [b64encode(each.public_bytes(Encoding.DER)).decode() for each in encoded]


def _edits(corpus: Corpus, given: Json) -> Iterator[list[Edit]]:
    """A defect, or another besides it; another who is expected."""
    yield set_each({"input.pki.defect": list(defects.DEFECTS)})
    yield set_each({"input.pki.also": list(defects.DEFECTS)})
    entities = given["pki"]["entities"]
    kinds = sorted({*entities.values()})
    yield set_each({"input.entity": [None, *entities], "input.kind": [None, *kinds]})


OPERATIONS: Final = {
    "certificate.check": Operation(
        answer=_check_chain, by_edition=False, write=_write, codes="CRT", edits=_edits
    ),
}
