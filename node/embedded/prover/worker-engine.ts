/** The prover in a thread of its own, as the node sees it. */
import { Worker } from 'node:worker_threads';
import type { FromProver, ProverEngine, ToProver } from '../../proving/messages.ts';
import type { NodeLogger } from '../modules.ts';
import { type FromProverThread, type ProverWorkerData, thrownThere } from './worker-data.ts';

/** Heap of the thread in MiB: a million changes that wait take about a quarter of it. */
const heapMegabytesMax = 1024;
/** Of it for young objects: frames take no longer with it than with 48 MiB, measured, and less stays resident. */
const youngMegabytesMax = 12;

/**
 * It begins at once, and what it says is kept until somebody listens: it opens while the node recovers.
 * @param logger for what the thread says of itself
 */
export function openProverThread(data: ProverWorkerData, logger?: NodeLogger): ProverEngine {
  const thread = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { ...data, frameMaterial: Uint8Array.from(data.frameMaterial) },
    name: 'prover',
    resourceLimits: {
      maxOldGenerationSizeMb: heapMegabytesMax,
      maxYoungGenerationSizeMb: youngMegabytesMax,
    },
  });
  // Failures come again as the end; without a listener they would end the process.
  let failure: unknown;
  const early: FromProver[] = [];
  let onMessage = (message: FromProver): void => void early.push(message);
  let ended: { readonly error: unknown } | undefined;
  let onEnd: (error: unknown) => void = (error) => {
    ended = { error };
  };
  thread.on('error', (error) => {
    failure = error;
  });
  thread.on('exit', (code) => {
    onEnd(failure ?? new Error(`the prover's thread ended with code ${code}`));
  });
  thread.on('message', (message: FromProver | FromProverThread) => {
    if (message.type === 'warn') logger?.warn({}, message.message);
    else if (message.type === 'failed') {
      failure = thrownThere(message.error, message.code);
      void thread.terminate();
    } else onMessage(message);
  });
  return {
    post(message: ToProver) {
      thread.postMessage(message, message.type === 'slab' ? [message.buffer] : []);
    },
    listen(take, end) {
      for (const message of early.splice(0)) take(message);
      onMessage = take;
      onEnd = end;
      if (ended !== undefined) end(ended.error);
    },
  };
}
