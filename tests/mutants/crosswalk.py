"""Mutants of what becomes of an object of a neighbouring protocol."""

from typing import Final

from refimpl.vectors.mutants import Mutant

READING: Final = "refimpl.crosswalk.reading"
MEASURES: Final = "refimpl.crosswalk.measures"
NAMING: Final = "refimpl.crosswalk.naming"
CODECS: Final = "refimpl.crosswalk.codecs"
WORDS: Final = "refimpl.crosswalk.words"
CONTRACTS: Final = "refimpl.crosswalk.ocpi_contracts"
RECORDS: Final = "refimpl.crosswalk.ocpi_records"
SESSIONS: Final = "refimpl.crosswalk.ocpi_sessions"
COMMANDS: Final = "refimpl.crosswalk.ocpi_commands"
LOCATIONS: Final = "refimpl.crosswalk.ocpi_locations"
CONTRADICTIONS: Final = "refimpl.crosswalk.ocpi_contradictions"
CHECKS: Final = "refimpl.crosswalk.ocpi_checks"
ASSUMING: Final = "refimpl.crosswalk.assuming"
IDENTIFYING: Final = "refimpl.crosswalk.oicp_2_3.identifying"
OICP_CDR: Final = "refimpl.crosswalk.oicp_2_3.records"
PROGRESS: Final = "refimpl.crosswalk.oicp_2_3.progress"
AUTHORIZING: Final = "refimpl.crosswalk.oicp_2_3.authorizing"
STATIONS: Final = "refimpl.crosswalk.oicp_2_3.stations"
REPORT: Final = "refimpl.crosswalk.report"

# fmt: off
MUTANTS: Final = (
    # --- Reading ---
    Mutant("XWK-1", "the last of two members", "lets the last of two members count", READING, "    if len(members) < len(pairs):\n", "    if False:\n"),
    Mutant("XWK-1", "numbers by a float", "reads numbers as binary fractions", READING, "    parse_float=_number,\n", "    parse_float=lambda text: Decimal(float(text)),\n"),
    Mutant("XWK-1", "NaN is a number", "takes NaN for a number", READING, "    parse_constant=_constant,\n", "    parse_constant=lambda text: Decimal(0),\n"),
    Mutant("XWK-1", "numbers of any size", "bounds no number", READING, "    if abs(value.adjusted()) > LONGEST_NUMBER:\n", "    if False:\n"),
    Mutant("XWK-1", "digits of a library", "writes a number as a library does", READING, "    return value if str(value) == text else Verbatim(text)\n", "    return value\n"),
    # --- Measures ---
    Mutant("XWK-5", "kilowatt-hours for watt-hours", "overlooks the factor of 1000", MEASURES, "    return int((number_of(value) * 1000).to_integral_value(ROUND_HALF_EVEN))\n\n\ndef write_kwh", "    return int((number_of(value) * 1).to_integral_value(ROUND_HALF_EVEN))\n\n\ndef write_kwh"),
    Mutant("XWK-5", "half up", "rounds half a watt-hour up", RECORDS, "    return int((kwh * 1000).to_integral_value(ROUND_HALF_EVEN))", "    return int((kwh * 1000).to_integral_value('ROUND_HALF_UP'))"),
    Mutant("XWK-5", "cut off", "cuts off what is less than a watt-hour", RECORDS, "    return int((kwh * 1000).to_integral_value(ROUND_HALF_EVEN))", "    return int(kwh * 1000)"),
    Mutant("XWK-5", "each period by itself", "rounds each period by itself", RECORDS, "        energy = _whole(sums[sign]) - before\n", "        energy = _whole(abs(volume))\n"),
    Mutant("XWK-5", "the total alone", "takes the total and asks no period", RECORDS, "    if energy != total:\n", "    if False:\n"),
    Mutant("XWK-5", "nearly the sum", "lets the sums differ by a thousandth", RECORDS, "    if energy != total:\n", "    if abs(energy - total) > abs(total) / 1000:\n"),
    Mutant("XWK-5", "only by the factor", "refuses a factor of 1000 alone", RECORDS, "    if energy != total:\n", "    if total and abs(energy / total) > 900:\n"),
    Mutant("XWK-9", "1970 is a time", "takes 1970-01-01 for a time", MEASURES, "    if text.startswith(SENTINEL):\n", "    if False:\n"),
    Mutant("XWK-11", "any offset", "reads a time of OCPI with an offset", MEASURES, r'_utc: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z?", re.ASCII)', r'_utc: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(?:Z?|[+-]\d\d:\d\d)", re.ASCII)'),
    Mutant("XWK-11", "Z is needed", "asks for a Z, which OCPI lets be left out", MEASURES, r'(\.\d+)?Z?", re.ASCII)', r'(\.\d+)?Z", re.ASCII)'),
    Mutant("XWK-11", "a fraction is form", "loses a fraction of a second without a word", MEASURES, '    return not str(value).partition(".")[2].strip("0Z")\n', "    return True\n"),
    Mutant("XWK-11", "offsets are passed over", "reads the clock of a place as UTC", MEASURES, '        moment = datetime.fromisoformat(f"{found[1]}{found[3]}").astimezone(UTC)\n', '        moment = datetime.fromisoformat(f"{found[1]}Z").astimezone(UTC)\n'),
    Mutant("XWK-11", "times of no place", "reads a time of OICP without an offset as UTC", MEASURES, r'(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII', r'(\.\d+)?(Z|[+-]\d\d:\d\d|)", re.ASCII'),
    Mutant("XWK-2", "minutes for hours", "takes a duration for minutes", MEASURES, "HOUR: Final = 3600\n", "HOUR: Final = 60\n"),
    Mutant("XWK-2", "any duration", "takes a duration that contradicts the times for derived", MEASURES, "    return abs(Decimal(value) - back) * 2 <= Decimal(1).scaleb(last)\n", "    return True\n"),
    Mutant("XWK-2", "a duration letter by letter", "takes a rounded duration for a contradiction", MEASURES, "    return abs(Decimal(value) - back) * 2 <= Decimal(1).scaleb(last)\n", "    return False\n"),
    Mutant("XWK-2", "watts for kilowatts", "overlooks that OICP has kilowatts", MEASURES, "    return int((number_of(value) * KILO)", "    return int((number_of(value) * 1)"),
    # --- Identifiers ---
    Mutant("XWK-4", "#NA is a place", "takes #NA for an EVSE ID that is wrong", NAMING, '        raise Unreadable("XWK-4", "#NA in the place of an EVSE ID")\n', '        raise Unreadable("EVS-1", "#NA in the place of an EVSE ID")\n'),
    Mutant("XWK-11", "case is a fault", "refuses an EVSE ID in lower case", NAMING, '    if _plain_evse_id(text):\n', "    if text != text.upper():\n        raise Unreadable('EVS-1', 'lower case')\n    if _plain_evse_id(text):\n"),
    Mutant("XWK-11", "case of a contract is a fault", "refuses a contract id in lower case", NAMING, "    found = _plain_emaid(text)\n    if found:\n", "    found = _plain_emaid(text)\n    if text != text.upper():\n        raise Unreadable('EMA-1', 'lower case')\n    if found:\n"),
    Mutant("XWK-11", "no check character", "does not work out the check character", NAMING, "        if found[5] is None or found[5].upper() == closing_character(emaid[:14]):\n", "        if True:\n", equivalent="the record asks for it as well, by the same rule"),
    Mutant("XWK-11", "a check character is needed", "asks for the check character", NAMING, "        if found[5] is None or found[5].upper() == closing_character(emaid[:14]):\n            return emaid\n", "        if found[5] is None:\n            raise Unreadable('EMA-9', 'none')\n        if found[5].upper() == closing_character(emaid[:14]):\n            return emaid\n"),
    Mutant("XWK-11", "spoilt EMAIDs are free ids", "takes an EMAID with a strange sign in it for an id of its issuer's making", CONTRACTS, "        if is_spoilt_emaid(taking.value(place)):\n", "        if False:\n"),
    Mutant("XWK-11", "free ids are refused", "refuses a contract id that is no EMAID", CONTRACTS, "        if is_spoilt_emaid(taking.value(place)):\n", "        if True:\n"),
    Mutant("XWK-2", "ids as they are", "does not escape what ours has no room for", NAMING, "    written = _escape(text)\n", "    written = re.sub('[^A-Za-z0-9._:/-]', '-', text)\n"),
    Mutant("XWK-2", "escaped ids again", "takes an id that looks escaped for one that is", NAMING, "    if _is_id(text) and _unescaped(text) is None:\n", "    if _is_id(text):\n"),
    Mutant("XWK-2", "escaped ids go back so", "does not undo the escape", NAMING, "    return _unescaped(text) or text\n", "    return text\n"),
    Mutant("XWK-2", "uids as they are", "keeps the case of a card's uid", CONTRACTS, '    return {"type": kind, "uid": uid.upper() if how == "capitals" else uid}\n', '    return {"type": kind, "uid": uid}\n'),
    Mutant("XWK-2", "any case of a uid in capitals", "writes the uid of an app in capitals", CONTRACTS, '    return {"type": kind, "uid": uid.upper() if how == "capitals" else uid}\n', '    return {"type": kind, "uid": uid.upper()}\n'),
    Mutant("XWK-2", "hyphens by themselves", "takes a hyphen in an EVSE ID for an asterisk unasked", CONTRACTS, ' or not taking.assume("evse-hyphens"):\n', ":\n"),
    Mutant("XWK-2", "the party of a token unasked", "writes no party of a token", CONTRACTS, "        if names.has_party:\n            write_party(giving, at, emaid)\n", ""),
    # --- Records ---
    Mutant("XWK-3", "a credit is a record", "counts a credit record as a second service", RECORDS, "    if not is_credit(value):\n        return\n", "    if True:\n        return\n"),
    Mutant("XWK-3", "a credit by its flag alone", "overlooks a record that names what it takes back", RECORDS, "    return named or (credit is not None and credit is not False)\n", "    return credit is True\n"),
    Mutant("XWK-2", "periods end with the record", "ends each period with the record", RECORDS, '    ends = [*starts[1:], taking.ours.get("ended_at")]\n', '    ends = [taking.ours.get("ended_at")] * len(starts)\n'),
    Mutant("XWK-2", "one period unasked", "makes one period of the whole unasked", RECORDS, '    if not taking.assume("periods=whole"):\n', "    if False:\n"),
    Mutant("XWK-2", "made up without a word", "does not say that a period was made up", RECORDS, '    taking.forced["/total_energy"] = "widened"\n    ours', "    ours"),
    Mutant("XWK-2", "parking is charging", "takes a period of parking for one of charging", RECORDS, '            period["activity"] = "parking"\n', ""),
    Mutant("XWK-2", "energy back is energy", "adds energy that was given back", RECORDS, "    _put_energy(taking.ours, sums[1], sums[-1])\n", "    _put_energy(taking.ours, sums[1] + sums[-1], Decimal(0))\n"),
    Mutant("XWK-2", "a gap is filled", "closes the gap between two periods without a word", RECORDS, '        if period["ended_at"] == end:\n            giving', "        if True:\n            giving"),
    # --- Words ---
    Mutant("XWK-8", "PLANNED is out of service", "takes an EVSE that is planned for one out of service", WORDS, '        Word("PLANNED",     "", "an EVSE that is not there yet"),\n', '        Word("PLANNED",     "out-of-service"),\n'),
    Mutant("XWK-8", "CHARGING is available", "takes an EVSE that charges for an available one", WORDS, '        Word("CHARGING",    "occupied"),\n', '        Word("CHARGING",    "available"),\n'),
    Mutant("XWK-8", "EvseNotFound is out of service", "takes an EVSE that was not found for one out of service", WORDS, '        Word("EvseNotFound", "", "tells of a question and not of an EVSE"),\n', '        Word("EvseNotFound", "out-of-service"),\n'),
    Mutant("XWK-8", "INVALID has ended", "takes a session that is not billed for one that has ended", WORDS, '        Word("INVALID",     "abandoned", "will not be billed"),\n', '        Word("INVALID",     "ended"),\n'),
    Mutant("XWK-8", "PENDING has begun", "takes a session that has not begun for one under way", WORDS, '        Word("PENDING",     "", "not begun yet"),\n', '        Word("PENDING",     "started"),\n'),
    Mutant("XWK-8", "COMMAND is an answer", "takes an order for an answer", WORDS, '        Word("COMMAND",      "order", "or a booking: the last method wins"),\n', '        Word("COMMAND",      "answer"),\n'),
    Mutant("XWK-8", "NO_CREDIT is blocked", "takes a lack of credit for a block", WORDS, '        Word("NO_CREDIT",   "no-credit"),\n', '        Word("NO_CREDIT",   "blocked"),\n'),
    Mutant("XWK-8", "210 is blocked", "takes the code 210 for a block", WORDS, '        Word("210", "expired",     "there is no valid contract"),\n', '        Word("210", "blocked",     "there is no valid contract"),\n'),
    Mutant("XWK-8", "a card for a single use", "takes a token for a single use for another card", WORDS, '        Word("AD_HOC_USER", "", "for a single use"),\n', '        Word("AD_HOC_USER", "other", "for a single use"),\n'),
    Mutant("XWK-8", "words that fall together are exact", "does not say that a word was rounded", CODECS, '    return Codec(f"words: {name}", read_word, write_word, _never)\n', '    return Codec(f"words: {name}", read_word, write_word, _always)\n'),
    # --- Classes ---
    Mutant("XWK-2", "derived without looking", "takes any party for that of the identifier", CODECS, '"party":    Codec("the party of an id", _as_it_is, _as_it_is, _without_case, "derived"),', '"party":    Codec("the party of an id", _as_it_is, _as_it_is, _always, "derived"),'),
    Mutant("XWK-2", "the party letter by letter", "takes a party in lower case for another", CODECS, '"party":    Codec("the party of an id", _as_it_is, _as_it_is, _without_case, "derived"),', '"party":    Codec("the party of an id", _as_it_is, _as_it_is, _equal, "derived"),'),
    Mutant("XWK-2", "1.0 is another number than 1", "takes a zero behind a fraction for a loss", CODECS, '"kWh":      Codec("kilowatt-hours as watt-hours", read_kwh, write_kwh, _equal),', '"kWh":      Codec("kilowatt-hours as watt-hours", read_kwh, write_kwh, _never),'),
    Mutant("XWK-2", "1.0 is 1", "does not say that a number was written otherwise", CODECS, "    return not isinstance(one, Decimal) or str(one) == str(other)\n", "    return True\n"),
    Mutant("XWK-2", "residue is no loss", "calls an object exact of which something has no place", REPORT, 'LOSSY: Final = frozenset({"rounded", "widened", "residue"})\n', 'LOSSY: Final = frozenset({"rounded", "widened"})\n'),
    Mutant("XWK-2", "what is made up is no loss", "calls an object exact around which something was made up", REPORT, 'LOSSY: Final = frozenset({"rounded", "widened", "residue"})\n', 'LOSSY: Final = frozenset({"rounded", "residue"})\n', equivalent="around what has more without a place there, so that it is lossy all the same"),
    # --- Answers, orders and news ---
    Mutant("XWK-12", "a yes with any token", "takes a yes with a token that is not valid", SESSIONS, '        if taking.value("/token/valid") is False:\n', "        if False:\n"),
    Mutant("XWK-12", "a yes with any code", "takes a yes with the code of a no", IDENTIFYING, "    if yes and code in REASONS:\n", "    if False:\n"),
    Mutant("XWK-12", "a no with the code of success is a yes", "goes by the code and not by the status", AUTHORIZING, "    granted = status == GRANTED\n", '    granted = status == GRANTED or taking.value("/StatusCode/Code") == "000"\n'),
    Mutant("XWK-12", "contradictions are silent", "tells of no cost that does not add up", CHECKS, "        return [f\"/total_cost/{amount}\"] if sum(known) != whole else []\n", "        return []\n"),
    Mutant("XWK-12", "ends are silent", "tells of no session that goes on and has ended", CONTRADICTIONS, '        return [f"/{end}"] if wanted.get(str(value.get("status")), told) != told else []\n', "        return []\n"),
    Mutant("XWK-2", "any assumption", "passes over an assumption that is mistyped", ASSUMING, "    if given and (unknown := unknown_of(protocol, given)):\n", "    if False and (unknown := unknown_of(protocol, given)):\n"),
    Mutant("XWK-2", "ACCEPTED or not", "takes an order for taken on in any case", COMMANDS, '    ours["accepted"] = row.ours == "yes"\n', '    ours["accepted"] = True\n'),
    Mutant("XWK-6", "the first of several ways", "takes the first of several identifications", IDENTIFYING, "    if len(ways) != 1:\n", "    if not ways:\n"),
    Mutant("XWK-2", "the contract without its card", "overlooks the card beside a contract of OICP", IDENTIFYING, '    if "medium" not in shown and _is_uid(taking.value(uid)):\n', "    if not shown and _is_uid(taking.value(uid)):\n"),
    Mutant("XWK-2", "the session is the period", "takes the time of the session for that of charging", OICP_CDR, 'taking.read("/ChargingEnd", "/periods/0/ended_at", "offset")', 'taking.read("/SessionEnd", "/periods/0/ended_at", "offset")'),
    Mutant("XWK-2", "the first period alone", "writes the end of the first period as that of charging", OICP_CDR, "    (first, start), (last, end) = charging[0], charging[-1]\n", "    (first, start), (last, end) = charging[0], charging[0]\n"),
    Mutant("XWK-2", "any id is a SessionID", "writes the id of a record as that of a session, whatever its form", IDENTIFYING, '    if isinstance(found, str) and WRITTEN["SessionID"].fullmatch(found):\n', "    if isinstance(found, str):\n"),
    Mutant("XWK-10", "deleted EVSEs have a status", "reads the status of EVSEs that are deleted", STATIONS, '        _check_not_deleted(taking, "/ActionType")\n        statuses', "        statuses"),
    Mutant("XWK-2", "an EVSE of a technical id", "takes a technical id for an EVSE ID", CONTRACTS, '    return taking.need("evse-id", "/evse_id")\n', '    return taking.supplied("evse-id") or taking.read("/evse_uid", "/evse_id", "evse-id")\n'),
)
# fmt: on
