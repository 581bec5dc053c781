/** A thread that gets the compiled module and multiplies a fixed base. */
import { parentPort, workerData } from 'node:worker_threads';
import { curveFromModule, type WasmModule } from '../index.ts';

const { module, scalars } = workerData as { module: WasmModule; scalars: readonly bigint[] };
const curve = curveFromModule(module);
const bases = curve.fixedBases([curve.g1]);
parentPort!.postMessage(scalars.map((scalar) => curve.encodeG1(bases.sum([scalar]))));
