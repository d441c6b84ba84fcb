"""The tables of OICP 2.3: which members each of its types has.

OICP describes complex types and refers to them by name; the objects that are sent are such
types too.  `fields_of` writes one out, with all that its members hold, as rows of paths.

Where the text is misprinted, the name that its examples and its API description write stands
here.  Where text and API description differ otherwise, the text holds: the API description
has an object in `MeterValueInBetween`, one text in `AccessibilityLocation`, and
`ChargingStationID`.
Facts in our own words; the texts are Hubject's.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from refimpl.crosswalk.tables import Card, Field

IC2: Final = "hubject/oicp@06a39343 OICP-2.3/OICP 2.3 CPO/02_CPO_Services_and_Operations"
IC3: Final = "hubject/oicp@0e209b3a OICP-2.3/OICP 2.3 CPO/03_CPO_Data_Types"
IE2: Final = "hubject/oicp@0a303d60 OICP-2.3/OICP 2.3 EMP/02_EMP_Services_and_Operations"
IE3: Final = "hubject/oicp@06b118e3 OICP-2.3/OICP 2.3 EMP/03_EMP_Data_Types"


class Has(NamedTuple):
    """A member of a complex type: its name, its type, and how often it stands there."""

    name: str
    type: str
    card: Card


# fmt: off
SESSION: Final = (
    Has("CPOPartnerSessionID", "Text(250)", "?"),
    Has("EMPPartnerSessionID", "Text(250)", "?"),
)
STATION: Final = (  # what the record that is pushed and the one that is pulled share
    Has("deltaType",                        "DeltaType",             "?"),
    Has("lastUpdate",                       "DateTime",              "?"),
    Has("EvseID",                           "EvseID",                "1"),
    Has("ChargingPoolID",                   "ChargingPoolID",        "?"),
    Has("ChargingStationId",                "Text(50)",              "?"),
    Has("ChargingStationNames",             "InfoText",              "+"),
    Has("HardwareManufacturer",             "Text(50)",              "?"),
    Has("ChargingStationImage",             "Text(200)",             "?"),
    Has("SubOperatorName",                  "Text(100)",             "?"),
    Has("Address",                          "Address",               "1"),
    Has("GeoCoordinates",                   "GeoCoordinates",        "?"),
    Has("Plugs",                            "Plug",                  "+"),
    Has("DynamicPowerLevel",                "Boolean",               "?"),
    Has("ChargingFacilities",               "ChargingFacility",      "+"),
    Has("RenewableEnergy",                  "Boolean",               "1"),
    Has("EnergySource",                     "EnergySource",          "*"),
    Has("EnvironmentalImpact",              "EnvironmentalImpact",   "?"),
    Has("CalibrationLawDataAvailability",   "CalibrationLawData",    "1"),
    Has("AuthenticationModes",              "AuthenticationMode",    "+"),
    Has("MaxCapacity",                      "Integer",               "?"),
    Has("PaymentOptions",                   "PaymentOption",         "+"),
    Has("ValueAddedServices",               "ValueAddedService",     "+"),
    Has("Accessibility",                    "Accessibility",         "1"),
    Has("AccessibilityLocation",            "AccessibilityLocation", "*"),
    Has("HotlinePhoneNumber",               "PhoneNumber",           "1"),
    Has("AdditionalInfo",                   "InfoText",              "*"),
    Has("ChargingStationLocationReference", "InfoText",              "*"),
    Has("GeoChargingPointEntrance",         "GeoCoordinates",        "?"),
    Has("IsOpen24Hours",                    "Boolean",               "1"),
    Has("OpeningTimes",                     "OpeningTimes",          "*"),
    Has("ClearinghouseID",                  "Text(20)",              "?"),
    Has("IsHubjectCompatible",              "Boolean",               "1"),
    Has("DynamicInfoAvailable",             "DynamicInfo",           "1"),
)
NOTIFIED: Final = (  # what the four charging notifications share
    Has("Type",                "ChargingNotification", "1"),
    Has("SessionID",           "SessionID",            "1"),
    *SESSION,
    Has("Identification",      "Identification",       "?"),
    Has("EvseID",              "EvseID",               "1"),
    Has("OperatorID",          "OperatorID",           "1"),
)
METERED: Final = (
    Has("PartnerProductID",    "Text(50)",             "?"),
    Has("SessionStart",        "DateTime",             "?"),
    Has("MeterValueStart",     "kWh",                  "?"),
)
PAGE: Final = (
    Has("number",              "Integer",              "1"),
    Has("size",                "Integer",              "1"),
    Has("totalElements",       "Integer",              "1"),
    Has("last",                "Boolean",              "1"),
    Has("totalPages",          "Integer",              "1"),
    Has("first",               "Boolean",              "1"),
    Has("numberOfElements",    "Integer",              "1"),
)

COMPLEX: Final[Mapping[str, tuple[Has, ...]]] = MappingProxyType({
    # --- objects that are sent ------------------------------------------------------------
    "ChargeDetailRecord": (
        Has("SessionID",       "SessionID",                "1"),
        *SESSION,
        Has("PartnerProductID",               "Text(50)",                   "?"),
        Has("EvseID",                         "EvseID",                     "1"),
        Has("Identification",                 "Identification",             "1"),
        Has("ChargingStart",                  "DateTime",                   "1"),
        Has("ChargingEnd",                    "DateTime",                   "1"),
        Has("SessionStart",                   "DateTime",                   "1"),
        Has("SessionEnd",                     "DateTime",                   "1"),
        Has("MeterValueStart",                "kWh",                        "?"),
        Has("MeterValueEnd",                  "kWh",                        "?"),
        Has("MeterValueInBetween",            "kWh",                        "*"),
        Has("ConsumedEnergy",                 "kWh",                        "1"),
        Has("SignedMeteringValues",           "SignedMeteringValues",       "*"),
        Has("CalibrationLawVerificationInfo", "CalibrationLawVerification", "?"),
        Has("HubOperatorID",                  "OperatorID",                 "?"),
        Has("HubProviderID",                  "ProviderID",                 "?"),
    ),
    "ChargeDetailRecords": (
        Has("content", "ChargeDetailRecord", "*"), *PAGE, Has("StatusCode", "StatusCode", "?"),
    ),
    "AuthorizeStart": (
        Has("SessionID",        "SessionID",      "?"), *SESSION,
        Has("OperatorID",       "OperatorID",     "1"),
        Has("EvseID",           "EvseID",         "?"),
        Has("Identification",   "Identification", "1"),
        Has("PartnerProductID", "Text(50)",       "?"),
    ),
    "AuthorizationStart": (
        Has("SessionID",           "SessionID",           "?"), *SESSION,
        Has("ProviderID",          "ProviderID",          "?"),
        Has("AuthorizationStatus", "AuthorizationStatus", "1"),
        Has("StatusCode",          "StatusCode",          "1"),
        Has("AuthorizationStopIdentifications", "Identification", "*"),
    ),
    "AuthorizeStop": (
        Has("SessionID",      "SessionID",      "1"), *SESSION,
        Has("OperatorID",     "OperatorID",     "1"),
        Has("EvseID",         "EvseID",         "?"),
        Has("Identification", "Identification", "1"),
    ),
    "AuthorizationStop": (
        Has("SessionID",           "SessionID",           "?"), *SESSION,
        Has("ProviderID",          "ProviderID",          "?"),
        Has("AuthorizationStatus", "AuthorizationStatus", "1"),
        Has("StatusCode",          "StatusCode",          "1"),
    ),
    "AuthorizeRemoteStart": (
        Has("SessionID",        "SessionID",      "1"), *SESSION,
        Has("ProviderID",       "ProviderID",     "1"),
        Has("EvseID",           "EvseID",         "1"),
        Has("Identification",   "Identification", "1"),
        Has("PartnerProductID", "Text(50)",       "?"),
    ),
    "AuthorizeRemoteReservationStart": (
        Has("SessionID",        "SessionID",      "?"), *SESSION,
        Has("ProviderID",       "ProviderID",     "1"),
        Has("EvseID",           "EvseID",         "1"),
        Has("Identification",   "Identification", "1"),
        Has("PartnerProductID", "Text(50)",       "?"),
        Has("Duration",         "Integer(2)",     "?"),
    ),
    "AuthorizeRemoteReservationStop": (
        Has("SessionID",  "SessionID",  "1"), *SESSION,
        Has("ProviderID", "ProviderID", "1"),
        Has("EvseID",     "EvseID",     "1"),
    ),
    "AuthorizeRemoteStop": (
        Has("SessionID",  "SessionID",  "1"), *SESSION,
        Has("ProviderID", "ProviderID", "1"),
        Has("EvseID",     "EvseID",     "1"),
    ),
    "Acknowledgement": (
        Has("Result",     "Boolean",    "1"),
        Has("StatusCode", "StatusCode", "1"),
        Has("SessionID",  "SessionID",  "?"), *SESSION,
    ),
    "ChargingNotificationStart": (
        *NOTIFIED, *METERED,
        Has("ChargingStart", "DateTime", "1"),
    ),
    "ChargingNotificationProgress": (
        *NOTIFIED, *METERED,
        Has("ChargingStart",          "DateTime", "1"),
        Has("EventOccurred",          "DateTime", "1"),
        Has("ChargingDuration",       "Integer",  "?"),
        Has("ConsumedEnergyProgress", "kWh",      "?"),
        Has("MeterValueInBetween",    "kWh",      "*"),
    ),
    "ChargingNotificationEnd": (
        *NOTIFIED, *METERED,
        Has("ChargingStart",       "DateTime", "?"),
        Has("ChargingEnd",         "DateTime", "1"),
        Has("SessionEnd",          "DateTime", "?"),
        Has("ConsumedEnergy",      "kWh",      "?"),
        Has("MeterValueEnd",       "kWh",      "?"),
        Has("MeterValueInBetween", "kWh",      "*"),
        Has("PenaltyTimeStart",    "DateTime", "?"),
    ),
    "ChargingNotificationError": (
        *NOTIFIED,
        Has("ErrorType",           "ErrorClass", "1"),
        Has("ErrorAdditionalInfo", "Text(250)",  "?"),
    ),
    "PushEvseData": (
        Has("ActionType",       "ActionType",       "1"),
        Has("OperatorEvseData", "OperatorEvseData", "1"),
    ),
    "EvseData": (
        Has("content", "PullEvseDataRecord", "*"), *PAGE, Has("StatusCode", "StatusCode", "1"),
    ),
    "PushEvseStatus": (
        Has("ActionType",         "ActionType",         "1"),
        Has("OperatorEvseStatus", "OperatorEvseStatus", "1"),
    ),
    "EvseStatus": (
        Has("EvseStatuses", "EvseStatuses", "1"),
        Has("StatusCode",   "StatusCode",   "?"),
    ),
    "EvseStatusByID": (
        Has("EVSEStatusRecords", "EvseStatusRecords", "1"),
        Has("StatusCode",        "StatusCode",        "?"),
    ),

    "PushAuthenticationData": (
        Has("ActionType",                 "ActionType",                 "1"),
        Has("ProviderAuthenticationData", "ProviderAuthenticationData", "1"),
    ),

    # --- their parts ----------------------------------------------------------------------
    "Identification": (  # exactly one of them
        Has("RFIDMifareFamilyIdentification", "RFIDMifareFamilyIdentification", "?"),
        Has("RFIDIdentification",             "RFIDIdentification",             "?"),
        Has("QRCodeIdentification",           "QRCodeIdentification",           "?"),
        Has("PlugAndChargeIdentification",    "ContractIdentification",         "?"),
        Has("RemoteIdentification",           "ContractIdentification",         "?"),
    ),
    "ProviderAuthenticationData": (
        Has("ProviderID",               "ProviderID",               "1"),
        Has("AuthenticationDataRecord", "AuthenticationDataRecord", "*"),
    ),
    "AuthenticationDataRecord": (Has("Identification", "Identification", "1"),),
    "RFIDMifareFamilyIdentification": (Has("UID", "UID", "1"),),
    "RFIDIdentification": (
        Has("UID",           "UID",       "1"),
        Has("EvcoID",        "EvcoID",    "?"),
        Has("RFID",          "RFID",      "1"),
        Has("PrintedNumber", "Text(150)", "?"),
        Has("ExpiryDate",    "DateTime",  "?"),
    ),
    "QRCodeIdentification": (
        Has("EvcoID",    "EvcoID",    "1"),
        Has("HashedPIN", "HashedPIN", "?"),
        Has("PIN",       "Text(20)",  "?"),
    ),
    "ContractIdentification": (Has("EvcoID", "EvcoID", "1"),),
    "HashedPIN": (
        Has("Value",          "HashValue",      "1"),
        Has("Function",       "HashFunction",   "1"),
        Has("LegacyHashData", "LegacyHashData", "?"),
    ),
    "LegacyHashData": (
        Has("Function", "LegacyHash", "1"),
        Has("Salt",     "Text(100)",  "?"),
        Has("Value",    "Text(20)",   "?"),
    ),
    "StatusCode": (
        Has("Code",           "Code",       "1"),
        Has("Description",    "Text(200)",  "?"),
        Has("AdditionalInfo", "Text(1000)", "?"),
    ),
    "SignedMeteringValues": (
        Has("SignedMeteringValue", "Text(3000)",     "?"),
        Has("MeteringStatus",      "MeteringStatus", "?"),
    ),
    "CalibrationLawVerification": (
        Has("CalibrationLawCertificateID",                 "Text(100)",  "?"),
        Has("PublicKey",                                   "Text(1000)", "?"),
        Has("MeteringSignatureUrl",                        "Text(200)",  "?"),
        Has("MeteringSignatureEncodingFormat",             "Text(50)",   "?"),
        Has("SignedMeteringValuesVerificationInstruction", "Text(400)",  "?"),
    ),
    "OperatorEvseData": (
        Has("OperatorID",     "OperatorID",     "1"),
        Has("OperatorName",   "Text(100)",      "1"),
        Has("EvseDataRecord", "EvseDataRecord", "*"),
    ),
    "EvseDataRecord":     (*STATION, Has("HubOperatorID", "OperatorID", "?")),
    "PullEvseDataRecord": (
        *STATION, Has("OperatorID", "OperatorID", "1"), Has("OperatorName", "Text(100)", "1"),
    ),
    "EvseStatuses":      (Has("OperatorEvseStatus", "OperatorEvseStatus", "*"),),
    "EvseStatusRecords": (Has("EvseStatusRecord",   "EvseStatusRecord",   "*"),),
    "OperatorEvseStatus": (
        Has("OperatorID",       "OperatorID",       "1"),
        Has("OperatorName",     "Text(100)",        "?"),
        Has("EvseStatusRecord", "EvseStatusRecord", "*"),
    ),
    "EvseStatusRecord": (
        Has("EvseID", "EvseID", "1"), Has("EvseStatus", "EvseStatusWord", "1"),
    ),
    "InfoText": (Has("lang", "LanguageCode", "1"), Has("value", "Text(150)", "1")),
    "Address": (
        Has("Country",         "Country",   "1"),
        Has("City",            "Text(50)",  "1"),  # "11-50" in the text
        Has("Street",          "Text(100)", "1"),
        Has("PostalCode",      "Text(10)",  "1"),
        Has("HouseNum",        "Text(10)",  "1"),
        Has("Floor",           "Text(5)",   "?"),
        Has("Region",          "Text(50)",  "?"),
        Has("ParkingFacility", "Boolean",   "?"),
        Has("ParkingSpot",     "Text(5)",   "?"),
        Has("TimeZone",        "TimeZone",  "?"),
    ),
    "GeoCoordinates": (  # exactly one of them
        Has("Google",              "Google",              "?"),
        Has("DecimalDegree",       "DecimalDegree",       "?"),
        Has("DegreeMinuteSeconds", "DegreeMinuteSeconds", "?"),
    ),
    "Google": (Has("Coordinates", "GoogleFormat", "1"),),  # "Coordinatea" in the text
    "DecimalDegree": (
        Has("Longitude", "DecimalDegreeFormat", "1"),
        Has("Latitude",  "DecimalDegreeFormat", "1"),
    ),
    "DegreeMinuteSeconds": (
        Has("Longitude", "DegreeMinuteSecondsFormat", "1"),
        Has("Latitude",  "DegreeMinuteSecondsFormat", "1"),
    ),
    "ChargingFacility": (
        Has("PowerType",     "PowerType",    "1"),
        Has("Voltage",       "Integer(3)",   "?"),
        Has("Amperage",      "Integer(2)",   "?"),
        Has("Power",         "Integer(3)",   "1"),
        Has("ChargingModes", "ChargingMode", "*"),  # "Charging Modes" in the text
    ),
    "EnergySource": (Has("Energy", "Energy", "?"), Has("Percentage", "Integer(2)", "?")),
    "EnvironmentalImpact": (
        Has("CO2Emission", "Decimal", "?"), Has("NuclearWaste", "Decimal", "?"),
    ),
    "OpeningTimes": (  # "Periods" and "On" in one table of the text, these in another
        Has("Period", "Period", "+"), Has("on", "Day", "1"),
    ),
    "Period": (Has("begin", "Clock", "1"), Has("end", "Clock", "1")),
})
# fmt: on


FOR_PROVIDERS: Final = frozenset({"PullEvseDataRecord", "ProviderAuthenticationData"})
"""The types that the text for providers alone has."""


def fields_of(type_name: str, source: str) -> tuple[Field, ...]:
    """Write out a complex type: its members and theirs, each by its path.

    >>> [field.path for field in fields_of("Address", IC3)][:2]
    ['Country', 'City']
    >>> fields_of("AuthorizeRemoteStart", IC2)[6].path
    'Identification.RFIDMifareFamilyIdentification'
    """
    return tuple(_below("", type_name, source))


def _below(path: str, type_name: str, source: str) -> Iterator[Field]:
    for member in COMPLEX[type_name]:
        many = "[]" if member.card in "*+" else ""
        place = f"{path}{member.name}{many}"
        if member.type in COMPLEX:
            yield Field(place, "object", member.card, source)
            text = IE3 if member.type in FOR_PROVIDERS else IC3
            yield from _below(f"{place}.", member.type, f"{text} {member.type}")
        else:
            yield Field(place, member.type, member.card, source)
