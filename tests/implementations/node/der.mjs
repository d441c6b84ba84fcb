// Reading DER (X.690): tags, lengths and what certificates are made of.

/** Why bytes cannot be read. */
export class Unreadable extends Error {}

export function check(isRight, what) {
  if (!isRight) throw new Unreadable(what);
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
};

/** One value: its tag, its content, and all its bytes. */
class Value {
  constructor(tag, content, raw) {
    Object.assign(this, { tag, content, raw });
  }

  is(tag) {
    return this.tag === tag;
  }

  as(tag) {
    check(this.tag === tag, `tag ${this.tag}, not ${tag}`);
    return this;
  }

  /** The values within, one after the other. */
  inner() {
    return readAll(this.content);
  }

  /** The one value within. */
  only() {
    const [value, ...others] = this.inner();
    check(value !== undefined && others.length === 0, "not one value");
    return value;
  }

  sequence() {
    return this.as(TAG.sequence).inner();
  }
}

export function readAll(bytes) {
  const values = [];
  for (let place = 0; place < bytes.length;) {
    const value = readAt(bytes, place);
    values.push(value);
    place += value.raw.length;
  }
  return values;
}

export function readOne(bytes) {
  const values = readAll(bytes);
  check(values.length === 1, "not one value");
  return values[0];
}

function readAt(bytes, place) {
  check(bytes.length >= place + 2, "cut off");
  const tag = bytes[place];
  check((tag & 0x1f) !== 0x1f, "a long tag");
  let [length, start] = [bytes[place + 1], place + 2];
  if (length >= 0x80) {
    const count = length & 0x7f;
    check(count >= 1 && count <= 4 && bytes.length >= start + count, "length");
    length = bytes.readUIntBE(start, count);
    check(length >= 0x80 && length >= 2 ** (8 * (count - 1)), "a length that could be shorter");
    start += count;
  }
  check(bytes.length >= start + length, "cut off");
  return new Value(
    tag,
    bytes.subarray(start, start + length),
    bytes.subarray(place, start + length),
  );
}

/** A sequence read member by member. */
export class Members {
  constructor(values) {
    this.values = [...values];
  }

  next(tag) {
    check(this.values.length > 0, "a member is missing");
    const value = this.values.shift();
    return tag === undefined ? value : value.as(tag);
  }

  /** The next member if it has this tag. */
  maybe(tag) {
    return this.values[0]?.is(tag) ? this.values.shift() : undefined;
  }

  end() {
    check(this.values.length === 0, "a member too many");
  }
}

// ---------------------------------------------------------------- values
export function integerOf(value, tag = TAG.integer) {
  const { content } = value.as(tag);
  check(content.length > 0, "an integer of no bytes");
  const isPadded =
    content.length > 1 &&
    ((content[0] === 0 && content[1] < 0x80) || (content[0] === 0xff && content[1] >= 0x80));
  check(!isPadded, "an integer that could be shorter");
  return BigInt.asIntN(8 * content.length, BigInt(`0x${content.toString("hex")}`));
}

export function booleanOf(value) {
  const { content } = value.as(TAG.boolean);
  check(content.length === 1 && [0, 0xff].includes(content[0]), "boolean");
  return content[0] === 0xff;
}

export function oidOf(value) {
  const { content } = value.as(TAG.oid);
  check(content.length > 0 && content.at(-1) < 0x80, "object identifier");
  const arcs = [];
  let arc = 0n;
  let isFirst = true;
  for (const byte of content) {
    check(!(isFirst && byte === 0x80), "object identifier");
    arc = arc * 128n + BigInt(byte & 0x7f);
    isFirst = byte < 0x80;
    if (!isFirst) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const [both, ...others] = arcs;
  const first = both < 80n ? both / 40n : 2n;
  return [first, both - 40n * first, ...others].join(".");
}

/** The bytes of a bit string that is whole bytes long. */
export function bytesOfBits(value) {
  const { content } = value.as(TAG.bits);
  check(content.length > 0 && content[0] === 0, "bit string");
  return content.subarray(1);
}

/** Whether each bit of a bit string is set, the first one first. */
export function bitsOf(value, tag = TAG.bits) {
  const { content } = value.as(tag);
  check(
    content.length > 0 && content[0] < 8 && (content.length > 1 || content[0] === 0),
    "bit string",
  );
  const bits = [...content.subarray(1)].flatMap((byte) =>
    Array.from({ length: 8 }, (_, place) => (byte >> (7 - place)) % 2 === 1),
  );
  const unused = bits.splice(bits.length - content[0]);
  check(!unused.includes(true), "bit string");
  return bits;
}

/** A moment in seconds. */
export function timeOf(value) {
  const text = value.content.toString("latin1");
  const isLong = value.is(TAG.time);
  if (!isLong) value.as(TAG.utcTime);
  check(isLong ? /^\d{14}Z$/.test(text) : /^\d{12}Z$/.test(text), "time");
  const whole = isLong ? text : `${text < "50" ? "20" : "19"}${text}`;
  const written = whole.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6.000Z");
  const moment = new Date(written);
  check(!Number.isNaN(moment.getTime()) && moment.toISOString() === written, "time");
  return moment.getTime() / 1000;
}
