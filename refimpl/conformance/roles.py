"""What an endpoint in each role has to be able to do: the operations of its model profile.

A profile is of this model.  `NEEDS` has a row for each operation in a family, with the roles
that cannot do without it and why; `is_needed` looks there.
"""

from typing import Final, NamedTuple

from refimpl.vocabulary import Role


class Need(NamedTuple):
    """One row: an operation in a family, the roles whose profile has it, and why."""

    family: str
    operation: str
    roles: tuple[Role, ...]
    because: str


HOME, VISITED, HOUSE = Role.HOME_CSP, Role.VISITED_CSO, Role.CLEARING_HOUSE
EACH: Final = (HOME, VISITED, HOUSE)
SIDES: Final = (HOME, VISITED)

# fmt: off
NEEDS: Final = (
    Need("authorization", "message.authorize", EACH,
         "Each endpoint looks who may say what to it; which vectors it is asked goes by the "
         "kind of the one who looks."),
    Need("certificate-profile", "certificate.check", EACH,
         "Each endpoint opens and accepts channels and reads what others signed."),
    Need("exchange", "endpoint.play", EACH,
         "This is what an endpoint does; which vectors it is asked goes by its kind."),
    Need("identifiers", "contract-id.free", SIDES,
         "A home-CSP knows its contracts by such ids, and a visited-CSO the users that "
         "show them."),
    Need("identifiers", "emaid.check-character", (HOME,),
         "A home-CSP gives out contract ids, each with its check character."),
    Need("identifiers", "emaid.din-check-digit", (HOME,),
         "A home-CSP has contract ids that were given out after DIN SPEC 91286."),
    Need("identifiers", "emaid.migrate-din", (HOME,),
         "A home-CSP carries its old contract ids over."),
    Need("identifiers", "emaid.parse", EACH,
         "A home-CSP reads the ids of its contracts, a visited-CSO those that users show, and "
         "a clearing house those by which it forwards a question."),
    Need("identifiers", "evse-id.carried", EACH,
         "Messages carry EVSE ids, and who decodes them reads them."),
    Need("identifiers", "evse-id.parse", SIDES,
         "A visited-CSO names its EVSEs, and a home-CSP reads what its users and partners "
         "write."),
    Need("identifiers", "medium.uid", EACH,
         "A visited-CSO reads cards; a home-CSP and a clearing house look them up on lists."),
    Need("messages", "message.decode", EACH,
         "Each endpoint reads messages, a clearing house those too that it passes on."),
    Need("plausibility", "service.plausible", SIDES,
         "Both sides of a service hear of its times and amounts; a clearing house passes "
         "them on."),
    Need("pseudonym", "emaid.pseudonym", (HOME,),
         "A home-CSP hides its contracts; all others handle a pseudonym as any EMAID."),
    Need("redaction", "message.redact", EACH,
         "Each endpoint leaves out of what it shows or keeps what its reader does not need."),
    Need("routing", "network.read", EACH,
         "Each endpoint knows the network that it is in."),
    Need("routing", "network.route", EACH,
         "Each endpoint knows the way of what it says, hears or passes on."),
    Need("sealed-message", "message.unprotect", EACH,
         "Each endpoint, a clearing house too, is sent texts that are sealed for it."),
    Need("session", "session.follow", SIDES,
         "A service is between a home-CSP and a visited-CSO; a clearing house has no side "
         "in it."),
    Need("signed-message", "countersignatures.check", EACH,
         "Each endpoint is sent texts that came through a clearing house, a clearing house "
         "through another."),
    Need("signed-message", "message.unprotect", EACH,
         "Each endpoint, a clearing house too, is sent texts that are signed."),
    Need("tls-profile", "frames.read", EACH,
         "Each endpoint reads what comes on a channel."),
    Need("tls-profile", "hello.answer", EACH,
         "Each endpoint accepts channels."),
    Need("tls-profile", "peer.admit", EACH,
         "Each endpoint decides whom it takes on."),
)
# fmt: on

BY_PLACE: Final = {(need.family, need.operation): need for need in NEEDS}


def is_needed(role: Role, family: str, operation: str) -> bool:
    """Tell whether an operation of a family belongs to the model profile of a role.

    >>> is_needed(Role.CLEARING_HOUSE, "session", "session.follow")
    False
    """
    need = BY_PLACE.get((family, operation))
    return need is not None and role in need.roles


def roles_of(family: str, operation: str) -> tuple[Role, ...]:
    """Return the roles whose profile has an operation of a family.

    >>> roles_of("session", "session.follow")
    (<Role.HOME_CSP: 'home-csp'>, <Role.VISITED_CSO: 'visited-cso'>)
    """
    need = BY_PLACE.get((family, operation))
    return need.roles if need else ()
