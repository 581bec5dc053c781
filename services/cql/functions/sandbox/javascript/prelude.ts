/**
 * What runs in every context of QuickJS before functions are compiled, and helps with values. It sees functions only from outside and they do
 * not see it, but they may have changed whatever it uses: what it returns is checked like everything that they return.
 */

/** Kinds of what `open` returns, beside its content. */
export const opened = { list: 1, entries: 2, bytes: 3, moment: 4, exact: 5, scalar: 6 } as const;

/** Elements of the array that it leaves. */
export const helpers = [
  'compile',
  'exact',
  'bytes',
  'moment',
  'map',
  'object',
  'append',
  'parse',
  'quote',
  'open',
] as const;

export type Helper = (typeof helpers)[number];

export const prelude = `(function () {
  'use strict';
  delete Math.random;
  delete globalThis.SharedArrayBuffer;
  const texts = new WeakMap();
  // A number with more digits than numbers have: counts as the nearest one, and is itself where it is returned.
  class Exact {
    constructor(text) { texts.set(this, text); Object.freeze(this); }
    valueOf() { return Number(texts.get(this)); }
    toString() { return texts.get(this); }
    toJSON() { return Number(texts.get(this)); }
  }
  const isExact = texts.has.bind(texts), textOf = texts.get.bind(texts);
  const { parse, stringify } = JSON;
  const { isArray, from } = Array;
  const { defineProperty } = Object;
  const { apply } = Reflect;
  const { push } = Array.prototype;
  return [
    (names, body) => new Function(...names, body),
    (text) => new Exact(text),
    (buffer) => new Uint8Array(buffer),
    (milliseconds) => new Date(milliseconds),
    (flat) => {
      const map = new Map();
      for (let at = 0; at < flat.length; at += 2) map.set(flat[at], flat[at + 1]);
      return map;
    },
    (flat) => {
      const object = {};
      for (let at = 0; at < flat.length; at += 2) {
        const property = { value: flat[at + 1], writable: true, enumerable: true, configurable: true };
        // Not set, which would mean something else for the name __proto__.
        defineProperty(object, flat[at], property);
      }
      return object;
    },
    (array, ...items) => { apply(push, array, items); },
    parse,
    stringify,
    (value) => {
      if (isArray(value)) return [${opened.list}, value];
      if (isExact(value)) return [${opened.exact}, textOf(value)];
      if (value instanceof Set) return [${opened.list}, from(value)];
      if (value instanceof Map) return [${opened.entries}, from(value).flat()];
      if (value instanceof Date) return [${opened.moment}, value.getTime()];
      if (value instanceof ArrayBuffer) return [${opened.bytes}, value];
      if (value instanceof Uint8Array)
        return [${opened.bytes}, value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength)];
      if (ArrayBuffer.isView(value)) return [${opened.list}, from(value)];
      if (value instanceof Number || value instanceof String || value instanceof Boolean)
        return [${opened.scalar}, value.valueOf()];
      if (value instanceof Promise || value instanceof RegExp || value instanceof Error) return [0];
      const entries = [];
      for (const name of Object.keys(value)) entries.push(name, value[name]);
      return [${opened.entries}, entries];
    },
  ];
})()`;
