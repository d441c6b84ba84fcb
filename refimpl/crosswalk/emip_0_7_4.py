"""The tables of eMIP 0.7.4: its members, and which of ours is nearest.

There is no converter: no public object of eMIP has values to try one on, and its owner gives it
up for OCPI.  No public text of the owner exists either; the rows are read off the message
templates of an implementer, OpenChargingCloud.  Facts in our own words.

Two faults of that implementation matter to a reader of its records: it writes the CSO's session
id twice and never the CSP's, and reads the unit of a meter report where the value belongs.
"""

from typing import Final

from refimpl.crosswalk.tables import Field

ME: Final = "OpenChargingCloud/WWCP_eMIP@e80db2b8 WWCP_eMIP"
PROTOCOL: Final = "emip-0.7.4"

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
FIELDS: Final = {
    "cdr": CDR_FIELDS, "authorization": AUTHORIZATION_FIELDS,
    "authorization-answer": ANSWER_FIELDS, "remote-control": ORDER_FIELDS,
    "session-progress": EVENT_FIELDS, "station-status": STATUS_FIELDS,
}
# fmt: on
