/** The thread of one job: it ends with its answer. */
import { parentPort, workerData } from 'node:worker_threads';
import { runInBackground } from '../threads/index.ts';
import type { JobModule } from './kinds.ts';
import { type JobAnswer, JobRefused, type JobThreadData } from './messages.ts';

if (parentPort === null) throw new Error('this file is the start of a thread');
// Nobody's write waits for a job.
runInBackground();
const { module, payload } = workerData as JobThreadData;

async function answer(): Promise<JobAnswer> {
  const { run } = (await import(module)) as JobModule;
  try {
    // Of memory that is its own, so that it can be handed over.
    return { ok: true, result: new Uint8Array(run(payload)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, refused: error instanceof JobRefused, message };
  }
}

const given = await answer();
parentPort.postMessage(given, given.ok ? [given.result.buffer as ArrayBuffer] : []);
