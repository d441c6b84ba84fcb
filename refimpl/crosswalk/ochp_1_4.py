"""The tables of OCHP 1.4 and OCHPdirect: their members, and which of ours is nearest.

There is no converter: no public object of OCHP 1.4 has values to try one on.  Names, types and
cardinalities are facts in our own words; the text is e-clearing.net's.

Where text and schema differ, the text stands here: of a charge detail record the address is
optional in the text, and the schema asks for it.
"""

from typing import Final

from refimpl.crosswalk.tables import Field

HC: Final = "e-clearing-net/OCHP@034363a8 OCHP.md"
HD: Final = "e-clearing-net/OCHP@034363a8 OCHP-direct.md"
PROTOCOL: Final = "ochp-1.4"

# fmt: off
CDR_FIELDS: Final = tuple(Field(*row, f"{HC} CDRInfo") for row in (
    ("cdrId",                                  "CdrId",                "1"),
    ("evseId",                                 "EvseId",               "1"),
    ("emtId.instance",                         "string(512)",          "1"),
    ("emtId.representation",                   "tokenRepresentation",  "1"),
    ("emtId.type",                             "tokenType",            "1"),
    ("emtId.subType",                          "tokenSubType",         "?"),
    ("contractId",                             "ContractId",           "1"),
    ("status",                                 "CdrStatusType",        "1"),
    ("startDateTime",                          "LocalDateTimeType",    "1"),
    ("endDateTime",                            "LocalDateTimeType",    "1"),
    ("duration",                               "string(9)",            "?"),
    ("chargePointAddress.houseNumber",         "string(6)",            "?"),
    ("chargePointAddress.address",             "string(45)",           "1"),
    ("chargePointAddress.city",                "string(45)",           "1"),
    ("chargePointAddress.zipCode",             "string(10)",           "1"),
    ("chargePointAddress.country",             "string(3)",            "1"),
    ("chargePointType",                        "string(2)",            "1"),
    ("connectorType.connectorStandard",        "ConnectorStandard",    "1"),
    ("connectorType.connectorFormat",          "ConnectorFormat",      "1"),
    ("connectorType.tariffId",                 "TariffId",             "?"),
    ("ratings.maximumPower",                   "float kW",             "1"),
    ("ratings.guaranteedPower",                "float kW",             "?"),
    ("ratings.nominalVoltage",                 "int V",                "?"),
    ("meterId",                                "string(20)",           "?"),
    ("chargingPeriods[].startDateTime",        "LocalDateTimeType",    "1"),
    ("chargingPeriods[].endDateTime",          "LocalDateTimeType",    "1"),
    ("chargingPeriods[].billingItem",          "BillingItemType",      "1"),
    ("chargingPeriods[].billingValue",         "float",                "1"),
    ("chargingPeriods[].itemPrice",            "float",                "1"),
    ("chargingPeriods[].periodCost",           "float",                "?"),
    ("chargingPeriods[].taxrate",              "int",                  "?"),
    ("totalCost",                              "float",                "?"),
    ("currency",                               "string(3)",            "1"),
))
LIST_FIELDS: Final = tuple(Field(*row, f"{HC} RoamingAuthorisationInfo") for row in (
    ("EmtId.instance",       "string(512)",         "1"),
    ("EmtId.representation", "tokenRepresentation", "1"),
    ("EmtId.type",           "tokenType",           "1"),
    ("EmtId.subType",        "tokenSubType",        "?"),
    ("contractId",           "ContractId",          "1"),
    ("printedNumber",        "string(150)",         "?"),
    ("expiryDate",           "DateTimeType",        "1"),
))
STATION_FIELDS: Final = tuple(Field(*row, f"{HC} ChargePointInfo") for row in (
    ("evseId",                         "EvseId",                  "1"),
    ("locationId",                     "string(15)",              "1"),
    ("timestamp",                      "DateTimeType",            "?"),
    ("locationName",                   "string(100)",             "1"),
    ("locationNameLang",               "string(3)",               "1"),
    ("images[]",                       "evseImageUrlType",        "*"),
    ("relatedResource[]",              "RelatedResourceType",     "*"),
    ("chargePointAddress",             "AddressType",             "1"),
    ("chargePointLocation.lat",        "string(10)",              "1"),
    ("chargePointLocation.lon",        "string(11)",              "1"),
    ("relatedLocation",                "AdditionalGeoPointType",  "?"),
    ("timeZone",                       "string(255)",             "?"),
    ("openingTimes",                   "HoursType",               "1"),
    ("status",                         "ChargePointStatusType",   "?"),
    ("statusSchedule[]",               "ChargePointScheduleType", "*"),
    ("telephoneNumber",                "string(20)",              "?"),
    ("location",                       "GeneralLocationType",     "1"),
    ("parkingSpot[]",                  "ParkingSpotInfo",         "*"),
    ("restriction[]",                  "RestrictionType",         "*"),
    ("authMethods[]",                  "AuthMethodType",          "+"),
    ("connectors[].connectorStandard", "ConnectorStandard",       "1"),
    ("connectors[].connectorFormat",   "ConnectorFormat",         "1"),
    ("connectors[].tariffId",          "TariffId",                "?"),
    ("chargePointType",                "string(2)",               "1"),
    ("ratings.maximumPower",           "float kW",                "1"),
    ("ratings.guaranteedPower",        "float kW",                "?"),
    ("ratings.nominalVoltage",         "int V",                   "?"),
    ("userInterfaceLang[]",            "string(3)",               "*"),
    ("maxReservation",                 "float min",               "?"),
))
STATUS_FIELDS: Final = tuple(Field(*row, f"{HC} EvseStatusType") for row in (
    ("evseId", "EvseId",       "1"),
    ("major",  "MajorType",    "1"),
    ("minor",  "MinorType",    "?"),
    ("ttl",    "DateTimeType", "?"),
))
DIRECT_FIELDS: Final = tuple(Field(*row, HD) for row in (
    ("SelectEvse.evseId",            "EvseId",               "1"),
    ("SelectEvse.contractId",        "ContractId",           "1"),
    ("SelectEvse.reserveUntil",      "DateTimeType",         "?"),
    ("SelectEvse.result.resultCode", "DirectResultCodeType", "1"),
    ("SelectEvse.directId",          "DirectId",             "?"),
    ("SelectEvse.ttl",               "DateTimeType",         "?"),
    ("ControlEvse.directId",         "DirectId",             "1"),
    ("ControlEvse.operation",        "DirectOperation",      "1"),
    ("ControlEvse.maxPower",         "float kW",             "?"),
    ("ControlEvse.maxEnergy",        "float kWh",            "?"),
    ("ReleaseEvse.directId",         "DirectId",             "1"),
    ("InformProvider.message",       "DirectMessage",        "1"),
    ("InformProvider.evseId",        "EvseId",               "1"),
    ("InformProvider.contractId",    "ContractId",           "1"),
    ("InformProvider.directId",      "DirectId",             "1"),
    ("InformProvider.ttl",           "DateTimeType",         "?"),
    ("InformProvider.maxPower",      "float kW",             "?"),
    ("InformProvider.maxEnergy",     "float kWh",            "?"),
    ("InformProvider.currentPower",  "float kW",             "?"),
    ("InformProvider.chargedEnergy", "float kWh",            "?"),
))
FIELDS: Final = {
    "cdr": CDR_FIELDS, "authorization-list": LIST_FIELDS, "station": STATION_FIELDS,
    "station-status": STATUS_FIELDS, "direct": DIRECT_FIELDS,
}
# fmt: on
