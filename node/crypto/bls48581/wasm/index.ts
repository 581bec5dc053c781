/**
 * The WebAssembly kernel of BLS48-581: the implementation of `Curve` for everyday use, in Node.js and in browsers (it needs
 * WebAssembly with 128-bit vectors). One compiled module serves many threads; each makes its own instance, with its own
 * memory and tables.
 */
import { hexToBytes } from '@noble/curves/utils.js';
import type { Curve } from '../curve.ts';
import { base64ToBytes } from './base64.ts';
import { FixedTables, fixedBases } from './fixed-bases.ts';
import { curveG1 } from './g1.ts';
import { curveG2 } from './g2.ts';
import { kernelBase64 } from './gen/kernel.ts';
import { generatorG1, generatorG2 } from './generators.ts';
import { KernelInstance } from './instance.ts';
import { curvePairing } from './pairing.ts';
import { type WasmModule, webAssembly } from './platform.ts';

export { kernelLimits } from './limits.ts';
export type { WasmModule } from './platform.ts';

let compiled: Promise<WasmModule> | undefined;

/** The module, compiled once per thread; it can be sent to other threads, which then need not compile. */
export function wasmModule(): Promise<WasmModule> {
  compiled ??= webAssembly.compile(base64ToBytes(kernelBase64));
  return compiled;
}

/** A curve with an instance of its own. */
export function curveFromModule(module: WasmModule): Curve {
  const kernel = new KernelInstance(module);
  const g1 = curveG1(kernel, hexToBytes(generatorG1));
  const tables = new FixedTables(kernel);
  return {
    name: 'wasm',
    ...g1,
    ...curveG2(kernel, hexToBytes(generatorG2)),
    ...curvePairing(kernel),
    fixedBases: (points) => fixedBases(kernel, tables, g1.g1Identity, points),
  };
}

export async function loadWasmCurve(): Promise<Curve> {
  return curveFromModule(await wasmModule());
}
