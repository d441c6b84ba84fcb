// Strict reading and canonical writing of JSON: RFC 8259 and RFC 8785.

/** A number with a fraction or an exponent, which is no integer, whatever it is worth. */
class Fraction {
  constructor(text) {
    this.worth = Number(text);
  }
}

const WHITE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS = { true: true, false: false, null: null };
const MOST_DEEP = 200;

/** What a text means, `repeats` a member or not, and the names of each object as written. */
export function parseStrictly(text) {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.match(WHITE);
  if (reader.place !== text.length) throw new SyntaxError("something follows");
  return { value, repeats: reader.repeats, namesOf: (object) => reader.names.get(object) };
}

/** The object that a text is, or null if it is none or not a strict one. */
export function parseObject(text) {
  try {
    const { value, repeats } = parseStrictly(text);
    return isObject(value) && !repeats ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

class Reader {
  place = 0;
  repeats = false;
  names = new Map();

  constructor(text) {
    this.text = text;
  }

  match(pattern) {
    pattern.lastIndex = this.place;
    const found = pattern.exec(this.text);
    if (found !== null) this.place = pattern.lastIndex;
    return found;
  }

  takes(sign) {
    this.match(WHITE);
    if (this.text[this.place] !== sign) return false;
    this.place += 1;
    return true;
  }

  asks(sign) {
    if (!this.takes(sign)) throw new SyntaxError(`no ${sign}`);
  }

  value(depth) {
    if (depth > MOST_DEEP) throw new SyntaxError("too deep");
    if (this.takes("{")) return this.object(depth);
    if (this.takes("[")) return this.list(depth);
    if (this.text[this.place] === '"') return this.string();
    for (const [word, value] of Object.entries(WORDS)) {
      if (!this.text.startsWith(word, this.place)) continue;
      this.place += word.length;
      return value;
    }
    const number = this.match(NUMBER);
    if (number === null) throw new SyntaxError("no value");
    return number[1] || number[2] ? new Fraction(number[0]) : Number(number[0]) + 0;
  }

  string() {
    this.match(WHITE);
    const found = this.match(STRING);
    const text = found === null ? "\ud800" : JSON.parse(found[0]);
    if (!text.isWellFormed?.() && /\p{Surrogate}/u.test(text)) throw new SyntaxError("no text");
    return text;
  }

  object(depth) {
    const object = {};
    const names = [];
    this.names.set(object, names);
    if (this.takes("}")) return object;
    do {
      const name = this.string();
      this.asks(":");
      const value = this.value(depth + 1);
      if (Object.hasOwn(object, name)) this.repeats = true;
      Object.defineProperty(object, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      names.push(name);
    } while (this.takes(","));
    this.asks("}");
    return object;
  }

  list(depth) {
    const list = [];
    if (this.takes("]")) return list;
    do list.push(this.value(depth + 1));
    while (this.takes(","));
    this.asks("]");
    return list;
  }
}

export const isObject = (value) =>
  value !== null &&
  typeof value === "object" &&
  !Array.isArray(value) &&
  !(value instanceof Fraction);

/** RFC 8785; JSON.stringify writes texts and numbers as it asks. */
export function canonical(value) {
  if (value instanceof Fraction) return JSON.stringify(value.worth);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
  return `{${members.join(",")}}`;
}

/** The object without members that are undefined. */
export const defined = (object) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
