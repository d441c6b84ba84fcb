"""What can go wrong, told apart by whose fault it is.

An error names a rule and a place and nothing else; the sentence a person reads comes from the
edition that knows the rule (`Edition.explain`).  A refused authorization is not here: a "no" is
an answer.
"""


class RoamingError(Exception):
    """A rule was broken at a place.

    `rule_id` is the id of a row in an edition's rule table, `where` is the place in words: a
    field, a position, a file and row.

    >>> Violation("SES-1", "phase new, message receipt")
    Violation('SES-1', 'phase new, message receipt')
    """

    def __init__(self, rule_id: str, where: str) -> None:
        super().__init__(rule_id, where)
        self.rule_id = rule_id
        self.where = where

    def __str__(self) -> str:
        return f"{self.rule_id} at {self.where}"


class Malformed(RoamingError, ValueError):
    """Bytes or text that carry no meaning: the fault of who wrote them."""


class Violation(RoamingError):
    """A meaning that is not allowed now, here or from this entity: the fault of the sender."""


class Untrusted(RoamingError):
    """A peer or channel that is not what it should be."""


class Misuse(RoamingError, ValueError):
    """A call or a file that the model cannot follow: the fault of our caller."""
