"""The tables of eMIP 0.7.4: its members, and which of ours is nearest.

There is no converter: no public object of eMIP has values to try one on, and its owner gives it
up for OCPI.  No public text of the owner exists either; the rows are read off the message
templates of an implementer, OpenChargingCloud.  Facts in our own words.

Two faults of that implementation matter to a reader of its records: it writes the CSO's ids of
a session twice and never the CSP's, and reads the unit of a meter report as its value.
"""

from typing import Final

from refimpl.crosswalk.tables import Field, Pair, Sure
from refimpl.crosswalk.tables_only import Rows, tables_only

ME: Final = "OpenChargingCloud/WWCP_eMIP@09fc7f50 WWCP_eMIP"

# fmt: off
CDR_FIELDS: Final = tuple(
    Field(*row, f"{ME}/DataTypes/Complex/ChargeDetailRecord.cs") for row in (
    ("CDRNature",                  "Final or Intermediate", "1"),
    ("serviceSessionId",           "string",                "1"),
    ("execPartnerSessionId",       "string",                "?"),
    ("execPartnerOperatorIdType",  "eMI3",                  "?"),
    ("execPartnerOperatorId",      "operator id",           "?"),
    ("salePartnerSessionId",       "string",                "?"),
    ("salePartnerOperatorIdType",  "eMI3",                  "?"),
    ("salePartnerOperatorId",      "provider id",           "?"),
    ("requestedServiceId",         "1 for charging",        "1"),
    ("EVSEIdType",                 "eMI3",                  "1"),
    ("EVSEId",                     "EVSE id",               "1"),
    ("userContractIdAlias",        "contract id",           "?"),
    ("userIdType",                 "RFID-UID, eMI3, eMA, EVCO or EMP-SPEC", "1"),
    ("userId",                     "string",                "1"),
    ("partnerProductId",           "string",                "?"),
    ("startTime",                  "DateTime",              "1"),
    ("endTime",                    "DateTime",              "1"),
    ("meterReportList[].meterTypeId", "meter type",         "1"),
    ("meterReportList[].meterValue",  "decimal text",       "1"),
    ("meterReportList[].meterUnit",   "min, Wh, W or currency", "1"),
))
AUTHORIZATION_FIELDS: Final = tuple(
    Field(*row, f"{ME}/Messages/CPO/GetServiceAuthorisationRequest.cs") for row in (
    ("transactionId",           "string",      "?"),
    ("partnerIdType",           "eMI3",        "1"),
    ("partnerId",               "party id",    "1"),
    ("operatorIdType",          "eMI3",        "1"),
    ("operatorId",              "operator id", "1"),
    ("EVSEIdType",              "eMI3",        "1"),
    ("EVSEId",                  "EVSE id",     "1"),
    ("userIdType",              "RFID-UID, eMI3, eMA, EVCO or EMP-SPEC", "1"),
    ("userId",                  "string",      "1"),
    ("requestedServiceId",      "1 for charging", "1"),
    ("partnerServiceSessionId", "string",      "?"),
))
ANSWER_FIELDS: Final = tuple(
    Field(*row, f"{ME}/Messages/CPO/GetServiceAuthorisationResponse.cs") for row in (
    ("transactionId",                "string",         "1"),
    ("salePartnerOperatorIdType",    "eMI3",           "?"),
    ("salePartnerOperatorId",        "provider id",    "?"),
    ("authorisationValue",           "OK or KO",       "1"),
    ("serviceSessionId",             "string",         "1"),
    ("intermediateCDRRequested",     "boolean",        "1"),
    ("userContractIdAlias",          "contract id",    "?"),
    ("meterLimitList[].meterTypeId", "meter type",     "1"),
    ("meterLimitList[].meterValue",  "decimal text",   "1"),
    ("meterLimitList[].meterUnit",   "min, Wh, W or currency", "1"),
    ("parameter",                    "string",         "?"),
    ("requestStatus",                "request status", "1"),
))
ORDER_FIELDS: Final = tuple(
    Field(*row, f"{ME}/Messages/CPO/Incoming/SetServiceAuthorisationRequest.cs") for row in (
    ("transactionId",                "string",         "?"),
    ("partnerIdType",                "eMI3",           "1"),
    ("partnerId",                    "party id",       "1"),
    ("operatorIdType",               "eMI3",           "1"),
    ("operatorId",                   "provider id",    "1"),
    ("targetOperatorIdType",         "eMI3",           "1"),
    ("targetOperatorId",             "operator id",    "1"),
    ("EVSEIdType",                   "eMI3",           "1"),
    ("EVSEId",                       "EVSE id",        "1"),
    ("userIdType",                   "RFID-UID, eMI3, eMA, EVCO or EMP-SPEC", "1"),
    ("userId",                       "string",         "1"),
    ("requestedServiceId",           "1 for charging", "1"),
    ("serviceSessionId",             "string",         "1"),
    ("authorisationValue",           "OK or KO",       "1"),
    ("intermediateCDRRequested",     "boolean",        "1"),
    ("userContractIdAlias",          "contract id",    "?"),
    ("meterLimitList[].meterTypeId", "meter type",     "1"),
    ("meterLimitList[].meterValue",  "decimal text",   "1"),
    ("meterLimitList[].meterUnit",   "min, Wh, W or currency", "1"),
    ("parameter",                    "string",         "?"),
    ("bookingId",                    "string",         "?"),
))
EVENT_FIELDS: Final = tuple(
    Field(*row, f"{ME}/Messages/CPO/SetSessionEventReportRequest.cs") for row in (
    ("transactionId",                       "string",   "?"),
    ("partnerIdType",                       "eMI3",     "1"),
    ("partnerId",                           "party id", "1"),
    ("operatorIdType",                      "eMI3",     "1"),
    ("operatorId",                          "operator id", "1"),
    ("serviceSessionId",                    "string",   "1"),
    ("execPartnerSessionId",                "string",   "?"),
    ("sessionEvent.sessionEventNature",     "event",    "1"),
    ("sessionEvent.sessionEventId",         "string",   "?"),
    ("sessionEvent.sessionEventDateTime",   "DateTime", "1"),
    ("sessionEvent.sessionEventParameter",  "string",   "?"),
    ("sessionEvent.relatedSessionActionId", "string",   "?"),
))
STATUS_FIELDS: Final = tuple(
    Field(*row, f"{ME}/Messages/CPO/SetEVSEBusyStatusRequest.cs") for row in (
    ("transactionId",     "string",      "?"),
    ("partnerIdType",     "eMI3",        "1"),
    ("partnerId",         "party id",    "1"),
    ("operatorIdType",    "eMI3",        "1"),
    ("operatorId",        "operator id", "1"),
    ("EVSEIdType",        "eMI3",        "1"),
    ("EVSEId",            "EVSE id",     "1"),
    ("statusEventDate",   "DateTime",    "1"),
    ("busyStatus",        "0 to 3: unspecified, free, busy, reserved", "1"),
    ("busyStatusUntil",   "DateTime",    "?"),
    ("busyStatusComment", "string",      "?"),
))

READ: Final = "emip: message templates of an implementer"
HOW_SURE: Final[Sure] = "implementer"
WHOM: Final = (
    Pair("userId",             "medium.uid",  "capitals", READ, HOW_SURE, "or a contract id"),
    Pair("userIdType",         "medium.type", "meant",    READ, HOW_SURE),
    Pair("EVSEId",             "evse_id",     "evse-id",  READ, HOW_SURE),
    Pair("requestedServiceId", "service",     "meant",    READ, HOW_SURE, "1 is charging"),
)
CDR_PAIRS: Final = (
    *WHOM,
    Pair("CDRNature",           "kind",       "meant", READ, HOW_SURE,
         "an intermediate one is no record"),
    Pair("serviceSessionId",    "record_id",  "id",    READ, HOW_SURE),
    Pair("userContractIdAlias", "emaid",      "emaid", READ, HOW_SURE, "perhaps an alias"),
    Pair("startTime",           "started_at", "utc",   READ, HOW_SURE),
    Pair("endTime",             "ended_at",   "utc",   READ, HOW_SURE),
    Pair("meterReportList[].meterValue", "energy_wh", "meant", READ, HOW_SURE,
         "of type 2, in watt-hours"),
)
AUTHORIZATION_PAIRS: Final = (
    *WHOM,
    Pair("operatorId", "visited_cso", "name", READ, HOW_SURE),
)
ANSWER_PAIRS: Final = (
    Pair("authorisationValue",    "granted",          "meant", READ, HOW_SURE),
    Pair("serviceSessionId",      "authorization_id", "id",    READ, HOW_SURE),
    Pair("salePartnerOperatorId", "home_csp",         "name",  READ, HOW_SURE),
    Pair("meterLimitList[].meterValue", "limits.energy_wh", "meant", READ, HOW_SURE,
         "of type 2; minutes of type 1"),
    Pair("requestStatus",         "reason",           "meant", READ, HOW_SURE,
         "205 and 206 read as a yes and mean a no"),
)
ORDER_PAIRS: Final = (
    *WHOM,
    Pair("authorisationValue",  "command",          "meant", READ, HOW_SURE, "OK is a start"),
    Pair("serviceSessionId",    "authorization_id", "id",    READ, HOW_SURE),
    Pair("userContractIdAlias", "emaid",            "emaid", READ, HOW_SURE),
    Pair("meterLimitList[].meterValue", "limits.energy_wh", "meant", READ, HOW_SURE),
)
EVENT_PAIRS: Final = (
    Pair("sessionEvent.sessionEventNature",   "event", "meant", READ, HOW_SURE),
    Pair("sessionEvent.sessionEventDateTime", "at",    "utc",   READ, HOW_SURE),
)
STATUS_PAIRS: Final = (
    Pair("EVSEId",     "statuses[].evse_id", "evse-id",     READ, HOW_SURE),
    Pair("busyStatus", "statuses[].status",  "emip-status", READ, HOW_SURE,
         "with the availability, which another message tells"),
)
# fmt: on

PROTOCOL: Final = tables_only(
    "emip-0.7.4",
    "eMIP 0.7.4",
    "emip",
    (
        Rows("cdr", "CDR", "detail-record", "cdr", CDR_FIELDS, CDR_PAIRS),
        Rows(
            "authorization",
            "GetServiceAuthorisation",
            "authorization",
            "authorization-request",
            AUTHORIZATION_FIELDS,
            AUTHORIZATION_PAIRS,
        ),
        Rows(
            "authorization-answer",
            "GetServiceAuthorisation",
            "authorization",
            "authorization-answer",
            ANSWER_FIELDS,
            ANSWER_PAIRS,
        ),
        Rows(
            "remote-control",
            "SetServiceAuthorisation",
            "remote-control",
            "remote-control-request",
            ORDER_FIELDS,
            ORDER_PAIRS,
        ),
        Rows(
            "session-progress",
            "SetSessionEventReport",
            "session-progress",
            "session-progress-notice",
            EVENT_FIELDS,
            EVENT_PAIRS,
        ),
        Rows(
            "station-status",
            "SetEVSEBusyStatus",
            "station-status",
            "station-status-notice",
            STATUS_FIELDS,
            STATUS_PAIRS,
        ),
    ),
)
