// SPDX-License-Identifier: Apache-2.0
// Canonical JSON: one encoding per value. Hashes cover the bytes received, so a reader refuses every other encoding.

/** Why something is refused: a code of the list of reasons, and where. Its message is for developers, never for a page. */
export class Refusal extends Error {
  /**
   * @param {string} code
   * @param {string} [field] JSON pointer within the record
   * @param {Record<string, string | number>} [about] what a sentence about it may name
   */
  constructor(code, field = "", about = {}) {
    super(field ? `${code} at ${field}` : code);
    this.code = code;
    this.field = field;
    this.about = about;
  }
}

const short = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/**
 * A JSON string: escaped are the quotation mark, the backslash, what lies below 0x20, and 0x7f.
 * @param {string} text
 */
export function quote(text) {
  const escaped = text.replace(
    /["\\\u0000-\u001f\u007f]/g,
    (c) => short.get(c) ?? "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"),
  );
  return `"${escaped}"`;
}

/**
 * The canonical encoding of a value; fields stand in the order in which they were set, and undefined ones are left out. BigInts become
 * decimal strings.
 * @param {unknown} value
 * @returns {string}
 */
export function encode(value) {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint") return `"${value}"`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `[${value.map(encode).join(",")}]`;
  const fields = Object.entries(/** @type {object} */ (value)).filter(([, v]) => v !== undefined);
  return `{${fields.map(([name, v]) => `${quote(name)}:${encode(v)}`).join(",")}}`;
}

/**
 * Walks once through a text whose syntax was checked.
 * @template T
 * @typedef {(reader: Reader) => T} Shape
 */

/**
 * Reads bytes that must be one canonical value of a shape. Throws a Refusal: json.syntax, json.schema or json.canonical.
 * @template T
 * @param {Uint8Array | string} data
 * @param {Shape<T>} shape
 * @returns {T}
 */
export function decode(data, shape) {
  const text = syntax(data);
  const reader = new Reader(text);
  const value = shape(reader);
  reader.next();
  if (reader.loose !== null) throw new Refusal("json.canonical", reader.loose);
  return value;
}

/**
 * The text of one JSON value in UTF-8 without half surrogate pairs.
 * @param {Uint8Array | string} data
 */
export function syntax(data) {
  try {
    const text = typeof data === "string" ? data : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    JSON.parse(text);
    if (!halfPair(text)) return text;
  } catch {
    // said below
  }
  throw new Refusal("json.syntax");
}

/**
 * Whether an escape names half a surrogate pair. In valid JSON backslashes occur in strings only.
 * @param {string} text
 */
function halfPair(text) {
  let high = -1; // where an escaped high half ended
  for (const { 0: escape, index } of text.matchAll(/\\(?:u([0-9a-fA-F]{4})|.)/g)) {
    const unit = escape[1] === "u" ? parseInt(escape.slice(2), 16) : 0;
    const low = unit >= 0xdc00 && unit <= 0xdfff;
    if (low !== (high === index) || (high >= 0 && high !== index)) return true;
    high = unit >= 0xd800 && unit <= 0xdbff ? index + 6 : -1;
  }
  return high >= 0;
}

export class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
    /** @type {(string | number)[]} */
    this.path = [];
    /** The first place that is not canonical. @type {string | null} */
    this.loose = null;
  }

  /** The JSON pointer of the current value. */
  field() {
    return this.path.map((part) => "/" + part).join("");
  }

  /** @returns {never} */
  fail() {
    throw new Refusal("json.schema", this.field());
  }

  notCanonical() {
    this.loose ??= this.field();
  }

  /** Passes over white space, which canonical JSON has none of, and returns the next character without taking it. */
  next() {
    while (" \t\r\n".includes(this.text[this.at] ?? "x")) {
      this.loose ??= "";
      this.at++;
    }
    return this.text[this.at];
  }

  /** @param {string} c */
  take(c) {
    if (this.next() !== c) return false;
    this.at++;
    return true;
  }

  /** The string that begins here. */
  string() {
    if (this.next() !== '"') this.fail();
    const start = this.at;
    let plain = true;
    for (this.at++; this.text[this.at] !== '"'; this.at++) {
      if (this.text[this.at] === "\\") {
        this.at++;
        plain = false;
      } else if (this.text[this.at] === "\x7f") plain = false;
    }
    const token = this.text.slice(start, ++this.at);
    if (plain) return token.slice(1, -1);
    const value = /** @type {string} */ (JSON.parse(token));
    if (quote(value) !== token) this.notCanonical();
    return value;
  }

  /** The number or word that begins here, "" if there is none. */
  token() {
    this.next();
    const start = this.at;
    while (/[-+.0-9a-zA-Z]/.test(this.text[this.at] ?? "")) this.at++;
    return this.text.slice(start, this.at);
  }
}

/** @type {Shape<string>} */
export const text = (r) => r.string();

/** A string of digits: an element or an exponent, in range or not. @type {Shape<string>} */
export const decimal = (r) => {
  const s = r.string();
  if (!/^[0-9]+$/.test(s)) r.fail();
  if (s.length > 1 && s[0] === "0") r.notCanonical();
  return s;
};

/** A hash in lower-case hex. @type {Shape<string>} */
export const hash = (r) => {
  const s = r.string();
  if (!/^[0-9a-f]{64}$/.test(s)) r.fail();
  return s;
};

/** @type {Shape<number>} */
export const int = (r) => {
  const token = r.token();
  if (!/^-?[0-9]+$/.test(token) || BigInt.asIntN(64, BigInt(token)) !== BigInt(token)) r.fail();
  if (token === "-0") r.notCanonical();
  return Number(token);
};

/** @type {Shape<boolean>} */
export const bool = (r) => {
  const token = r.token();
  if (token !== "true" && token !== "false") r.fail();
  return token === "true";
};

/**
 * @template T
 * @param {Shape<T>} item
 * @returns {Shape<T[]>}
 */
export const list = (item) => (r) => {
  if (!r.take("[")) r.fail();
  /** @type {T[]} */
  const items = [];
  while (!r.take("]")) {
    if (items.length) r.take(",");
    r.path.push(items.length);
    items.push(item(r));
    r.path.pop();
  }
  return items;
};

/**
 * An object with these fields in this order; a name that ends in "?" need not be there, and then is not in the value.
 * @template {Record<string, Shape<any>>} S
 * @param {S} fields
 * @returns {Shape<{[K in keyof S as K extends `${string}?` ? never : K]: ReturnType<S[K]>} &
 *   {[K in keyof S as K extends `${infer N}?` ? N : never]?: ReturnType<S[K]>}>}
 */
export const object = (fields) => {
  const order = Object.entries(fields).map(([key, shape]) => ({ name: key.replace("?", ""), optional: key.endsWith("?"), shape }));
  return (r) => {
    if (!r.take("{")) r.fail();
    /** @type {Record<string, any>} */
    const value = {};
    let [last, first] = [-1, true];
    while (!r.take("}")) {
      if (!first) r.take(",");
      first = false;
      r.next();
      const name = r.string();
      r.take(":");
      const place = order.findIndex((f) => f.name === name);
      // Who made the record chose a name that nobody knows: a refusal quotes it only if it is short and plain.
      r.path.push(place >= 0 || /^\w{0,40}$/.test(name) ? name : "?");
      if (place < 0 || Object.hasOwn(value, name)) r.fail();
      if (place < last && r.loose === null) r.loose = r.path.slice(0, -1).map((part) => "/" + part).join("");
      last = place;
      value[name] = order[place].shape(r);
      r.path.pop();
    }
    for (const { name, optional } of order) {
      if (optional || Object.hasOwn(value, name)) continue;
      r.path.push(name);
      r.fail();
    }
    return /** @type {any} */ (value);
  };
};
