"""What is said of the detail record that a service leaves.

Rules: REC-*, SES-7.
"""

from typing import Annotated, Literal

from refimpl.messages.said import IDENTIFIER, KIND, TECHNICAL, TO_BILL, Said, Subject
from refimpl.records import DetailRecord, RecordId
from refimpl.shapes import Member, Text


class DetailRecordNotice(Said):
    """The visited-CSO hands over a detail record, or a replacement of one."""

    sort = TO_BILL

    kind: Annotated[Literal["detail-record-notice"], KIND] = "detail-record-notice"
    record: DetailRecord

    @property
    def replacing(self) -> bool:
        """Whether the record takes the place of an earlier one."""
        return self.record.replaces is not None

    @property
    def subject(self) -> Subject:
        """What the record is of."""
        record = self.record
        return Subject(record.service, record.emaid or "", record.evse_id, record.medium)


class RecordWithdrawalNotice(Said):
    """The visited-CSO takes a detail record back, and no other takes its place."""

    sort = TO_BILL

    kind: Annotated[Literal["record-withdrawal-notice"], KIND] = "record-withdrawal-notice"
    reason: Annotated[Text, Member(IDENTIFIER, "WIR-3")]
    record_id: RecordId


class CorrectionRequest(Said):
    """The home-CSP asks for a record to be corrected."""

    sort = TO_BILL

    kind: Annotated[Literal["correction-request"], KIND] = "correction-request"
    reason: Annotated[Text, Member(IDENTIFIER, "WIR-3")]
    record_id: RecordId


class CorrectionAnswer(Said):
    """The visited-CSO agrees to replace the record, or stands by it."""

    sort = TO_BILL

    agreed: Annotated[bool, Member(TECHNICAL, "SES-7")]
    kind: Annotated[Literal["correction-answer"], KIND] = "correction-answer"
