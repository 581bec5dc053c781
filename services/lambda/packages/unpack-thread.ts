/** Entry of a thread that does one task and ends; what it cannot do ends it with an error. */
import { parentPort, workerData } from 'node:worker_threads';
import { merge } from './merge.ts';
import { examine, sha256Of, unpack } from './unpack.ts';
import type { UnpackResult, UnpackTask } from './unpack-messages.ts';
import { readZip } from './zip-reader.ts';
import { ZipRefused } from './zip-refused.ts';

async function run(task: UnpackTask): Promise<UnpackResult> {
  if (task.kind === 'merge') return { kind: 'written', diskBytes: await merge(task.layers, task.folder) };
  const zip = Buffer.from(task.zip);
  if (task.kind === 'examine')
    return { kind: 'examined', examined: await examine(zip, readZip(zip, task.unpackedMax)) };
  if (sha256Of(zip) !== task.sha256) throw new Error('the package is not what was kept');
  return {
    kind: 'written',
    diskBytes: await unpack(zip, readZip(zip, Number.POSITIVE_INFINITY), task.folder),
  };
}

async function answer(task: UnpackTask): Promise<UnpackResult> {
  try {
    return await run(task);
  } catch (error) {
    if (!(error instanceof ZipRefused)) throw error;
    return { kind: 'refused', fault: error.fault, message: error.message };
  }
}

parentPort?.postMessage(await answer(workerData as UnpackTask));
