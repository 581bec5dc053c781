/** The kernel against the reference's vectors, and the laws of a group. */
import { describeCurve } from '../../test/curve-vectors.ts';
import { loadWasmCurve } from '../index.ts';

describeCurve('wasm', await loadWasmCurve());
