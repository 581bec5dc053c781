/**
 * What the functions cost that every statement calls: validation, tokens, ordered keys. CPU of this process, best of some rounds.
 * `node services/cql/types/bench/hot-paths.ts [millions of calls per round] [rounds]`. One line of JSON per case.
 */
import type { NativeName, Value } from '../api.ts';
import { decodeKey, encodeKey, type KeyPart } from '../byte-comparable.ts';
import { comparatorOf } from '../compare.ts';
import { fromText } from '../literals.ts';
import { orderedToken, putOrderedToken, tokenOf } from '../token.ts';
import { validate } from '../validate.ts';

const [millions = '0.5', rounds = '5'] = process.argv.slice(2);
const calls = Number(millions) * 1e6;

/** Sums of results go here, so that no call is left out. */
let kept = 0;

function measure(name: string, call: (index: number) => number): void {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < Number(rounds); round += 1) {
    const from = process.cpuUsage();
    for (let index = 0; index < calls; index += 1) kept += call(index);
    const { user, system } = process.cpuUsage(from);
    best = Math.min(best, ((user + system) * 1000) / calls);
  }
  process.stdout.write(`${JSON.stringify({ name, nanoseconds: Math.round(best) })}\n`);
}

const samples: readonly (readonly [NativeName, readonly string[]])[] = [
  ['int', ['7', '-70000']],
  ['bigint', ['7', '-7000000000000']],
  ['text', ['a key of some bytes', 'another one']],
  ['blob', ['00112233445566778899aabbccddeeff', 'cafe']],
  ['uuid', ['cc520882-9507-44fb-8fc9-b349ecdee658', '2a92d750-d8dc-11e6-a2de-cf8ecd4cf053']],
];
const long = Buffer.alloc(100, 'x');

for (const [name, texts] of samples) {
  const type = { kind: 'native', name } as const;
  const values = texts.map((text) => fromText(name, text)) as [Value, Value];
  const parts: readonly KeyPart[] = [{ type, descending: false }];
  const rows = values.map((value) => [value]);
  const keys = rows.map((row) => encodeKey(parts, row));
  const compare = comparatorOf(type);
  measure(`validate ${name}`, (index) => {
    validate(type, values[index & 1]!);
    return 1;
  });
  measure(`compare ${name}`, (index) => compare(values[index & 1]!, values[0]));
  measure(`encodeKey ${name}`, (index) => encodeKey(parts, rows[index & 1]!).length);
  measure(`decodeKey ${name}`, (index) => decodeKey(parts, keys[index & 1]!).next);
}

measure('validate text of 100 bytes', () => {
  validate({ kind: 'native', name: 'text' }, long);
  return 1;
});

const target = Buffer.alloc(8);
for (const bytes of [8, 16, 100]) {
  const key = Buffer.alloc(bytes, 0x81);
  measure(`putOrderedToken of ${bytes} bytes`, (index) => {
    key[0] = index;
    putOrderedToken(key, target, 0);
    return target[7]!;
  });
}
const key = Buffer.alloc(16, 0x81);
measure('orderedToken of 16 bytes', (index) => {
  key[0] = index;
  return orderedToken(key)[7]!;
});
measure('tokenOf of 16 bytes, as bigint', (index) => {
  key[0] = index;
  return Number(tokenOf(key) & 1n);
});

if (Number.isNaN(kept)) throw new Error('a result was no number');
