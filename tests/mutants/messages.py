"""Mutants of which bytes are a message."""

from collections.abc import Iterator
from typing import Final

from refimpl.vectors.mutants import Mutant

WIRE: Final = "refimpl.wire"
SHAPES: Final = "refimpl.shapes"
SAID: Final = "refimpl.messages.said"
ENVELOPE: Final = "refimpl.messages.envelope"
CONTRACTS: Final = "refimpl.messages.contracts"
SERVICES: Final = "refimpl.messages.services"
STATIONS: Final = "refimpl.messages.stations"
BILLING: Final = "refimpl.messages.billing"
AGAIN: Final = "refimpl.messages.again"
RECORDS: Final = "refimpl.records"
CREDENTIAL: Final = "refimpl.credential"
EXTENSION: Final = "refimpl.extension"
TEXTS: Final = "refimpl.identifiers.wire"
SHAPES_OF: Final = {
    ENVELOPE: ("Envelope(Sorted)", "Receipt(Said)", "Refusal(Said)"),
    CONTRACTS: (
        "ListPart(Sorted)",
        "AuthorizationListNotice(News)",
        "AuthorizationRequest(SaidOfContract)",
        "AuthorizationAnswer(Said)",
    ),
    SERVICES: (
        "RemoteControlRequest(SaidOfContract)",
        "RemoteControlAnswer(Said)",
        "RemoteControlNotice(Said)",
        "SessionProgressNotice(SaidOfContract)",
        "ReservationRequest(SaidOfContract)",
        "ReservationAnswer(Said)",
    ),
    STATIONS: (
        "Station(Sorted)",
        "StationStatus(Sorted)",
        "StationInformationNotice(News)",
        "StationStatusNotice(News)",
    ),
    BILLING: (
        "DetailRecordNotice(Said)",
        "RecordWithdrawalNotice(Said)",
        "CorrectionRequest(Said)",
        "CorrectionAnswer(Said)",
    ),
    AGAIN: (
        "FetchRequest(Said)",
        "ServiceState(Sorted)",
        "FetchAnswer(Said)",
        "RecordMark(Sorted)",
        "ReconciliationRequest(Said)",
        "ReconciliationAnswer(Said)",
    ),
    RECORDS: (
        "ChargingPeriod(Sorted)",
        "ServiceDetailRecord(Sorted)",
        "ChargingDetailRecord(Sorted)",
    ),
    CREDENTIAL: ("Medium(Sorted)",),
    SAID: ("Limits(Sorted)",),
}


def open_shapes() -> Iterator[Mutant]:
    """Each shape in turn takes members that it does not know."""
    for module, shapes in SHAPES_OF.items():
        for shape in shapes:
            yield Mutant(
                "WIR-3",
                f"further members of {shape.partition('(')[0]}",
                "passes over members that it does not know",
                module,
                f"class {shape}:",
                f"class {shape[:-1]}, extra='ignore'):",
            )


# fmt: off
MUTANTS: Final = (
    *open_shapes(),
    # --- bytes ---
    Mutant("WIR-1", "one byte more", "is off by one", WIRE, "    if len(raw) > MAX_BYTES:\n", "    if len(raw) > MAX_BYTES + 1:\n"),
    Mutant("WIR-1", "one byte fewer", "takes 'more than' for 'at least'", WIRE, "    if len(raw) > MAX_BYTES:\n", "    if len(raw) >= MAX_BYTES:\n"),
    Mutant("WIR-1", "characters for bytes", "counts characters", WIRE, "    if len(raw) > MAX_BYTES:\n", "    if len(raw.decode('utf-8', 'replace')) > MAX_BYTES:\n"),
    Mutant("WIR-1", "JSON before length", "reads what is too long", WIRE, "    if len(raw) > MAX_BYTES:\n", "    try:\n        json.loads(raw)\n    except ValueError as error:\n        raise Malformed('WIR-2', '') from error\n    if len(raw) > MAX_BYTES:\n"),
    Mutant("WIR-2", "one rule for what is no JSON", "finds WIR-3 for what is no JSON", WIRE, 'return Malformed("WIR-2", fault.says)', 'return Malformed("WIR-3", "")'),
    Mutant("WIR-2", "NaN is JSON", "takes NaN for a number", WIRE, 'raise Malformed("WIR-2", f"{constant} is no JSON")', "return 0"),
    Mutant("WIR-2", "a byte order mark", "passes over a byte order mark", WIRE, "        envelope: Envelope = shape", "        raw = raw.removeprefix(b'\\xef\\xbb\\xbf')\n        envelope: Envelope = shape"),
    Mutant("WIR-2", "raw control characters", "takes control characters in a text", WIRE, "        envelope: Envelope = shape", "        raw = raw.replace(b'\\t', b' ').replace(b'\\x01', b' ').replace(b'\\x1f', b' ')\n        envelope: Envelope = shape"),
    Mutant("WIR-2", "bytes that are no UTF-8", "replaces what is no UTF-8", WIRE, "        envelope: Envelope = shape", "        raw = raw.decode('utf-8', 'replace').encode()\n        envelope: Envelope = shape"),
    Mutant("WIR-2", "a lone surrogate", "takes half a surrogate pair", WIRE, "        envelope: Envelope = shape", "        raw = re.sub(rb'\\\\u[dD][89a-fA-F][0-9a-fA-F]{2}', b'x', raw)\n        envelope: Envelope = shape"),
    Mutant("WIR-2", "a comma to spare", "takes a comma before a bracket", WIRE, "        envelope: Envelope = shape", "        raw = re.sub(rb',([}\\]])', rb'\\1', raw)\n        envelope: Envelope = shape"),
    Mutant("WIR-2", "bytes behind", "passes over what stands behind the value", WIRE, "        envelope: Envelope = shape", "        try:\n            text = raw.decode()\n            raw = text[: json.JSONDecoder().raw_decode(text)[1]].encode()\n        except ValueError:\n            pass\n        envelope: Envelope = shape"),
    Mutant("WIR-4", "members twice", "takes the last of two members", WIRE, "    if name is not None:\n        raise", "    if False:\n        raise"),
    Mutant("WIR-4", "WIR-3 before WIR-4", "looks for repeated members last", WIRE, "    _check_members(raw)\n    rule = fault", "    rule = fault"),
    Mutant("WIR-4", "twice in the outer object", "looks for repeated members of the outer object only", SHAPES, "    for name, value in pairs:\n        if name in members:\n", "    for name, value in pairs:\n        if name in members and 'message' in dict(pairs):\n"),
    Mutant("WIR-4", "twice with the same value", "takes a member that says the same twice", SHAPES, "        if name in members:\n", "        if name in members and members[name] != value:\n"),
    Mutant("WIR-5", "any form", "makes no check of the form", WIRE, "        if again == raw:\n", "        if True:\n"),
    Mutant("WIR-5", "white space at the end", "passes over a line end", WIRE, "        if again == raw:\n", "        if again == raw.rstrip():\n"),
    Mutant("WIR-5", "white space between", "passes over white space", WIRE, "        if again == raw:\n", "        if again == raw or json.dumps(json.loads(raw), ensure_ascii=False, separators=(',', ':')).encode() == again:\n"),
    Mutant("WIR-5", "members in any order", "takes members in any order", WIRE, "        if again == raw:\n", "        if again == raw or (b' ' not in raw and b'\\\\' not in raw and sorted(raw) == sorted(again)):\n"),
    Mutant("WIR-5", "null is absent", "takes null for a missing member", WIRE, "        if again == raw:\n", "        if again == raw or re.sub(rb'\"\\w+\":null,?', b'', raw).replace(b',}', b'}') == again:\n"),
    Mutant("WIR-5", "from_list may be absent", "takes a missing from_list", WIRE, "        if again == raw:\n", "        if again in (raw, raw.replace(b'\"granted\"', b'\"from_list\":false,\"granted\"')):\n"),
    Mutant("WIR-5", "escapes", "takes any escape", WIRE, "        if again == raw:\n", "        if again == raw or (b'\\\\' in raw and json.dumps(json.loads(raw), ensure_ascii=False, separators=(',', ':')).encode() == again):\n"),
    Mutant("WIR-5", "WIR-5 before WIR-4", "looks at the form first", WIRE, "        _check_members(raw)\n        raise Malformed", "        raise Malformed"),
    Mutant("WIR-3", "one rule for identifiers", "finds WIR-3 for an identifier", WIRE, 'rule = fault.kind if fault.kind[:3].isupper() else "WIR-3"', 'rule = fault.kind if fault.kind[:3].isupper() and fault.kind[:3] not in ("EMA", "EVS") else "WIR-3"'),
    Mutant("WIR-3", "one rule for records", "finds WIR-3 for a record", WIRE, 'rule = fault.kind if fault.kind[:3].isupper() else "WIR-3"', 'rule = fault.kind if fault.kind[:3].isupper() and fault.kind[:3] != "REC" else "WIR-3"'),
    Mutant("WIR-3", "the last fault", "names the last fault that it finds", SHAPES, "first = error.errors(include_url=False, include_input=False)[0]", "first = error.errors(include_url=False, include_input=False)[-1]"),
    # --- times ---
    Mutant("WIR-3", "year 0000", "takes the year 0000", SHAPES, 'YEAR: Final = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"', 'YEAR: Final = "[0-9]{4}"'),
    Mutant("WIR-3", "every fourth year leaps", "takes 1900-02-29 for a day", SHAPES, "{BY_FOUR}|{BY_FOUR}00)", "(?:00|{BY_FOUR})|{BY_FOUR}00)"),
    Mutant("WIR-3", "no year leaps", "refuses 29 February", SHAPES, "|{LEAP_YEAR}-02-29)", ")"),
    Mutant("WIR-3", "no hundred leaps", "refuses 2000-02-29", SHAPES, "{BY_FOUR}|{BY_FOUR}00)", "{BY_FOUR})"),
    Mutant("WIR-3", "31 days in any month", "takes 31 April for a day", SHAPES, "(?:0[13578]|1[02])-31", "(?:0[1-9]|1[0-2])-31"),
    Mutant("WIR-3", "30 days in February", "takes 30 February for a day", SHAPES, "(?:0[13-9]|1[0-2])-(?:29|30)", "(?:0[1-9]|1[0-2])-(?:29|30)"),
    Mutant("WIR-3", "24:00", "takes 24:00:00", SHAPES, 'TIME: Final = "(?:[01][0-9]|2[0-3]):', 'TIME: Final = "(?:[01][0-9]|2[0-4]):'),
    Mutant("WIR-3", "second 60", "takes a leap second", SHAPES, ':[0-5][0-9]:[0-5][0-9]"', ':[0-5][0-9]:(?:[0-5][0-9]|60)"'),
    Mutant("WIR-3", "an offset for Z", "takes +00:00 for Z", SHAPES, 'f"^{DATE}T{TIME}Z$"', 'f"^{DATE}T{TIME}(?:Z|[+]00:00)$"'),
    Mutant("WIR-3", "a small t", "takes a small t", SHAPES, 'f"^{DATE}T{TIME}Z$"', 'f"^{DATE}[Tt]{TIME}Z$"'),
    Mutant("WIR-3", "fractions of a second", "takes fractions of a second", SHAPES, 'f"^{DATE}T{TIME}Z$"', 'f"^{DATE}T{TIME}(?:[.][0-9]+)?Z$"'),
    # --- bounds ---
    Mutant("WIR-3", "an id of 65", "is off by one", SHAPES, "{1,64}$", "{1,65}$"),
    Mutant("WIR-3", "an id of 63", "is off by one", SHAPES, "{1,64}$", "{1,63}$"),
    Mutant("WIR-3", "an empty id", "takes an empty id", SHAPES, "{1,64}$", "{0,64}$"),
    Mutant("WIR-3", "any character in an id", "takes any character in an id", SHAPES, "^[A-Za-z0-9._:/-]{1,64}$", "^.{1,64}$"),
    Mutant("WIR-3", "a name of 41", "is off by one", SHAPES, '(-[a-z0-9]+)*$", max_length=40)', '(-[a-z0-9]+)*$", max_length=41)'),
    Mutant("WIR-3", "a name of 39", "is off by one", SHAPES, '(-[a-z0-9]+)*$", max_length=40)', '(-[a-z0-9]+)*$", max_length=39)'),
    Mutant("WIR-3", "a text of 201", "is off by one", SHAPES, r"{1,200}$", r"{1,201}$"),
    Mutant("WIR-3", "a text of 199", "is off by one", SHAPES, r"{1,200}$", r"{1,199}$"),
    Mutant("WIR-3", "a text of nothing", "takes an empty text", SHAPES, r"{1,200}$", r"{0,200}$"),
    Mutant("WIR-3", "energy below 0", "takes a negative energy", RECORDS, "Field(ge=0, le=10_000_000)]\n\"\"\"Energy", "Field(ge=-1, le=10_000_000)]\n\"\"\"Energy"),
    Mutant("WIR-3", "energy above the most", "is off by one", RECORDS, "Field(ge=0, le=10_000_000)]\n\"\"\"Energy", "Field(ge=0, le=10_000_001)]\n\"\"\"Energy"),
    Mutant("WIR-3", "energy at the most", "is off by one", RECORDS, "Field(ge=0, le=10_000_000)]\n\"\"\"Energy", "Field(ge=0, le=9_999_999)]\n\"\"\"Energy"),
    Mutant("WIR-3", "energy above 0", "refuses no energy", RECORDS, "Field(ge=0, le=10_000_000)]\n\"\"\"Energy", "Field(ge=1, le=10_000_000)]\n\"\"\"Energy"),
    Mutant("WIR-3", "a quantity above the most", "is off by one", RECORDS, "Field(ge=0, le=1_000_000_000)", "Field(ge=0, le=1_000_000_001)"),
    Mutant("WIR-3", "a quantity at the most", "is off by one", RECORDS, "Field(ge=0, le=1_000_000_000)", "Field(ge=0, le=999_999_999)"),
    Mutant("WIR-3", "seconds above the most", "is off by one", SAID, "Annotated[int, Field(ge=0, le=10_000_000)] | None", "Annotated[int, Field(ge=0, le=10_000_001)] | None"),
    Mutant("WIR-3", "seconds at the most", "is off by one", SAID, "Annotated[int, Field(ge=0, le=10_000_000)] | None", "Annotated[int, Field(ge=0, le=9_999_999)] | None"),
    Mutant("WIR-3", "a power above the most", "is off by one", STATIONS, "Field(ge=0, le=10_000_000), Member", "Field(ge=0, le=10_000_001), Member"),
    Mutant("WIR-3", "a power at the most", "is off by one", STATIONS, "Field(ge=0, le=10_000_000), Member", "Field(ge=0, le=9_999_999), Member"),
    Mutant("WIR-3", "a station without services", "takes an empty list", STATIONS, "Field(min_length=1, max_length=20)", "Field(min_length=0, max_length=20)"),
    Mutant("WIR-3", "21 services", "is off by one", STATIONS, "Field(min_length=1, max_length=20)", "Field(min_length=1, max_length=21)"),
    Mutant("WIR-3", "19 services", "is off by one", STATIONS, "Field(min_length=1, max_length=20)", "Field(min_length=1, max_length=19)"),
    Mutant("WIR-3", "a sequence of 0", "takes 0 for a number of news", SAID, "Field(ge=1, le=2**53 - 1)", "Field(ge=0, le=2**53 - 1)"),
    Mutant("WIR-3", "a sequence of 2^53", "is off by one", SAID, "Field(ge=1, le=2**53 - 1)", "Field(ge=1, le=2**53)"),
    Mutant("WIR-3", "part 0", "counts parts from 0", CONTRACTS, 'part: Annotated[int, Field(ge=1, le=100_000)', 'part: Annotated[int, Field(ge=0, le=100_000)'),
    Mutant("WIR-3", "list 0", "counts lists from 0", CONTRACTS, 'number: Annotated[int, Field(ge=1, le', 'number: Annotated[int, Field(ge=0, le'),
    Mutant("LST-1", "a part after the last", "takes a part behind the last", CONTRACTS, "        if self.part > self.of:\n", "        if False:\n"),
    Mutant("LST-1", "no last part", "takes the last part for one behind it", CONTRACTS, "        if self.part > self.of:\n", "        if self.part >= self.of:\n"),
    Mutant("WIR-3", "1001 contracts", "is off by one", CONTRACTS, "Field(max_length=1000)", "Field(max_length=1001)"),
    Mutant("WIR-3", "501 media", "is off by one", CONTRACTS, "Field(min_length=1, max_length=500)", "Field(min_length=1, max_length=501)"),
    Mutant("WIR-3", "no media", "takes an empty list of media", CONTRACTS, "Field(min_length=1, max_length=500)", "Field(min_length=0, max_length=500)"),
    Mutant("WIR-3", "no charging period", "takes a CDR without a period", RECORDS, "Field(min_length=1)]\n    record_id", "Field(min_length=0)]\n    record_id"),
    Mutant("WIR-3", "201 marks", "is off by one", AGAIN, "Field(max_length=200)", "Field(max_length=201)"),
    Mutant("WIR-3", "any rule in a refusal", "takes any text for a rule", ENVELOPE, r'^[A-Z]{3}-[0-9]{1,3}$', r'^.+$'),
    Mutant("WIR-3", "a rule of four digits", "is off by one", ENVELOPE, r'^[A-Z]{3}-[0-9]{1,3}$', r'^[A-Z]{3}-[0-9]{1,4}$'),
    # --- what a shape asks ---
    Mutant("AUT-5", "a yes with a reason", "takes a reason with a yes", SAID, "    if yes and reason is not None:\n", "    if False:\n"),
    Mutant("AUT-5", "a no without a reason", "asks a no for a reason", SAID, "    if yes and reason is not None:\n", "    if yes == (reason is not None):\n"),
    Mutant("AUT-6", "a no with limits", "takes limits with a no", CONTRACTS, "        if not self.granted and self.limits is not None:\n", "        if False:\n"),
    Mutant("CRD-1", "no contract is named", "takes a message that names no contract", SAID, "        check_named(self.emaid, self.medium)\n", ""),
    Mutant("CRD-1", "a record of no contract", "takes a record that names no contract", RECORDS, "    check_named(record.emaid, record.medium)\n", ""),
    Mutant("CRD-1", "a service of no contract", "takes a service that names no contract", AGAIN, "        check_named(self.emaid, self.medium)\n", ""),
    Mutant("CRD-1", "not both", "takes an EMAID or a medium, not both", CREDENTIAL, "    if emaid is None and medium is None:\n", "    if (emaid is None) == (medium is None):\n"),
    Mutant("CRD-2", "any uid", "makes no check of a uid", CREDENTIAL, "            check_uid(self.type, self.uid, self.hash)\n", "            pass\n"),
    Mutant("REC-2", "ends before it starts", "takes a record that ends before it starts", RECORDS, "    if record.ended_at < record.started_at:\n", "    if False:\n"),
    Mutant("REC-2", "lasts no time", "refuses a record of no time", RECORDS, "    if record.ended_at < record.started_at:\n", "    if record.ended_at <= record.started_at:\n"),
    Mutant("REC-5", "replaces itself", "takes a record that replaces itself", RECORDS, "    if record.replaces == record.record_id:\n", "    if False:\n"),
    Mutant("REC-4", "any period", "makes no check of periods", RECORDS, "            if not before <= period.started_at <= period.ended_at <= self.ended_at:\n", "            if False:\n"),
    Mutant("REC-4", "periods without gaps", "refuses a gap between two periods", RECORDS, "            if not before <= period.started_at <= period.ended_at <= self.ended_at:\n", "            if not before == period.started_at <= period.ended_at <= self.ended_at:\n"),
    Mutant("REC-4", "periods of some time", "refuses a period of no time", RECORDS, "            if not before <= period.started_at <= period.ended_at <= self.ended_at:\n", "            if not before <= period.started_at < period.ended_at <= self.ended_at:\n"),
    Mutant("REC-4", "overlapping periods", "takes periods that overlap", RECORDS, "            before = period.ended_at\n", ""),
    Mutant("REC-4", "periods apart", "refuses a period that begins when the one before ends", RECORDS, "            before = period.ended_at\n", "            before = period.ended_at + __import__('datetime').timedelta(seconds=1)\n"),
    Mutant("REC-4", "a period behind the record", "takes a period that ends behind the record", RECORDS, " <= period.ended_at <= self.ended_at:\n", " <= period.ended_at:\n"),
    Mutant("REC-4", "a period before the record", "takes a period that starts before the record", RECORDS, "        before = self.started_at\n", "        before = self.periods[0].started_at\n"),
    Mutant("REC-4", "a period that ends before it starts", "takes a period that ends before it starts", RECORDS, "            if not before <= period.started_at <= period.ended_at <= self.ended_at:\n", "            if not before <= period.started_at or not period.ended_at <= self.ended_at:\n"),
    Mutant("REC-4", "up to the end", "asks the last period to end with the record", RECORDS, "        if sum(period.energy_wh for period in self.periods) != self.energy_wh:\n", "        if before != self.ended_at:\n            raise PydanticCustomError('REC-4', '')\n        if sum(period.energy_wh for period in self.periods) != self.energy_wh:\n"),
    Mutant("REC-6", "energy in a pause", "takes energy in a period without charging", RECORDS, "            if not _may_have_energy(period):\n", "            if False:\n"),
    Mutant("REC-6", "energy while parking", "takes energy in a period of parking", RECORDS, '    charging = period.activity in (None, "charging")\n', '    charging = period.activity in (None, "charging", "parking")\n'),
    Mutant("REC-6", "energy while idle", "takes energy in an idle period", RECORDS, '    charging = period.activity in (None, "charging")\n', '    charging = period.activity in (None, "charging", "idle")\n'),
    Mutant("REC-6", "energy given back in a pause", "looks at the energy taken only", RECORDS, "not (period.energy_wh or period.energy_back_wh)", "not period.energy_wh"),
    Mutant("REC-6", "only where charging is said", "takes no activity for a pause", RECORDS, '    charging = period.activity in (None, "charging")\n', '    charging = period.activity == "charging"\n'),
    Mutant("REC-6", "REC-3 before REC-6", "adds up first", RECORDS, "            if not _may_have_energy(period):\n", "            if sum(one.energy_wh for one in self.periods) == self.energy_wh and not _may_have_energy(period):\n"),
    Mutant("REC-3", "any sum", "does not add up", RECORDS, "        if sum(period.energy_wh for period in self.periods) != self.energy_wh:\n", "        if False:\n"),
    Mutant("REC-3", "a sum at most", "takes less than the record says", RECORDS, "        if sum(period.energy_wh for period in self.periods) != self.energy_wh:\n", "        if sum(period.energy_wh for period in self.periods) > self.energy_wh:\n"),
    Mutant("REC-3", "no sum of what is given back", "adds up what is taken only", RECORDS, "        if sum(period.energy_back_wh or 0 for period in self.periods) != (\n", "        if False and (\n"),
    Mutant("REC-3", "the record before its periods", "adds up before it looks at moments", RECORDS, "        before = self.started_at\n", "        if sum(period.energy_wh for period in self.periods) != self.energy_wh:\n            raise PydanticCustomError('REC-3', '')\n        before = self.started_at\n"),
    Mutant("REC-9", "one byte more", "is off by one", RECORDS, "MAX_BYTES: Final = 32_768", "MAX_BYTES: Final = 32_769"),
    Mutant("REC-9", "one byte fewer", "is off by one", RECORDS, "MAX_BYTES: Final = 32_768", "MAX_BYTES: Final = 32_767"),
    Mutant("EXT-1", "numbers", "takes a number in an extension", EXTENSION, "        case str() | bool():\n", "        case str() | bool() | int():\n"),
    Mutant("EXT-1", "null", "takes null in an extension", EXTENSION, "        case str() | bool():\n", "        case str() | bool() | None:\n"),
    Mutant("EXT-1", "any name", "takes a name that is not ASCII", EXTENSION, "    if not all(name.isascii() for name in names):\n", "    if False:\n"),
    Mutant("EXT-1", "any order", "takes names in any order", EXTENSION, 'return "" if names == sorted(names) else', 'return "" if True else'),
    Mutant("EXT-1", "17 levels", "is off by one", EXTENSION, "MAX_DEPTH: Final = 16", "MAX_DEPTH: Final = 17"),
    Mutant("EXT-1", "15 levels", "is off by one", EXTENSION, "MAX_DEPTH: Final = 16", "MAX_DEPTH: Final = 15"),
    Mutant("EXT-2", "one byte more", "is off by one", EXTENSION, "MAX_BYTES: Final = 16_384", "MAX_BYTES: Final = 16_385"),
    Mutant("EXT-2", "one byte fewer", "is off by one", EXTENSION, "MAX_BYTES: Final = 16_384", "MAX_BYTES: Final = 16_383"),
    Mutant("EXT-2", "characters for bytes", "counts characters", EXTENSION, "    size = len(canonical_json(extension))\n", "    size = len(canonical_json(extension).decode())\n"),
    Mutant("EXT-2", "EXT-2 before EXT-1", "looks at the size first", EXTENSION, "    if fault:\n        raise", "    if fault and len(canonical_json(extension)) <= MAX_BYTES:\n        raise"),
    Mutant("WIR-3", "an empty extension", "takes an empty extension", EXTENSION, "    Field(min_length=1),\n", ""),
    Mutant("WIR-3", "any protocol", "takes any name of a protocol", EXTENSION, 'ProtocolId = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=40)]', "ProtocolId = str"),
    Mutant("EMA-9", "any check character", "makes no check of the check character", TEXTS, 'text[14:] in {"", closing_character(text)}', "True"),
    Mutant("EMA-5", "EMAIDs in lower case", "reads an EMAID in lower case", TEXTS, 'return parse_emaid(text, "canonical")', 'return parse_emaid(text.upper(), "canonical")'),
    Mutant("EVS-10", "DIN's without a plus", "reads DIN's without a plus", TEXTS, r'DIN_OPERATOR: Final = r"\+[0-9]', r'DIN_OPERATOR: Final = r"\+?[0-9]'),
    Mutant("EVS-4", "an outlet of 32", "is off by one", TEXTS, "[A-Z0-9]{3}E[A-Z0-9]{1,31}", "[A-Z0-9]{3}E[A-Z0-9]{1,32}"),
)
# fmt: on
