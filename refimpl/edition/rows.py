"""The rows of an edition, and an edition: what a file may say, and of which tables it is made.

A field that holds the id of another row says of which tables that row may be, and a field of
`Edition` that holds a table says what the files call it: both beside the field, as metadata.
`REFERENCES` and `TABLES` are read off them.

Rules: EDN-3, EDN-5.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Final, Literal, NamedTuple, cast, get_args, get_type_hints

from pydantic import Field

from refimpl.errors import RoamingError, Violation
from refimpl.shapes import Closed
from refimpl.vocabulary import Basis, Level, Phase, Scope

Text = Annotated[str, Field(min_length=1)]
Ids = tuple[Text, ...]
Flag = Annotated[bool, Field(strict=True)]
Number = Annotated[int, Field(strict=True, ge=1)]
ModePath = tuple[Literal["producer", "clearing-house", "consumer"], ...]


class Names:
    """That a field holds the id of a row of one of these tables."""

    def __init__(self, *tables: str) -> None:
        self.tables = tables


class Row(Closed):
    """One element of the standard: its id, how sure the model is of it, and a public source."""

    id: Text
    basis: Basis
    source: Text
    because: Text | None = None
    clause: Annotated[Text | None, Names("clause")] = None
    change: Annotated[Text | None, Names("change")] = None


class Source(Closed):
    """A public text that rows cite by its id."""

    id: Text
    says: Text
    change: Annotated[Text | None, Names("change")] = None


class Change(Row):
    """One item of an edition's public change list, or of an amendment's."""

    says: Text


class Clause(Row):
    """A clause, figure or table of the standard, by number and title only."""

    title: Text
    title_fr: Text | None = None


class Term(Row):
    """A term in English and French with a working definition in the model's own words."""

    en: Text
    fr: Text | None = None
    abbreviation: Text | None = None
    means: Text


class RoleRow(Row):
    """A role within one service, and which kinds of entity play it."""

    term: Annotated[Text, Names("term")]
    label: Text
    played_by: Annotated[Ids, Names("term")]
    says: Text


class LandscapeRow(Row):
    """A link between two kinds of node, and which neighbouring technologies cover it."""

    between: Annotated[tuple[Text, Text], Names("term")]
    technologies: Ids
    says: Text


class InterfaceRow(Row):
    """A pair of kinds, and whether Part 1 covers what passes between them."""

    between: Annotated[tuple[Text, Text], Names("term")]
    scope: Scope
    says: Text


class ModeRow(Row):
    """A roaming mode: the path of an exchange, and of those exchanges that are brokered where
    they differ.
    """

    label: Text
    extension: Flag
    path: ModePath
    brokered: Annotated[Ids, Names("exchange")] = ()
    brokered_path: ModePath = ()
    says: Text

    def path_of(self, exchange: str) -> ModePath:
        """Name the nodes that an exchange passes in this mode, both ends included."""
        return self.brokered_path if exchange in self.brokered else self.path


class StrategyRow(Row):
    """How a clearing house answers an authorization request, and who learns of the contract."""

    label: Text
    says: Text
    discloses: Text


class ExchangeRow(Row):
    """One thing roaming entities tell or ask each other: who produces it, who consumes it, in
    which messages.

    `returned` are those of the messages that go back from the consumer to the producer; a
    `mutual` exchange is begun by either.
    """

    number: Number
    label: Text
    producer: Annotated[Text, Names("role")]
    consumer: Annotated[Text, Names("role")]
    messages: Ids = ()
    returned: Ids = ()
    mutual: Flag = False
    modelled: Flag = True
    rep_function: Flag = False
    says: Text


class CrosswalkRow(Row):
    """The words neighbouring protocols use for a role or an exchange; the only place they are
    named.
    """

    id: Annotated[Text, Names("role", "exchange")]
    ocpi: Text | None = None
    oicp: Text | None = None
    ochp: Text | None = None
    emip: Text | None = None
    emi3: Text | None = None
    iso15118: Text | None = None


class ProtocolRow(Row):
    """A layer of the protocol stack, numbered from the bottom, and the protocol in it."""

    layer: Number
    label: Text
    protocol: Text
    minimum: Text | None = None
    says: Text


class SuiteRow(Row):
    """A cipher suite that TLS 1.2 may be used with: its registered number, and the kinds of
    server key it takes.
    """

    number: Number
    keys: Ids


class ServiceRow(Row):
    """A service a user may receive, and the kind of detail record it leaves."""

    label: Text
    record: Annotated[Text, Names("record")]
    says: Text


class RecordRow(Row):
    """A kind of detail record."""

    label: Text
    term: Annotated[Text, Names("term")]
    says: Text


MOST_TOLERATED: Final = 1_000_000_000
"""Thirty years in seconds, or a gigawatt hour: a check that tolerates more holds always."""


class CheckRow(Row):
    """How far what is told about a service may be off what is known of it, under the id of the
    rule that this is about.
    """

    id: Annotated[Text, Names("rule")]
    tolerance: Annotated[int, Field(strict=True, ge=0, le=MOST_TOLERATED)]
    unit: Literal["s", "Wh"]
    says: Text


class Rule(Row):
    """What the model asks, in its own words; code, errors and vectors cite it by id."""

    says: Text
    level: Level
    exercised: Literal["vectors", "tests"] = "vectors"
    modelled: Flag = True
    off: Flag = False


class StepRow(Row):
    """A row that an amendment lays over the session table of the model: one with the id of a
    row there replaces what it names, `removed` takes it out, any other is added.

    The rows of the model and their ids stand in `session.STEPS`.  A step is always this
    model's or the amendment's own decision.
    """

    basis: Basis = Basis.CHOSEN
    source: Text = "model: session table"
    because: Text | None = "The public texts hold no table of a session."
    phase: Phase | None = None
    message: Text | None = None
    by: Annotated[Literal["home-csp", "visited-cso"] | None, Names("role")] = None
    when: Text | None = None
    to: Phase | None = None
    rule: Annotated[Text | None, Names("rule")] = None
    removed: Flag = False


class Table(NamedTuple):
    """A table of an edition: what the files call it, the field of `Edition` that holds it, and
    the shape of its rows.
    """

    name: str
    field: str
    shape: type[Row] | type[Source]


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition, whole: each table as a read-only mapping from row id to row, in file order.

    `removed` holds, by table and id, the change under which a row of an earlier edition was
    taken out.
    """

    id: str
    title: str
    extends: str | None
    # fmt: off
    sources:    Annotated[Mapping[str, Source],       "source"]
    changes:    Annotated[Mapping[str, Change],       "change"]
    clauses:    Annotated[Mapping[str, Clause],       "clause"]
    terms:      Annotated[Mapping[str, Term],         "term"]
    roles:      Annotated[Mapping[str, RoleRow],      "role"]
    landscape:  Annotated[Mapping[str, LandscapeRow], "landscape"]
    interfaces: Annotated[Mapping[str, InterfaceRow], "interface"]
    modes:      Annotated[Mapping[str, ModeRow],      "mode"]
    strategies: Annotated[Mapping[str, StrategyRow],  "strategy"]
    services:   Annotated[Mapping[str, ServiceRow],   "service"]
    records:    Annotated[Mapping[str, RecordRow],    "record"]
    exchanges:  Annotated[Mapping[str, ExchangeRow],  "exchange"]
    crosswalk:  Annotated[Mapping[str, CrosswalkRow], "crosswalk"]
    protocols:  Annotated[Mapping[str, ProtocolRow],  "protocol"]
    suites:     Annotated[Mapping[str, SuiteRow],     "suite"]
    checks:     Annotated[Mapping[str, CheckRow],     "check"]
    rules:      Annotated[Mapping[str, Rule],         "rule"]
    steps:      Annotated[Mapping[str, StepRow],      "step"]
    # fmt: on
    removed: Mapping[tuple[str, str], str]
    off: frozenset[str] = field(init=False)
    """The ids of the rules that are switched off."""
    asked_checks: Mapping[str, CheckRow] = field(init=False)
    """The rows of `checks` whose rule is not switched off."""

    def __post_init__(self) -> None:
        """Read off once which rules are switched off, and which checks that leaves."""
        off = frozenset(rule.id for rule in self.rules.values() if rule.off)
        checks = {row.id: row for row in self.checks.values() if row.id not in off}
        object.__setattr__(self, "off", off)
        object.__setattr__(self, "asked_checks", MappingProxyType(checks))

    def asks(self, rule_id: str) -> bool:
        """Whether this edition refuses by a rule that an amendment may switch off."""
        return rule_id not in self.off

    def refuse(self, rule_id: str, where: str, error: type[RoamingError] = Violation) -> None:
        """Raise the error of a broken rule; what only a rule refuses that is switched off is
        let through.
        """
        if rule_id not in self.off:
            raise error(rule_id, where)

    @property
    def minimum_tls(self) -> str | None:
        """The lowest TLS version an endpoint of this edition may offer, as `"1.2"`; None where
        no row says.
        """
        return self.protocols["tls"].minimum if "tls" in self.protocols else None

    def table(self, name: str) -> Mapping[str, Row | Source]:
        """One table by its name in the files, as `"rule"`."""
        return cast(Mapping[str, Row | Source], getattr(self, TABLES[name].field))

    def sentence(self, rule_id: str) -> str:
        """What a rule asks, in the words of this edition; empty for a rule it does not have."""
        rule = self.rules.get(rule_id)
        return rule.says if rule else ""

    def explain(self, error: RoamingError) -> str:
        """The one line that a person reads of an error: rule id, what the rule asks, and the
        place.
        """
        says = self.sentence(error.rule_id)
        return f"{error.rule_id}: {says} ({error.where})" if says else str(error)

    def __hash__(self) -> int:
        return hash((self.id, self.title))


def _tables() -> Iterator[Table]:
    """Read off `Edition` which of its fields hold tables."""
    for held_in, hint in get_type_hints(Edition, include_extras=True).items():
        match get_args(hint):
            case (mapping, str(name)):
                yield Table(name, held_in, get_args(mapping)[1])


TABLES: Final[Mapping[str, Table]] = MappingProxyType({one.name: one for one in _tables()})
"""Each table of an edition by its name in the files."""


class Reference(NamedTuple):
    """A field of a table that holds ids of rows, and the tables in which they may stand."""

    table: str
    field: str
    targets: tuple[str, ...]


def _references() -> Iterator[Reference]:
    """Read off the rows which of their fields name other rows."""
    for table in TABLES.values():
        for name, member in table.shape.model_fields.items():
            for names in member.metadata:
                if isinstance(names, Names):
                    yield Reference(table.name, name, names.tables)


REFERENCES: Final = tuple(_references())
"""Which field of which table names rows of which tables."""
