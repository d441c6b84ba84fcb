"""The tables of OCHP 1.4 and OCHPdirect: their members, and which of ours is nearest.

There is no converter: no public object of OCHP 1.4 has values to try one on.  Names, types and
cardinalities are facts in our own words; the text is e-clearing.net's.

Where text and schema differ, the text stands here: of a charge detail record the address is
optional in the text, and the schema asks for it.
"""

from typing import Final

from refimpl.crosswalk.tables import Field, Pair
from refimpl.crosswalk.tables_only import Rows, tables_only

HC: Final = "e-clearing-net/OCHP, release 1.4, OCHP.md"
HD: Final = "e-clearing-net/OCHP@02455bf5 OCHP-direct.md"

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
ORDER_FIELDS: Final = tuple(Field(*row, HD) for row in (
    ("SelectEvse.evseId",            "EvseId",               "1"),
    ("SelectEvse.contractId",        "ContractId",           "1"),
    ("SelectEvse.reserveUntil",      "DateTimeType",         "?"),  # since 034363a8
    ("SelectEvse.result.resultCode", "DirectResultCodeType", "1"),
    ("SelectEvse.directId",          "DirectId",             "?"),
    ("SelectEvse.ttl",               "DateTimeType",         "?"),
    ("ControlEvse.directId",         "DirectId",             "1"),
    ("ControlEvse.operation",        "DirectOperation",      "1"),
    ("ControlEvse.maxPower",         "float kW",             "?"),
    ("ControlEvse.maxEnergy",        "float kWh",            "?"),
    ("ReleaseEvse.directId",         "DirectId",             "1"),
))
PROGRESS_FIELDS: Final = tuple(Field(*row, f"{HD} InformProvider") for row in (
    ("message",       "DirectMessage", "1"),
    ("evseId",        "EvseId",        "1"),
    ("contractId",    "ContractId",    "1"),
    ("directId",      "DirectId",      "1"),
    ("ttl",           "DateTimeType",  "?"),
    ("maxPower",      "float kW",      "?"),
    ("maxEnergy",     "float kWh",     "?"),
    ("currentPower",  "float kW",      "?"),
    ("chargedEnergy", "float kWh",     "?"),
))

INFO: Final = "ochp: 1.4 CDRInfo"
PERIOD: Final = "ochp: 1.4 CdrPeriodType"
CDR_PAIRS: Final = (
    Pair("cdrId",      "record_id",   "id",      INFO,
         remark="capitals and digits only, and the CPO's id first"),
    Pair("evseId",     "evse_id",     "evse-id", INFO),
    Pair("contractId", "emaid",       "emaid",   "ochp: 1.4 ContractId",
         remark="nine characters of its own, with no C asked for"),
    Pair("emtId.instance",       "medium.uid",  "capitals", "ochp: 1.4 EmtId",
         remark="perhaps a hash"),
    Pair("emtId.type",           "medium.type", "meant",    "ochp: 1.4 tokenType"),
    Pair("emtId.representation", "medium.hash", "meant",    "ochp: 1.4 tokenRepresentation",
         remark="of two hashes, ours has SHA-256"),
    Pair("startDateTime", "started_at", "offset", INFO, remark="local time of the place"),
    Pair("endDateTime",   "ended_at",   "offset", INFO, remark="local time of the place"),
    Pair("chargingPeriods[].startDateTime", "periods[].started_at", "offset", PERIOD,
         remark="one for each item on the bill; they may overlap"),
    Pair("chargingPeriods[].endDateTime",   "periods[].ended_at",   "offset", PERIOD),
    Pair("chargingPeriods[].billingItem",   "periods[].activity",   "meant",  PERIOD,
         remark="energy is energy; the others are prices"),
    Pair("chargingPeriods[].billingValue",  "periods[].energy_wh",  "kWh",    PERIOD,
         remark="of energy; of power it is the most kilowatts"),
    Pair("status", "replaces", "meant", "ochp: 1.4 CdrStatusType", "implied",
         "revised under the same id"),
)
LIST: Final = "ochp: 1.4 RoamingAuthorisationInfo"
LIST_PAIRS: Final = (
    Pair("contractId",     "emaids[]",     "emaid",    LIST),
    Pair("EmtId.instance", "media[].uid",  "capitals", LIST),
    Pair("EmtId.type",     "media[].type", "meant",    LIST),
)
POINT: Final = "ochp: 1.4 ChargePointInfo"
STATION_PAIRS: Final = (
    Pair("evseId",               "stations[].evse_id",    "evse-id", POINT),
    Pair("locationName",         "stations[].name",       "exact",   POINT,
         remark="the name of the place"),
    Pair("ratings.maximumPower", "stations[].power_w",    "kW",      POINT,
         remark="kilowatts with decimals"),
    Pair("maxReservation",       "stations[].services[]", "meant",   POINT, "implied"),
)
LIVE: Final = "ochp: 1.4 EvseStatusType"
STATUS_PAIRS: Final = (
    Pair("evseId", "statuses[].evse_id", "evse-id",     LIVE),
    Pair("major",  "statuses[].status",  "ochp-status", LIVE, remark="with minor"),
    Pair("minor",  "statuses[].status",  "ochp-status", LIVE),
)
DIRECT: Final = "ochp: OCHPdirect"
ORDER_PAIRS: Final = (
    Pair("SelectEvse.evseId",       "evse_id",          "evse-id", DIRECT),
    Pair("SelectEvse.contractId",   "emaid",            "emaid",   DIRECT),
    Pair("SelectEvse.reserveUntil", "expires_at",       "utc",     DIRECT, "implied"),
    Pair("SelectEvse.directId",     "authorization_id", "id",      DIRECT, "implied"),
    Pair("ControlEvse.operation",   "command",          "meant",   DIRECT),
    Pair("ControlEvse.maxEnergy",   "limits.energy_wh", "kWh",     DIRECT),
)
PROGRESS_PAIRS: Final = (
    Pair("message",       "event",     "meant",   DIRECT),
    Pair("evseId",        "evse_id",   "evse-id", DIRECT),
    Pair("contractId",    "emaid",     "emaid",   DIRECT),
    Pair("chargedEnergy", "energy_wh", "kWh",     DIRECT),
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
            "SetRoamingAuthorisationList",
            "authorization-list",
            "authorization-list-notice",
            LIST_FIELDS,
            LIST_PAIRS,
        ),
        Rows(
            "station",
            "SetChargePointList",
            "station-information",
            "station-information-notice",
            STATION_FIELDS,
            STATION_PAIRS,
        ),
        Rows(
            "station-status",
            "LiveStatus",
            "station-status",
            "station-status-notice",
            STATUS_FIELDS,
            STATUS_PAIRS,
        ),
        Rows(
            "remote-control",
            "SelectEvse, ControlEvse, ReleaseEvse",
            "remote-control",
            "remote-control-request",
            ORDER_FIELDS,
            ORDER_PAIRS,
        ),
        Rows(
            "session-progress",
            "InformProvider",
            "session-progress",
            "session-progress-notice",
            PROGRESS_FIELDS,
            PROGRESS_PAIRS,
        ),
    ),
)
