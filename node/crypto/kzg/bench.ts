/**
 * Times of commitments and proofs of width 64: `node node/crypto/kzg/bench.ts [plain|wasm] [rounds] [--json]`. Medians in milliseconds on
 * one core, over the default reference string.
 */
import { sha512 } from '@noble/hashes/sha2.js';
import type { Curve } from '../bls48581/index.ts';
import { createBls } from '../bls48581/index.ts';
import { defaultSrs } from '../srs/default/index.ts';
import { createDomain } from './domain.ts';
import { createKzg, type Kzg, type Values } from './index.ts';

const width = 64;

interface Row {
  readonly what: string;
  readonly medianMs: number;
}

export function benchKzg(curve: Curve, rounds: number): Row[] {
  const kzg = createKzg(curve, defaultSrs(curve), { width });
  const vectors = Array.from({ length: 8 }, (_, seed) => vectorOf(seed));
  const commitments = vectors.map(kzg.commit);
  const openings = vectors.map((values, index) => ({
    commitment: kzg.encode(commitments[index]!),
    index,
    value: values[index]!,
  }));
  const proofs = vectors.map((values, index) => kzg.encode(kzg.open(values, index)));
  const inputs = vectors.map((values, index) => ({ commitment: commitments[index]!, values, index }));
  const many = kzg.openMany(inputs.slice(0, 4));
  const claims = openings.map((opening, index) => kzg.claim(opening, proofs[index]!));
  let turn = 0;
  const next = () => (turn = (turn + 1) % vectors.length);

  const rows: readonly (readonly [string, () => unknown])[] = [
    ['commit to 64 values', () => kzg.commit(vectors[next()]!)],
    ['one changed value', () => oneChange(kzg, commitments[0]!, vectors[0]!, next())],
    ['encode a commitment', () => kzg.encode(commitments[next()]!)],
    ['open one', () => kzg.open(vectors[next()]!, 5)],
    ['of that, the quotient (big integers)', quotient(vectors[0]!)],
    ['verify one', () => kzg.verify(openings[next()]!, proofs[turn]!)],
    ['verify 8 as one product, decoded before', () => kzg.check(claims)],
    ['prove 4 openings together', () => kzg.openMany(inputs.slice(0, 4))],
    ['verify 4 openings together', () => kzg.verifyMany(openings.slice(0, 4), many)],
    ...signatureRows(curve),
  ];
  return rows.map(([what, run]) => ({ what, medianMs: median(rounds, run) }));
}

function signatureRows(curve: Curve): readonly (readonly [string, () => unknown])[] {
  const bls = createBls(curve);
  const secret = bls.keygen(new Uint8Array(64).fill(7));
  const key = bls.publicKey(secret);
  const [message, domain] = [new Uint8Array(64), new Uint8Array(32)];
  const signature = bls.sign(secret, message, domain);
  return [
    ['BLS sign', () => bls.sign(secret, message, domain)],
    ['BLS verify, known key', () => bls.verify(key, message, domain, signature)],
  ];
}

const vectorOf = (seed: number): Uint8Array[] =>
  Array.from({ length: width }, (_, index) => sha512(Uint8Array.of(seed, index)));

function oneChange(kzg: Kzg, commitment: Parameters<Kzg['update']>[0], values: Values, index: number) {
  return kzg.update(commitment, [{ index, from: values[index], to: values[(index + 1) % width] }]);
}

function quotient(values: readonly Uint8Array[]): () => unknown {
  const domain = createDomain(width);
  const numbers = values.map((value) => BigInt(`0x${Buffer.from(value).toString('hex')}`));
  return () => domain.quotientAt(numbers, 5);
}

function median(rounds: number, run: () => unknown): number {
  run();
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[rounds >> 1]!;
}

if (import.meta.main) {
  const [name = 'plain', rounds = '7'] = process.argv
    .slice(2)
    .filter((argument) => !argument.startsWith('--'));
  if (name !== 'plain' && name !== 'wasm') throw new RangeError('the curve is plain or wasm');
  const module = await import(new URL(`../bls48581/${name}/index.ts`, import.meta.url).href);
  const curve: Curve = await (name === 'wasm' ? module.loadWasmCurve() : module.plainCurve());
  const rows = benchKzg(curve, Number(rounds));
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify({ curve: name, rows })}\n`);
  else
    for (const { what, medianMs } of rows)
      process.stdout.write(`${medianMs.toFixed(3).padStart(10)} ms  ${what}\n`);
}
