/**
 * The curve of tests that are not about the curve: the kernel, as everywhere. With HYPERGATE_SOAK=1 the plain one, which takes
 * ten times as long; both are tested against the same vectors and each other.
 */
import type { Curve } from '../curve.ts';
import { plainCurve } from '../plain/index.ts';
import { loadWasmCurve } from '../wasm/index.ts';

export const testCurve: Curve = process.env.HYPERGATE_SOAK === '1' ? plainCurve() : await loadWasmCurve();
