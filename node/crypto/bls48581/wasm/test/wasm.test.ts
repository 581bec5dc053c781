/** The kernel against the reference's vectors and the laws of a group: as it is shipped, and in the checked build. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeCurve } from '../../test/curve-vectors.ts';
import { generateKernel } from '../generate.ts';
import { curveFromModule, loadWasmCurve, wasmModule } from '../index.ts';
import { checkedModule } from './internals.ts';

describeCurve('wasm', await loadWasmCurve());
describeCurve('wasm, operands checked', curveFromModule(checkedModule));

test('the module can be made again', () => {
  expect(readFileSync(new URL('../gen/kernel.ts', import.meta.url), 'utf8')).toBe(generateKernel());
});

test('it is compiled once', async () => expect(await wasmModule()).toBe(await wasmModule()));
