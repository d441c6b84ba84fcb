"""Who vouches for whom: the test PKI of four roaming entities as a graph, and a certificate
member by member.

The picture is read off the certificates and CRLs themselves, and the verdict under each entity
is that of `security.certificates.check_chain`.  Every key follows from a seed that stands here
for everyone to read: none of them may protect anything, and none is shown.
"""

from collections import Counter
from functools import cache
from typing import Any, Final

from refimpl.edition import load
from refimpl.errors import RoamingError
from refimpl.network import Network
from refimpl.play.example import NETWORK, START
from refimpl.security.certificates import ENTITY, KIND, Peer, Purpose, check_chain
from refimpl.security.pki import ISSUERS, ROOT, Authority, Pki, roaming_pki
from refimpl.views.figure import ALARM, INK, KIND_LOOK, MUTED, Figure, digraph
from refimpl.views.tables import Table
from refimpl.views.words import label, rule
from refimpl.vocabulary import Basis

SEED: Final = b"TEST ONLY: notebook 07"
FOUR: Final = Network(
    entities=tuple(
        NETWORK.entity(name) for name in ("cso-elm", "csp-alba", "csp-birch", "house-north")
    )
)
"""Four of the network of twelve, so that a picture can be read."""
NAMES: Final = {entity.id: entity.name or entity.id for entity in FOUR.entities}

LOOK: Final = {"style": "filled", "fillcolor": "#f4f4f4", "color": MUTED}
POWERS: Final = {ca: ", ".join(kinds) for ca, kinds in ISSUERS.items()} | {
    ROOT: "no kind; appoints authorities"
}
GROUPS: Final = {
    "CRT": "certificates",
    "TLS": "the channel",
    "JOS": "signed and sealed text",
    "MSG": "messages",
}


@cache
def pki(revoked: str = "") -> Pki:
    """The PKI of the four; `revoked` is the id of an entity whose certificate is on a CRL."""
    return roaming_pki(
        FOUR, seed=SEED, now=START, algorithm="Ed25519", revoked=filter(None, [revoked])
    )


def verdict(made: Pki, entity_id: str) -> Peer | RoamingError:
    """Check the chain that an entity shows: the peer it names, or the error that refuses it."""
    kind, chain = FOUR.entity(entity_id).kind, made.leaf(entity_id).chain
    asked: Any = {
        "entity_id": entity_id,
        "kind": kind,
        "now": START,
        "purpose": Purpose.MESSAGE,
    }
    try:
        return check_chain(chain, roots=(made.root.certificate,), crls=made.crls, **asked)
    except RoamingError as error:
        return error


def draw(revoked: str = "") -> Figure:
    """The PKI as a graph: the root, the authorities with their CRLs, and the four with what is
    made of their chains.

    >>> print(draw("csp-birch").text.splitlines()[-2])
    Birch Drive (csp-birch): issued by ca-parties, refused under CRT-17.
    """
    made = pki(revoked)
    graph = digraph("trust", rankdir="LR", ranksep="0.6")
    text = [_authority(graph, authority) for authority in (made.root, *made.issuers)]
    text += [_leaf(graph, name, verdict(made, name)) for name in made.leaves]
    who = f"{NAMES[revoked]} revoked" if revoked else "nobody revoked"
    return Figure(
        f"Test PKI of four roaming entities, {who}", str(graph.source), "\n".join(text)
    )


def _authority(graph: Any, authority: Authority) -> str:
    crl, name = authority.crl, authority.label
    assert crl is not None  # every authority of a whole PKI has issued one
    ends, listed = authority.certificate.not_valid_after_utc, f"{len(list(crl))} revoked"
    graph.node(
        name,
        label(name, f"speaks for: {POWERS[name]}", f"until {ends:%Y-%m-%d}", width=30),
        **LOOK,
    )
    graph.node(
        f"crl {name}",
        label("CRL", listed, f"next by {crl.next_update_utc:%Y-%m-%d}"),
        shape="note",
        **LOOK,
    )
    graph.edge(name, f"crl {name}", style="dashed", dir="none")
    if name != ROOT:
        graph.edge(ROOT, name)
    return f"{name}: speaks for {POWERS[name]}; until {ends:%Y-%m-%d}; its CRL has {listed}."


def _leaf(graph: Any, name: str, found: Peer | RoamingError) -> str:
    kind = FOUR.entity(name).kind
    issuer = next(ca for ca, kinds in ISSUERS.items() if kind in kinds)
    good = isinstance(found, Peer)
    told = "accepted" if isinstance(found, Peer) else f"refused under {found.rule_id}"
    look = {
        **KIND_LOOK[kind],
        "fontcolor": INK if good else ALARM,
        "penwidth": "1.2" if good else "3",
    }
    graph.node(
        name,
        label(NAMES[name], f"SAN …:entity:{name}", f"SAN …:kind:{kind}", told, width=30),
        **look,
    )
    graph.edge(issuer, name, style="solid" if good else "dotted")
    return f"{NAMES[name]} ({name}): issued by {issuer}, {told}."


def profile(entity_id: str = "cso-elm", edition: str = "2025") -> Table:
    """What stands in the certificate of one entity, and the rule that asks for it.

    >>> profile().rows[0][:2]
    ('subject', 'CN=entity-cso-elm,O=TEST ONLY iec63119-refimpl')
    """
    known, leaf = load(edition), pki().leaf(entity_id)
    certificate, peer = leaf.chain[0], verdict(pki(), entity_id)
    assert isinstance(peer, Peer)  # nobody is revoked
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    # fmt: off
    members = (
        ("subject",                       certificate.subject.rfc4514_string(),         "CRT-4"),
        ("issuer",                        certificate.issuer.rfc4514_string(),          "CRT-4"),
        ("validity",                      f"{starts:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} UTC", "CRT-5"),
        ("algorithm",                     "Ed25519",                                    "CRT-2"),
        ("use of the key",                "digital signature, and no authority",        "CRT-8"),
        ("extended key usage",            "client and server of a channel",             "CRT-9"),
        ("alternative name: entity",      ENTITY + peer.entity_id,                      "CRT-10"),
        ("alternative name: kind",        KIND + peer.kind,                             "CRT-11"),
        ("alternative name: key to encrypt to", peer.encryption_key,                    "CRT-13"),
        ("on the CRL of its issuer",      "no",                                         "CRT-17"),
    )
    # fmt: on
    rows = ((what, value, rule(known, rule_id)) for what, value, rule_id in members)
    return Table(
        f"The certificate of {NAMES[entity_id]}", ("member", "value", "rule"), tuple(rows)
    )


def basis(edition: str = "2025") -> Table:
    """How sure the model is of the version of TLS, and of its rules on a secure exchange by
    group.
    """
    known = load(edition)
    counts = Counter((one.id[:3], one.basis) for one in known.rules.values())
    groups = {
        f"{group}, {what}": [counts[group, sure] for sure in Basis]
        for group, what in GROUPS.items()
    }
    version = {
        f"TLS {known.minimum_tls} or newer": [
            int(known.protocols["tls"].basis is sure) for sure in Basis
        ]
    }
    rows = ((what, *map(str, numbers)) for what, numbers in (version | groups).items())
    return Table(
        f"How sure the model is of a secure exchange, {edition}", ("what", *Basis), tuple(rows)
    )
