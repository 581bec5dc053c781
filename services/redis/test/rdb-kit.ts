/**
 * Builds payloads as redis-server would, for tests of what reads them: written apart from the product's code, plainly and from
 * the descriptions of the formats. And payloads that redis-server 7.0.15 made.
 */
import type { RdbSource, RdbTarget } from '../engine/rdb/collections.ts';
import type { Collection } from '../engine/value.ts';

/** A collection as plain data. */
export interface Plain {
  readonly type: string;
  readonly items: readonly unknown[];
}

const plain = (type: string, items: readonly unknown[]) =>
  ({ type, items, size: items.length }) as unknown as Collection;
const itemsOf = (value: Collection) => (value as unknown as Plain).items;

/** Makes plain data. */
export const plainTarget: RdbTarget = {
  makeList: (elements) => plain('list', elements),
  makeSet: (members) => plain('set', members),
  makeHash: (pairs) => plain('hash', pairs),
  makeZset: (pairs) => plain('zset', pairs),
};

/** Reads plain data. */
export const plainSource: RdbSource = {
  list: (value, visit) => itemsOf(value).forEach((item) => void visit(item as string)),
  set: (value, visit) => itemsOf(value).forEach((item) => void visit(item as string)),
  hash: (value, visit) => itemsOf(value).forEach((item) => void visit(...(item as [string, string]))),
  zset: (value, visit) => itemsOf(value).forEach((item) => void visit(...(item as [string, number]))),
};

/** CRC-64/Jones bit by bit. */
function crc(bytes: Buffer): bigint {
  let value = 0n;
  for (const byte of bytes) {
    value ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ 0x95ac9329ac4bc9b5n : value >> 1n;
  }
  return value;
}

/** @param parts the type and all that makes the value */
export function payload(parts: readonly (number | Buffer)[], version = 11): string {
  const body = Buffer.concat([...parts.map(bytesOf), Buffer.from([version & 0xff, version >> 8])]);
  return sealed(body);
}

/** Adds the checksum. */
export function sealed(body: Buffer): string {
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64LE(crc(body));
  return Buffer.concat([body, sum]).toString('latin1');
}

const bytesOf = (part: number | Buffer) => (typeof part === 'number' ? Buffer.from([part]) : part);

/** A length in four bytes: the longest form says the same. */
export function count(value: number): Buffer {
  const bytes = Buffer.from([0x80, 0, 0, 0, 0]);
  bytes.writeUInt32BE(value, 1);
  return bytes;
}

export function text(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  return Buffer.concat([count(bytes.length), bytes]);
}

export function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

const isInteger = (value: string) =>
  /^(0|-?[1-9][0-9]*)$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value);

/** @param wide integers take 8 bytes */
export function listpack(items: readonly string[], wide = false): Buffer {
  const parts = items.map((item) => {
    let element: Buffer;
    if (wide && isInteger(item)) {
      element = Buffer.alloc(9);
      element[0] = 0xf4;
      element.writeBigInt64LE(BigInt(item), 1);
    } else if (isInteger(item) && Number(item) >= 0 && Number(item) < 128)
      element = Buffer.from([Number(item)]);
    else if (isInteger(item) && Math.abs(Number(item)) < 4096)
      element = Buffer.from([0xc0 | ((Number(item) >> 8) & 0x1f), Number(item) & 0xff]);
    else if (item.length < 64)
      element = Buffer.concat([Buffer.from([0x80 | item.length]), Buffer.from(item, 'latin1')]);
    else {
      const head = Buffer.from([0xf0, 0, 0, 0, 0]);
      head.writeUInt32LE(item.length, 1);
      element = Buffer.concat([head, Buffer.from(item, 'latin1')]);
    }
    const { length } = element;
    const back = length < 128 ? [length] : [length >> 7, (length & 127) | 128];
    return Buffer.concat([element, Buffer.from(back)]);
  });
  const head = Buffer.alloc(6);
  const body = Buffer.concat(parts);
  head.writeUInt32LE(body.length + 7, 0);
  head.writeUInt16LE(items.length, 4);
  return Buffer.concat([head, body, Buffer.from([0xff])]);
}

/** Integers take as many bytes as they need, and 0 to 12 none. */
export function ziplist(items: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  let before = 0;
  let lastAt = 10;
  let at = 10;
  for (const item of items) {
    const head = Buffer.alloc(before < 254 ? 1 : 5);
    head[0] = before < 254 ? before : 254;
    if (before >= 254) head.writeUInt32LE(before, 1);
    const entry = Buffer.concat([head, ziplistBody(item)]);
    lastAt = at;
    at += entry.length;
    before = entry.length;
    parts.push(entry);
  }
  const head = Buffer.alloc(10);
  head.writeUInt32LE(at + 1, 0);
  head.writeUInt32LE(lastAt, 4);
  head.writeUInt16LE(items.length, 8);
  return Buffer.concat([head, ...parts, Buffer.from([0xff])]);
}

function ziplistBody(item: string): Buffer {
  if (isInteger(item)) {
    const value = BigInt(item);
    if (value >= 0n && value <= 12n) return Buffer.from([0xf1 + Number(value)]);
    const bytes = Buffer.alloc(9);
    bytes.writeBigInt64LE(value, 1);
    for (const [head, size] of [
      [0xfe, 1],
      [0xc0, 2],
      [0xf0, 3],
      [0xd0, 4],
      [0xe0, 8],
    ] as const) {
      if (BigInt.asIntN(size * 8, value) !== value) continue;
      bytes[0] = head;
      return bytes.subarray(0, size + 1);
    }
  }
  const bytes = Buffer.from(item, 'latin1');
  const { length } = bytes;
  const long = Buffer.from([0x80, 0, 0, 0, 0]);
  long.writeUInt32BE(length, 1);
  const head =
    length < 64
      ? Buffer.from([length])
      : length < 16_384
        ? Buffer.from([0x40 | (length >> 8), length & 0xff])
        : long;
  return Buffer.concat([head, bytes]);
}

export function intset(values: readonly bigint[], size: 2 | 4 | 8): Buffer {
  const bytes = Buffer.alloc(8 + size * values.length);
  bytes.writeUInt32LE(size, 0);
  bytes.writeUInt32LE(values.length, 4);
  values.forEach((value, i) => {
    if (size === 8) bytes.writeBigInt64LE(value, 8 + i * 8);
    else bytes.writeIntLE(Number(value), 8 + i * size, size);
  });
  return bytes;
}

/** Two bytes behind each value are free. */
export function zipmap(pairs: readonly (readonly [string, string])[]): Buffer {
  const length = (value: string) => {
    if (value.length < 254) return Buffer.from([value.length]);
    const bytes = Buffer.from([254, 0, 0, 0, 0]);
    bytes.writeUInt32LE(value.length, 1);
    return bytes;
  };
  const parts = pairs.flatMap(([field, value]) => [
    length(field),
    Buffer.from(field, 'latin1'),
    length(value),
    Buffer.from([2]),
    Buffer.from(value, 'latin1'),
    Buffer.from('??'),
  ]);
  return Buffer.concat([Buffer.from([pairs.length]), ...parts, Buffer.from([0xff])]);
}

/** Three repeats of `unit` (3 bytes) and more as LZF: literals, then one reference. */
export function lzf(unit: string, repeats: number): Buffer {
  const length = unit.length * repeats;
  const rest = length - unit.length;
  const packed = Buffer.concat([
    Buffer.from([unit.length - 1]),
    Buffer.from(unit, 'latin1'),
    Buffer.from([0xe0, rest - 9, unit.length - 1]),
  ]);
  return Buffer.concat([Buffer.from([0xc3]), count(packed.length), count(length), packed]);
}

/** What redis-server 7.0.15 answered to DUMP. */
export const serverPayloads: Readonly<Record<string, string>> = {
  'hash as listpack': '10121200000004008166028176028167020701ff0a00670f73ba64a7f2a2',
  'hash as table': '04040161c0010163c0030162c0020164c0040a00956daa0166d916ec',
  'integer of one byte': '00c0fb0a0049c4c6f4d7263f68',
  'integer of two bytes': '00c1b80b0a00a113c6f3de2b8403',
  'integer of four bytes': '00c290eefeff0a002875de7b13eb2800',
  'list of two nodes':
    '12020213130000000400816102816202816302816402ff0212120000000300816502816602f240e20104ff0a0057c8a22997d19090',
  'list of a node': '120102121200000004008161020c01ded402816202ff0a008614a1fa294b3318',
  'list compressed': '120102c3152d072d00000002009e78e01400071f847461696c05ff0a001de8aeea107bb18c',
  'string compressed': '00c30b300361626361e021020162630a00704e61bcdc24b6aa',
  'plain string': '000568656c6c6f0a006372df766534200a',
  'set of small integers': '0b0e0200000003000000feff0100b80b0a006f5b0f634c3db819',
  'set of large integers': '0b180800000002000000010000000000000000f2052a010000000a0054f5a26ae707b5fc',
  'set as table': '0202016101620a00fe642125eb033d0d',
  stream:
    '130110000000000000000100000000000000014059590000001f00030101010201846e616d65058473697a650500010201000100018161020a0105010301000101018162021401050100010401dfff020101856f7468657206816302060102010501dfff02816402dffb020501ff0306000101010204020167050081ffffffffffffffff020000000000000001000000000000000178a5b5fea101000001000000000000000500000000000000000068e5cf8b0100000902036f6e6578a5b5fea101000001000000000000000100000000000000010374776f78a5b5fea101000001000000000000000500000000000000000168060081ffffffffffffffff00010469646c6578a5b5fea1010000000a00f9e36dccdf00303a',
  'sorted set as listpack':
    '111d1d0000000600816202842d696e660581610283312e35048163020301ff0a002970c58fcde6fc31',
  'sorted set as table':
    '05040164000000000000f07f016300000000000008400161000000000000f83f0162000000000000f0ff0a00e5a68be8a5031c9f',
};
