/** Small circuits in their canonical encodings, written as node/jobs/mpc/circuit/encode.ts describes them. */
import { createHash } from 'node:crypto';

const u32 = (...values: number[]): Buffer => u32s(values);
function u32s(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, 4 * at);
  return bytes;
}
const name = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
const numbers = <Item>(count: number, of: (at: number) => Item): Item[] =>
  Array.from({ length: count }, (_, at) => of(at));

/** Whether all bits of both are one: `bits` of Alice and of Bob, one bit for both. A chain of AND gates. */
export function allSet(bits: number): Buffer {
  const gates = 2 * bits - 1;
  return encodingOf(
    bits,
    numbers(gates, (at) => [at, at + 1]),
    numbers(gates, (at) => [at === 0 ? 0 : 2 * bits + at - 1, at + 1]),
  );
}

/** So many AND gates beside each other, each of the first bits of both. */
export function wide(gates: number): Buffer {
  return encodingOf(
    1,
    [[0, gates]],
    numbers(gates, () => [0, 1]),
  );
}

/** Of the last gate both learn the bit. */
function encodingOf(
  bits: number,
  layers: readonly (readonly [andFrom: number, end: number])[],
  gates: readonly (readonly [left: number, right: number])[],
): Buffer {
  return Buffer.concat([
    Buffer.from('HGCIRCUI'),
    u32(1, 2),
    ...[name('alice'), name('a'), u32(bits)],
    ...[name('bob'), name('b'), u32(bits)],
    u32(1),
    ...[name('all'), Buffer.of(2), name('alice'), name('bob'), u32(1, 2 * bits + gates.length - 1)],
    u32(layers.length, ...layers.flat()),
    u32(gates.length),
    Buffer.alloc(gates.length, 2),
    u32s(gates.map(([left]) => left)),
    u32s(gates.map(([, right]) => right)),
  ]);
}

/** As the node computes it, in hex. */
export function commitmentOf(encoding: Uint8Array): string {
  const hash = createHash('sha256').update('hypergate/mpc/circuit-commitment/v1\0').update(encoding);
  return `01${hash.digest('hex')}`;
}
