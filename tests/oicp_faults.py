"""The faults of OICP's published objects, written down by hand before any program answered.

Each object has its kind, the rule that refuses it (empty where it is carried), and where it
breaks its own text: the place and the rule of each finding.  `type`, `unknown`, `missing` and
`null` are of the tables, `relation` of what members ask of each other.
"""

from typing import Final, NamedTuple


class Published(NamedTuple):
    """What a published object is, and what is wrong with it."""

    kind: str
    refused: str
    findings: tuple[tuple[str, str], ...] = ()


def five(at: str, *others: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    """The faults of an identification with all five ways filled, as most examples have it."""
    return (
        (at, "XWK-6"),
        (f"{at}/PlugAndChargeIdentification/EvcoID", "EMA-9"),
        (f"{at}/QRCodeIdentification/HashedPIN/Value", "type"),
        (f"{at}/RFIDIdentification/EvcoID", "EMA-9"),
        (f"{at}/RemoteIdentification/EvcoID", "EMA-9"),
        *others,
    )


ID: Final = "/Identification"
QR_CHECK: Final = (f"{ID}/QRCodeIdentification/EvcoID", "EMA-9")
QUESTION: Final = (
    QR_CHECK,
    (f"{ID}/QRCodeIdentification/HashedPIN", "relation"),
    (f"{ID}/RFIDIdentification", "relation"),
    (f"{ID}/RFIDMifareFamilyIdentification/UID", "type"),
)
STOP_IDS: Final = "/AuthorizationStopIdentifications/0"
STOP_QR_CHECK: Final = (f"{STOP_IDS}/QRCodeIdentification/EvcoID", "EMA-9")
METER_VALUES: Final = ("/MeterValueInBetween", "type")
NO_GUID: Final = ("/SessionID", "type")
PUSHED: Final = "/OperatorEvseData/EvseDataRecord/0"

# fmt: off
PUBLISHED: Final[dict[str, Published]] = {
    "cpo-eRoamingAuthorizeRemoteStart-1": Published("remote-start", "XWK-6", five(
        ID, QR_CHECK, NO_GUID,
        (f"{ID}/QRCodeIdentification/HashedPIN", "relation"),
        (f"{ID}/PlugAndChargeIdentification", "relation"),
        (f"{ID}/QRCodeIdentification", "relation"),
        (f"{ID}/RFIDIdentification", "relation"),
        (f"{ID}/RFIDMifareFamilyIdentification", "relation"))),
    "cpo-eRoamingAuthorizeRemoteStart-2": Published("acknowledgement", ""),
    # No fault of theirs: ours names the contract, and theirs has the session alone.
    "cpo-eRoamingAuthorizeRemoteStop-1": Published("remote-stop", "XWK-2"),
    "cpo-eRoamingAuthorizeStart-1": Published("authorization", "XWK-6", five(ID, *QUESTION)),
    # The identifications are of those who may stop, and ours has no place for them.
    "cpo-eRoamingAuthorizeStart-2": Published(
        "authorization-answer", "", five(STOP_IDS, STOP_QR_CHECK)),
    "cpo-eRoamingAuthorizeStop-1": Published(
        "authorization-stop", "XWK-10",
        five(ID, *QUESTION, ("/PartnerProductID", "unknown"))),
    "cpo-eRoamingAuthorizeStop-2": Published("authorization-stop-answer", "XWK-10"),
    "cpo-eRoamingChargeDetailRecord-1": Published("cdr", "XWK-6", five(
        ID, NO_GUID, METER_VALUES,
        (f"{ID}/QRCodeIdentification/EvcoID", "type"),
        ("/ChargingStart", "relation"),
        ("/ConsumedEnergy", "relation"))),
    "cpo-eRoamingChargeDetailRecord-2": Published("acknowledgement", ""),
    "cpo-eRoamingChargingNotificationStart-1": Published("notification-start", ""),
    "cpo-eRoamingChargingNotificationProgress-1": Published(
        "notification-progress", "", (METER_VALUES, ("/ChargingDuration", "relation"))),
    "cpo-eRoamingChargingNotificationEnd-1": Published(
        "notification-end", "", (METER_VALUES, ("/ChargingEnd", "relation"))),
    "cpo-eRoamingChargingNotificationError-1": Published(
        "notification-error", "XWK-10", (("/ErrorType", "type"),)),
    "cpo-eRoamingPushEVSEPricing-1": Published("", "XWK-10"),
    "cpo-eRoamingPushEVSEPricing-2": Published("acknowledgement", "", (NO_GUID,)),
    "cpo-eRoamingPushEVSEStatus-1": Published("evse-status", ""),
    "cpo-eRoamingPushEVSEStatus-2": Published("acknowledgement", "", (NO_GUID,)),
    "cpo-eRoamingPushEvseData-1": Published("evse-data", "", (
        (f"{PUSHED}/AccessibilityLocation", "type"),
        (f"{PUSHED}/ChargingStationID", "unknown"))),
    "cpo-eRoamingPushEvseData-2": Published("acknowledgement", "", (NO_GUID,)),
    "emp-eRoamingAuthorizeStart-2": Published("authorization-answer", "", five(
        STOP_IDS, STOP_QR_CHECK,
        (f"{STOP_IDS}/RFIDMifareFamilyIdentification/UID", "type"))),
    "emp-eRoamingAuthorizeStop-1": Published(
        "authorization-stop", "XWK-10", five(ID, *QUESTION)),
    "emp-eRoamingAuthorizeStop-2": Published(
        "authorization-stop-answer", "XWK-10", (("/Result", "unknown"),)),
    "emp-eRoamingChargingNotificationEnd-1": Published(
        "notification-end", "", (METER_VALUES,)),
    "emp-eRoamingChargingNotificationError-1": Published("notification-error", "XWK-10"),
    "emp-eRoamingGetChargeDetailRecord-1": Published("", "XWK-10"),
    "emp-eRoamingGetChargeDetailRecord-2": Published("cdr-page", "XWK-10", (
        (f"/content/0{ID}/QRCodeIdentification/HashedPIN/Value", "type"),
        ("/content/0/MeterValueInBetween", "type"),
        ("/content/0/SessionID", "type"),
        ("/StatusCode", "null"),
        ("/numberOfElements", "relation"))),
    "emp-eRoamingPullEVSEData-1": Published("", "XWK-10"),
    "emp-eRoamingPullEVSEData-2": Published("evse-data-page", "", (
        ("/content/0/AccessibilityLocation", "type"),
        ("/content/0/ChargingStationID", "unknown"),
        ("/content/0/HubOperatorID", "unknown"),
        ("/content/0/OperatorID", "missing"),
        ("/content/0/OperatorId", "unknown"))),
    "emp-eRoamingPullEVSEPricing-1": Published("", "XWK-10"),
    "emp-eRoamingPullEVSEPricing-2": Published("", "XWK-10"),
    "emp-eRoamingPullEVSEStatus-1": Published("", "XWK-10"),
    "emp-eRoamingPullEVSEStatus-2": Published("evse-statuses", ""),
    "emp-eRoamingPullEVSEStatusByID-1": Published("", "XWK-10"),
    "emp-eRoamingPullEVSEStatusByID-2": Published("evse-status-by-id", ""),
    "emp-eRoamingPullEVSEStatusByOperatorID-1": Published("", "XWK-10"),
    "emp-eRoamingPullEVSEStatusByOperatorID-2": Published("evse-statuses", ""),
}
# fmt: on

GONE: Final = object()
"""Stands for a member that is taken out."""
ONE_WAY: Final = {
    f"{ID}/QRCodeIdentification": GONE,
    f"{ID}/RFIDIdentification": GONE,
    f"{ID}/RFIDMifareFamilyIdentification": GONE,
    f"{ID}/RemoteIdentification": GONE,
}
"""Leave a contract that its vehicle shows."""
RIGHT_CHECK: Final = {f"{ID}/PlugAndChargeIdentification/EvcoID": "DE-DCB-C12345678-4"}
CARD_ALONE: Final = {
    f"{ID}/{way}Identification": GONE for way in ("QRCode", "RFID", "PlugAndCharge", "Remote")
}

# An object mended in one place: the mend, the finding that goes away with it, and the rule that
# refuses it still.
MENDED: Final[list[tuple[str, dict[str, object], tuple[str, str], str]]] = [
    ("cpo-eRoamingChargeDetailRecord-1", ONE_WAY, (ID, "XWK-6"), "EMA-9"),
    (
        "cpo-eRoamingChargeDetailRecord-1",
        ONE_WAY | RIGHT_CHECK,
        (f"{ID}/PlugAndChargeIdentification/EvcoID", "EMA-9"),
        "",
    ),
    ("cpo-eRoamingChargeDetailRecord-1", CARD_ALONE, (ID, "XWK-6"), ""),
    (
        "cpo-eRoamingChargeDetailRecord-1",
        {"/SessionID": "f98efba4-02d8-4fa0-b810-9a9d50d2c527"},
        NO_GUID,
        "XWK-6",
    ),
    ("cpo-eRoamingChargeDetailRecord-1", {"/MeterValueInBetween": [10]}, METER_VALUES, "XWK-6"),
    (
        "cpo-eRoamingChargeDetailRecord-1",
        {"/ChargingStart": "2020-09-23T14:17:53.039Z"},
        ("/ChargingStart", "relation"),
        "XWK-6",
    ),
    (
        "cpo-eRoamingChargeDetailRecord-1",
        {"/ChargingStart": "2020-09-23T13:17:53.038Z"},
        ("/ConsumedEnergy", "relation"),
        "XWK-6",
    ),
    (
        "cpo-eRoamingAuthorizeStart-1",
        CARD_ALONE | {f"{ID}/RFIDMifareFamilyIdentification/UID": "1234ABCD"},
        (f"{ID}/RFIDMifareFamilyIdentification/UID", "type"),
        "",
    ),
    ("cpo-eRoamingAuthorizeStart-1", CARD_ALONE, (ID, "XWK-6"), "CRD-2"),
    (
        "cpo-eRoamingAuthorizeRemoteStart-1",
        {
            **{at: GONE for at in ONE_WAY if "Remote" not in at},
            f"{ID}/PlugAndChargeIdentification": GONE,
            f"{ID}/RemoteIdentification/EvcoID": "DE-DCB-C12345678-4",
        },
        (f"{ID}/PlugAndChargeIdentification", "relation"),
        "",
    ),
    (
        "cpo-eRoamingChargingNotificationProgress-1",
        {"/ChargingDuration": 480_000},
        ("/ChargingDuration", "relation"),
        "",
    ),
    (
        "cpo-eRoamingChargingNotificationEnd-1",
        {"/ChargingStart": "2020-09-23T14:17:53.038Z"},
        ("/ChargingEnd", "relation"),
        "",
    ),
    (
        "cpo-eRoamingChargingNotificationError-1",
        {"/ErrorType": "Connector Error"},
        ("/ErrorType", "type"),
        "XWK-10",
    ),
    (
        "cpo-eRoamingPushEvseData-1",
        {f"{PUSHED}/ChargingStationID": GONE, f"{PUSHED}/ChargingStationId": "TEST 1"},
        (f"{PUSHED}/ChargingStationID", "unknown"),
        "",
    ),
    (
        "emp-eRoamingGetChargeDetailRecord-2",
        {"/numberOfElements": 1},
        ("/numberOfElements", "relation"),
        "XWK-10",
    ),
]
