"""The tables of OCHP 1.4 and OCHPdirect: their members, and which of ours is nearest.

There is no converter: no public object of OCHP 1.4 has values to try one on.  Names, types and
cardinalities are facts in our own words; the text is e-clearing.net's.

Where text and schema differ, the text stands here: of a charge detail record the address is
optional in the text, and the schema asks for it.
"""

from typing import Final

from refimpl.crosswalk.tables_only import Rows, tables_only
from refimpl.crosswalk.tables import Field, Pair

HC: Final = "e-clearing-net/OCHP@034363a8 OCHP.md"
HD: Final = "e-clearing-net/OCHP@034363a8 OCHP-direct.md"

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

CDR_PAIRS: Final = (
    Pair("cdrId",                          "record_id",            "id",      HC, remark="capitals and digits only, the CPO's id first"),
    Pair("evseId",                         "evse_id",              "evse-id", HC),
    Pair("contractId",                     "emaid",                "emaid",   HC, remark="nine characters of its own, C not asked for"),
    Pair("emtId.instance",                 "medium.uid",           "capitals", HC, remark="perhaps a hash"),
    Pair("emtId.type",                     "medium.type",          "meant",   HC),
    Pair("emtId.representation",           "medium.hash",          "meant",   HC, remark="of two hashes, ours has SHA-256"),
    Pair("startDateTime",                  "started_at",           "offset",  HC, remark="local time of the place"),
    Pair("endDateTime",                    "ended_at",             "offset",  HC, remark="local time of the place"),
    Pair("chargingPeriods[].startDateTime", "periods[].started_at", "offset", HC, remark="one period for each item on the bill; they may overlap"),
    Pair("chargingPeriods[].endDateTime",  "periods[].ended_at",   "offset",  HC),
    Pair("chargingPeriods[].billingItem",  "periods[].activity",   "meant",   HC, remark="energy is energy; the others are prices"),
    Pair("chargingPeriods[].billingValue", "periods[].energy_wh",  "kWh",     HC, remark="of energy; of power it is the most kW"),
    Pair("status",                         "replaces",             "meant",   HC, "implied", "revised under the same id"),
)
LIST_PAIRS: Final = (
    Pair("contractId",     "emaids[]",    "emaid",    HC),
    Pair("EmtId.instance", "media[].uid", "capitals", HC),
    Pair("EmtId.type",     "media[].type", "meant",   HC),
)
STATION_PAIRS: Final = (
    Pair("evseId",               "stations[].evse_id",    "evse-id", HC),
    Pair("locationName",         "stations[].name",       "exact",   HC, remark="the name of the place"),
    Pair("ratings.maximumPower", "stations[].power_w",    "kW",      HC, remark="kilowatts with decimals"),
    Pair("maxReservation",       "stations[].services[]", "meant",   HC, "implied"),
)
STATUS_PAIRS: Final = (
    Pair("evseId", "statuses[].evse_id", "evse-id",     HC),
    Pair("major",  "statuses[].status",  "ochp-status", HC, remark="with minor"),
    Pair("minor",  "statuses[].status",  "ochp-status", HC),
)
DIRECT_PAIRS: Final = (
    Pair("SelectEvse.evseId",            "evse_id",   "evse-id", HD),
    Pair("SelectEvse.contractId",        "emaid",     "emaid",   HD),
    Pair("SelectEvse.reserveUntil",      "until",     "utc",     HD),
    Pair("SelectEvse.result.resultCode", "reason",    "meant",   HD),
    Pair("SelectEvse.directId",          "authorization_id", "id", HD, "implied"),
    Pair("ControlEvse.operation",        "command",   "meant",   HD),
    Pair("ControlEvse.directId",         "authorization_id", "id", HD, "implied"),
    Pair("ControlEvse.maxEnergy",        "limits.energy_wh", "kWh", HD),
    Pair("InformProvider.message",       "event",     "meant",   HD),
    Pair("InformProvider.evseId",        "evse_id",   "evse-id", HD),
    Pair("InformProvider.contractId",    "emaid",     "emaid",   HD),
    Pair("InformProvider.chargedEnergy", "energy_wh", "kWh",     HD),
)
# fmt: on

PROTOCOL: Final = tables_only(
    "ochp-1.4",
    "OCHP 1.4",
    "ochp",
    (
        Rows("cdr", "CDRInfo", "detail-record", "cdr", CDR_FIELDS, CDR_PAIRS),
        Rows(
            "authorization-list",
            "RoamingAuthorisationInfo",
            "authorization-list",
            "authorization-list-notice",
            LIST_FIELDS,
            LIST_PAIRS,
        ),
        Rows(
            "station",
            "ChargePointInfo",
            "station-information",
            "station-information-notice",
            STATION_FIELDS,
            STATION_PAIRS,
        ),
        Rows(
            "station-status",
            "EvseStatus",
            "station-status",
            "station-status-notice",
            STATUS_FIELDS,
            STATUS_PAIRS,
        ),
        Rows(
            "direct",
            "OCHPdirect",
            "remote-control",
            "remote-control-request",
            DIRECT_FIELDS,
            DIRECT_PAIRS,
        ),
    ),
)
