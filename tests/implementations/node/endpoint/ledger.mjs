// Which records count, and which wait because their service is not known.

import { refuseIf } from "../refusal.mjs";
import { second } from "../texts.mjs";

const MOST_WAITING = 100;

const isOfEnergy = ({ kind, unit }) => kind === "cdr" || unit === "Wh";

/** A service goes by its partner and its correlation id. */
export class Ledger {
  services = new Map(); // by visited-CSO and record id
  stays = new Map(); // by EVSE, those with energy
  waiting = new Map(); // by partner

  check(visitedCso, service, record) {
    const known = this.services.get(`${visitedCso} ${record.record_id}`);
    refuseIf(known !== undefined && known !== service, "REC-7");
    if (!isOfEnergy(record)) return;
    const [from, to] = [second(record.started_at), second(record.ended_at)];
    const overlaps = (stay) => stay.service !== service && from < stay.to && stay.from < to;
    refuseIf(this.staysAt(record.evse_id).some(overlaps), "REC-8");
  }

  staysAt(evseId) {
    return this.stays.get(evseId) ?? [];
  }

  count(visitedCso, service, record) {
    this.services.set(`${visitedCso} ${record.record_id}`, service);
    if (!isOfEnergy(record)) return;
    const stay = { service, from: second(record.started_at), to: second(record.ended_at) };
    this.stays.set(record.evse_id, [...this.othersAt(record.evse_id, service), stay]);
  }

  othersAt(evseId, service) {
    return this.staysAt(evseId).filter((stay) => stay.service !== service);
  }

  /** Let the record of a service no longer count for its EVSE. */
  withdraw(evseId, service) {
    this.stays.set(evseId, this.othersAt(evseId, service));
  }

  waitingOf(partner) {
    return this.waiting.get(partner) ?? [];
  }

  /** Let a record wait in place of an earlier one of its service. */
  hold(partner, correlationId, record) {
    const service = `${partner} ${correlationId}`;
    const others = this.waitingOf(partner).filter((one) => one.service !== service);
    refuseIf(others.length >= MOST_WAITING, "REP-8");
    this.count(partner, service, record);
    this.waiting.set(partner, [...others, { service, correlationId, record }]);
  }

  /** Let what waits of a service no longer wait. */
  match(partner, service) {
    this.waiting.set(
      partner,
      this.waitingOf(partner).filter((one) => one.service !== service),
    );
  }
}
