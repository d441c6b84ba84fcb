"""Who vouches for whom: the test PKI of four roaming entities as a graph, and a certificate
member by member.

The picture is read off the certificates and CRLs themselves, and the verdict under each entity
is that of `security.certificates.check_chain`.
"""

from collections import Counter
from typing import Any, Final

from refimpl.edition import Edition
from refimpl.errors import RoamingError
from refimpl.lab.certificate_bytes import certificate_bytes
from refimpl.lab.entities import FOUR, NAMES, peer_or_refusal, pki_of_four
from refimpl.security.certificates import ENTITY, KIND, Peer
from refimpl.security.pki import Authority
from refimpl.security.pki_plan import ISSUERS, ROOT
from refimpl.views.kit.figure import KIND_LOOK, Figure, digraph
from refimpl.views.kit.labels import label, rule
from refimpl.views.kit.palette import ALARM, INK, MUTED, WASH
from refimpl.views.kit.table import Table
from refimpl.views.secure.byte_view import Sheets
from refimpl.vocabulary import Basis

LOOK: Final = {"style": "filled", "fillcolor": WASH, "color": MUTED}
POWERS: Final = {ca: ", ".join(kinds) for ca, kinds in ISSUERS.items()} | {
    ROOT: "no kind; appoints authorities"
}
GROUPS: Final = {
    "CRT": "certificates",
    "TLS": "the channel",
    "JOS": "signed and sealed text",
    "MSG": "messages",
}


def trust_graph(edition: Edition, revoked: str = "") -> Figure:
    """Draw the PKI: the root, the authorities with their CRLs, and the four with what is made
    of their chains.

    `revoked` is the id of an entity whose certificate is on a CRL, or empty.

    >>> from refimpl.edition import load
    >>> print(trust_graph(load("2025"), "csp-birch").text.splitlines()[-2])
    Birch Drive (csp-birch): issued by ca-parties, refused under CRT-17 (chosen): ...
    """
    made = pki_of_four(revoked)
    graph = digraph("trust", rankdir="LR", ranksep="0.6")
    text = [_draw_authority(graph, authority) for authority in (made.root, *made.issuers)]
    text += [
        _draw_entity(graph, edition, name, peer_or_refusal(made, name)) for name in made.leaves
    ]
    who = f"{NAMES[revoked]} revoked" if revoked else "nobody revoked"
    title = f"Test PKI of four roaming entities, {who}, {edition.id}"
    return Figure(title, str(graph.source), "\n".join(text))


# A graph of graphviz has no types.
def _draw_authority(graph: Any, authority: Authority) -> str:
    crl, name = authority.crl, authority.label
    assert crl is not None  # every authority of a whole PKI has issued one
    ends = authority.certificate.not_valid_after_utc
    listed = f"{len(list(crl))} revoked"
    about = (f"speaks for: {POWERS[name]}", f"until {ends:%Y-%m-%d}")
    graph.node(name, label(name, *about, width=30), **LOOK)
    of_crl = label("CRL", listed, f"next by {crl.next_update_utc:%Y-%m-%d}")
    graph.node(f"crl {name}", of_crl, shape="note", **LOOK)
    graph.edge(name, f"crl {name}", color=MUTED, dir="none")
    if name != ROOT:
        graph.edge(ROOT, name)
    return f"{name}: speaks for {POWERS[name]}; until {ends:%Y-%m-%d}; its CRL has {listed}."


def _draw_entity(graph: Any, edition: Edition, name: str, found: Peer | RoamingError) -> str:
    kind = FOUR.entity(name).kind
    issuer = next(ca for ca, kinds in ISSUERS.items() if kind in kinds)
    told, said, line = "accepted", "accepted", INK
    look = {**KIND_LOOK[kind], "fontcolor": INK, "penwidth": "1.2"}
    if isinstance(found, RoamingError):
        told, line = f"refused under {found.rule_id}", ALARM
        said = f"refused under {rule(edition, found.rule_id).rstrip('.')}"
        look |= {"fontcolor": ALARM, "penwidth": "3"}
    names = (f"SAN …:entity:{name}", f"SAN …:kind:{kind}")
    graph.node(name, label(NAMES[name], *names, told, width=30), **look)
    graph.edge(issuer, name, color=line)
    return f"{NAMES[name]} ({name}): issued by {issuer}, {said}."


def certificate_members(edition: Edition, entity_id: str = "cso-elm") -> Table:
    """Table what stands in the certificate of one entity, and the rule that asks for it.

    >>> from refimpl.edition import load
    >>> certificate_members(load("2025")).rows[0][:2]
    ('subject', 'CN=entity-cso-elm,O=TEST ONLY iec63119-refimpl')
    """
    certificate = pki_of_four().leaf(entity_id).chain[0]
    peer = peer_or_refusal(pki_of_four(), entity_id)
    assert isinstance(peer, Peer)  # in this PKI no certificate is revoked
    starts, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    validity = f"{starts:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} UTC"
    # fmt: off
    members = (
        ("subject",                       certificate.subject.rfc4514_string(),   "CRT-4"),
        ("issuer",                        certificate.issuer.rfc4514_string(),    "CRT-4"),
        ("validity",                      validity,                               "CRT-5"),
        ("algorithm",                     "Ed25519",                              "CRT-2"),
        ("use of the key",                "digital signature, and no authority",  "CRT-8"),
        ("extended key usage",            "client and server of a channel",       "CRT-9"),
        ("alternative name: entity",      ENTITY + peer.entity_id,                "CRT-10"),
        ("alternative name: kind",        KIND + peer.kind,                       "CRT-11"),
        ("alternative name: key to encrypt to", peer.encryption_key,              "CRT-13"),
        ("on the CRL of its issuer",      "no",                                   "CRT-17"),
    )
    # fmt: on
    rows = tuple((what, value, rule(edition, rule_id)) for what, value, rule_id in members)
    title = f"The certificate of {NAMES[entity_id]}, {edition.id}"
    return Table(title, ("member", "value", "rule"), rows)


def basis_of_exchange(edition: Edition) -> Table:
    """Table how sure the model is of the version of TLS, and of its rules on a secure exchange
    by group.
    """
    rows = []
    tls = edition.protocols.get("tls")
    if tls is not None:
        sure = [str(int(tls.basis is basis)) for basis in Basis]
        rows.append((f"TLS {tls.minimum} or newer", *sure))
    counts = Counter((one.id[:3], one.basis) for one in edition.rules.values())
    for group, what in GROUPS.items():
        numbers = [str(counts[group, basis]) for basis in Basis]
        rows.append((f"{group}, {what}", *numbers))
    title = f"How sure the model is of a secure exchange, {edition.id}"
    return Table(title, ("what", *Basis), tuple(rows))


def certificate_sheets(edition: Edition, entity_id: str = "cso-elm") -> Sheets:
    """The chain of one entity and the CRLs of the four byte by byte.

    >>> from refimpl.edition import load
    >>> [sheet.title for sheet in certificate_sheets(load("2025")).sheets][:2]
    ['The certificate of Elm Stations', 'The certificate of its authority']
    """
    title = f"What {NAMES[entity_id]} shows, byte by byte, {edition.id}"
    return Sheets(title, edition, certificate_bytes(pki_of_four(), entity_id))
