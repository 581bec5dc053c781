/**
 * Measures the kernel: `node node/crypto/bls48581/bench/kernel.ts`. Prints medians; field multiplication in a loop inside
 * WebAssembly, everything else through `Curve` as its users call it. One thread.
 */
import { type Curve, type G1, scalarOrder } from '../curve.ts';
import { kernel } from '../wasm/emit/kernel.ts';
import { curveFromModule, wasmModule } from '../wasm/index.ts';
import { p, toLimbs } from '../wasm/numbers.ts';

/** Numbers without structure, the same in each run. */
let state = 1n;
function random(below: bigint): bigint {
  let value = 0n;
  for (let word = 0; word < 10; word++) {
    state = (state * 6364136223846793005n + 1442695040888963407n) % (1n << 64n);
    value = (value << 64n) | (state ^ (state >> 29n));
  }
  return value % below;
}
const scalar = () => random(scalarOrder);

function median(turns: number, body: () => unknown): number {
  for (let turn = 0; turn < Math.ceil(turns / 3); turn++) body();
  const times = Array.from({ length: turns }, () => {
    const start = performance.now();
    body();
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b)[Math.floor(turns / 2)]!;
}

/** By what was measured. */
export type KernelTimes = Readonly<Record<string, number>>;

type Note = (name: string, milliseconds: number) => void;

interface Internals {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly heapStart: { readonly value: number };
  repeatMul(target: number, a: number, b: number, count: number): void;
}
interface WebAssemblyPlatform {
  instantiate(bytes: Uint8Array): Promise<{ readonly instance: { readonly exports: unknown } }>;
}

async function measureField(print: Note): Promise<void> {
  const platform = (globalThis as unknown as { WebAssembly: WebAssemblyPlatform }).WebAssembly;
  const exports = (await platform.instantiate(kernel({ internals: true }))).instance.exports as Internals;
  const heapStart = exports.heapStart.value;
  const memory = new Int32Array(exports.memory.buffer);
  memory.set(toLimbs(random(p)), heapStart / 4);
  memory.set(toLimbs(random(p)), heapStart / 4 + 20);
  const count = 20_000;
  const time = median(31, () => exports.repeatMul(heapStart, heapStart, heapStart + 80, count));
  print('field multiplication, in WebAssembly', time / count);
}

function measureG1(curve: Curve, print: Note): void {
  const points = Array.from({ length: 1024 }, () => curve.multiplyG1(curve.g1, scalar()));
  const scalars = points.map(scalar);
  const [first, second] = points as [G1, G1];
  const encoded = curve.encodeG1(first);
  print(
    'G1 addition, affine result',
    median(101, () => curve.addG1(first, second)),
  );
  print(
    'G1 multiplication',
    median(51, () => curve.multiplyG1(first, scalar())),
  );
  print(
    'G1 multiplication, secret scalar',
    median(31, () => curve.multiplyG1Secret(first, scalar())),
  );
  for (const count of [16, 64, 256, 1024]) {
    const [some, theirs] = [points.slice(0, count), scalars.slice(0, count)];
    print(
      `G1 sum of ${count} multiples`,
      median(7, () => curve.multiSumG1(some, theirs)),
    );
  }
  const bases = curve.fixedBases(points.slice(0, 64));
  const start = performance.now();
  bases.sum(scalars.slice(0, 64));
  print('tables of 64 fixed bases and first sum', performance.now() - start);
  print(
    'fixed bases: sum of 64',
    median(21, () => bases.sum(scalars.slice(0, 64))),
  );
  print(
    'fixed bases: addTo with 1',
    median(51, () => bases.addTo(first, [{ index: 5, scalar: scalar() }])),
  );
  print(
    'G1 decoding, subgroup included',
    median(51, () => curve.decodeG1(encoded)),
  );
  print(
    'G1 encoding',
    median(101, () => curve.encodeG1(first)),
  );
  let counter = 0;
  const message = () => new TextEncoder().encode(`message ${counter++}`);
  print(
    'hash to G1',
    median(31, () => curve.hashToG1(message(), 'domain')),
  );
  const key = scalar();
  print(
    'sign',
    median(31, () => curve.multiplyG1Secret(curve.hashToG1(message(), 'domain'), key)),
  );
}

function measureG2(curve: Curve, print: Note): void {
  const points = Array.from({ length: 3 }, () => curve.multiplyG2(curve.g2, scalar()));
  const encoded = curve.encodeG2(points[0]!);
  print(
    'G2 decoding, subgroup included',
    median(21, () => curve.decodeG2(encoded)),
  );
  print(
    'G2 multiplication',
    median(11, () => curve.multiplyG2(points[0]!, scalar())),
  );
  print(
    'public key',
    median(7, () => curve.publicKey(scalar())),
  );
  print(
    'prepareG2',
    median(21, () => curve.prepareG2(points[0]!)),
  );
  const pairs = points.map((point) => ({
    g1: curve.multiplyG1(curve.g1, scalar()),
    g2: curve.prepareG2(point),
  }));
  for (const count of [1, 2, 3]) {
    const some = pairs.slice(0, count);
    print(
      `pairing product of ${count}`,
      median(21, () => curve.pairingProductIsOne(some)),
    );
  }
}

/** Milliseconds. */
export async function measureKernel(): Promise<KernelTimes> {
  const times: Record<string, number> = {};
  const note: Note = (name, milliseconds) => {
    times[name] = milliseconds;
  };
  await measureField(note);
  const start = performance.now();
  const module = await wasmModule();
  note('compilation', performance.now() - start);
  const started = performance.now();
  const curve = curveFromModule(module);
  note('instance, generators decoded', performance.now() - started);
  measureG1(curve, note);
  measureG2(curve, note);
  return times;
}

if (import.meta.main) {
  for (const [name, milliseconds] of Object.entries(await measureKernel())) {
    const text =
      milliseconds < 0.01 ? `${(milliseconds * 1e6).toFixed(0)} ns` : `${milliseconds.toFixed(3)} ms`;
    console.log(name.padEnd(44), text);
  }
}
