"""How OICP 2.3 writes a value: its expressions, its lengths, and its closed lists of words.

Facts in our own words; the texts are Hubject's (`fields.IC3`).
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from refimpl.crosswalk.measures import sentinel_fault
from refimpl.crosswalk.reading import Json
from refimpl.crosswalk.tables import TypeCheck
from refimpl.crosswalk.value_types import (
    boolean_fault,
    enumeration,
    number_fault,
    pattern_type,
    text_type,
)

# fmt: off
CHOICES: Final[Mapping[str, frozenset[str]]] = MappingProxyType({
    name: frozenset(words) for name, *words in (
    ("DeltaType", "update", "insert", "delete"),
    ("ActionType", "fullLoad", "update", "insert", "delete"),
    ("AuthorizationStatus", "Authorized", "NotAuthorized"),
    ("ChargingNotification", "Start", "Progress", "End", "Error"),
    ("ErrorClass", "Connector Error", "Critical Error"),
    ("RFID", "mifareCls", "mifareDes", "calypso", "nfc", "mifareFamily"),
    ("HashFunction", "Bcrypt"),
    ("LegacyHash", "MD5", "SHA-1"),
    ("MeteringStatus", "Start", "Progress", "End"),
    ("EvseStatusWord", "Available", "Reserved", "Occupied", "OutOfService", "EvseNotFound",
     "Unknown"),
    ("Code", "000", "001", "002", "009", "017", "018", "019", "021", "022", "101", "102", "103",
     "105", "106", "110", "120", "121", "122", "200", "210", "300", "310", "320", "400", "501",
     "510", "601", "602", "603", "604", "700"),
    ("Plug", "Small Paddle Inductive", "Large Paddle Inductive", "AVCON Connector",
     "Tesla Connector", "NEMA 5-20", "Type E French Standard", "Type F Schuko",
     "Type G British Standard", "Type J Swiss Standard", "Type 1 Connector (Cable Attached)",
     "Type 2 Outlet", "Type 2 Connector (Cable Attached)", "Type 3 Outlet",
     "IEC 60309 Single Phase", "IEC 60309 Three Phase", "CCS Combo 2 Plug (Cable Attached)",
     "CCS Combo 1 Plug (Cable Attached)", "CHAdeMO"),
    ("PowerType", "AC_1_PHASE", "AC_3_PHASE", "DC"),
    ("ChargingMode", "Mode_1", "Mode_2", "Mode_3", "Mode_4", "CHAdeMO"),
    ("Energy", "Solar", "Wind", "HydroPower", "GeothermalEnergy", "Biomass", "Coal",
     "NuclearEnergy", "Petroleum", "NaturalGas"),
    ("CalibrationLawData", "Local", "External", "Not Available"),
    ("AuthenticationMode", "NFC RFID Classic", "NFC RFID DESFire", "PnC", "REMOTE",
     "Direct Payment", "No Authentication Required"),
    ("PaymentOption", "No Payment", "Direct", "Contract"),
    ("ValueAddedService", "Reservation", "DynamicPricing", "ParkingSensors",
     "MaximumPowerCharging", "PredictiveChargePointUsage", "ChargingPlans", "RoofProvided",
     "None"),
    ("Accessibility", "Free publicly accessible", "Restricted access",
     "Paying publicly accessible", "Test Station"),
    ("AccessibilityLocation", "OnStreet", "ParkingLot", "ParkingGarage",
     "UndergroundParkingGarage"),
    ("DynamicInfo", "true", "false", "auto"),
    ("Day", "Everyday", "Workdays", "Weekend", "Monday", "Tuesday", "Wednesday", "Thursday",
     "Friday", "Saturday", "Sunday"),
    )
})

WRITTEN: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType({
    name: re.compile(expression) for name, expression in (
    ("SessionID",      r"[A-Za-z0-9]{8}(?:-[A-Za-z0-9]{4}){3}-[A-Za-z0-9]{12}"),
    ("EvseID",         (r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?E[A-Za-z0-9*]{1,30}"
                       r"|\+?[0-9]{1,3}\*[0-9]{3}\*[0-9*]{1,32}")),
    ("EvcoID",         (r"[A-Za-z]{2}-?[A-Za-z0-9]{3}-?C[A-Za-z0-9]{8}-?[0-9A-Za-z]"
                       r"|[A-Za-z]{2}[*-]?[A-Za-z0-9]{3}[*-]?[A-Za-z0-9]{6}[*-]?[0-9X]")),
    ("OperatorID",     r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}|\+?[0-9]{1,3}\*[0-9]{3}"),
    ("ProviderID",     r"[A-Za-z]{2}[*-]?[A-Za-z0-9]{3}"),
    ("UID",            r"[0-9A-F]{8}|[0-9A-F]{14}|[0-9A-F]{20}"),
    ("HashValue",      r"[0-9A-Za-z\\.+/=$]{10,100}"),
    ("LanguageCode",   r"[a-z]{2,3}(?:-[A-Z]{2,3}(?:-[a-zA-Z]{4})?)?(?:-x-[a-zA-Z0-9]{1,8})?"),
    ("ChargingPoolID", r"[A-Za-z]{2}\*?[A-Za-z0-9]{3}\*?P[A-Za-z0-9*]{1,30}"),
    ("PhoneNumber",    r"\+[0-9]{5,15}"),
    ("TimeZone",       r"UTC[+-][0-9]{2}:[0-9]{2}"),
    ("Country",        r"[A-Z]{3}"),
    # The text asks for an offset and whole seconds; its examples have Z and milliseconds.
    ("DateTime",       (r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
                        r"(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})")),
    ("Clock",          r"[0-9]{2}:[0-9]{2}"),
    ("GoogleFormat",   r"-?1?[0-9]{1,2}\.[0-9]{1,6}\s*,?\s*-?1?[0-9]{1,2}\.[0-9]{1,6}"),
    ("DecimalDegreeFormat",       r"-?1?[0-9]{1,2}\.[0-9]{1,6}"),
    ("DegreeMinuteSecondsFormat", r"-?1?[0-9]{1,2}° ?[0-9]{1,2}' ?[0-9]{1,2}\.[0-9]+(?:''|’')"),
    )
})
# fmt: on
LENGTHS: Final = (5, 10, 20, 50, 100, 150, 200, 250, 400, 1000, 3000)
DIGITS: Final = (2, 3)
KWH_DECIMALS: Final = 3


NOT_SO: Final = "not as the expression of the type asks"


def _moment(value: Json) -> str:
    if not isinstance(value, str) or not WRITTEN["DateTime"].fullmatch(value):
        return NOT_SO
    return sentinel_fault(value)


def _integer(digits: int) -> TypeCheck:
    def check(value: Json) -> str:
        if not isinstance(value, int) or isinstance(value, bool):
            return "no integer"
        return "" if abs(value) < 10**digits else f"more than {digits} digits"

    return check


def _kwh(value: Json) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return "no number"
    decimals = f"{value:f}".partition(".")[2].rstrip("0")
    return "" if len(decimals) <= KWH_DECIMALS else f"more than {KWH_DECIMALS} decimals"


def _types() -> Iterator[tuple[str, TypeCheck]]:
    for name, words in CHOICES.items():
        yield name, enumeration(*words)
    for name, pattern in WRITTEN.items():
        yield name, pattern_type(pattern.pattern, NOT_SO)
    yield "DateTime", _moment
    for longest in LENGTHS:
        yield f"Text({longest})", text_type(longest)
    for digits in DIGITS:
        yield f"Integer({digits})", _integer(digits)
    yield "Integer", _integer(18)
    yield "Boolean", boolean_fault
    yield "Decimal", number_fault
    yield "kWh", _kwh


TYPES: Final[Mapping[str, TypeCheck]] = MappingProxyType(dict(_types()))
