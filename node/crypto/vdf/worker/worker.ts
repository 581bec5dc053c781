/**
 * The thread that evaluates: one request at a time, as they come. It looks at the shared cancel number every few milliseconds.
 * The thread is its own world, so it reads the monotonic clock itself.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { concat } from '../bytes.ts';
import { measureSquaringRate } from '../calibrate.ts';
import { discriminantOf } from '../discriminant.ts';
import {
  type Control,
  checkAborted,
  checkIterations,
  evaluate,
  prove,
  VdfAbortedError,
} from '../evaluate.ts';
import { encodeElement } from '../format/v1.ts';
import { type Reply, type Request, shared, type WorkerData } from './messages.ts';
import { nativeMayBePrime } from './native-prime.ts';

const memory = new Int32Array((workerData as WorkerData).memory);
const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread');

function controlOf(job: number): Control {
  return {
    isAborted: () => Atomics.load(memory, shared.cancelled) >= job,
    onProgress: (done) => {
      Atomics.store(memory, shared.done, done | 0);
    },
  };
}

function solve({ job, challenge, iterations, bits }: Extract<Request, { kind: 'solve' }>): Reply {
  const control = controlOf(job);
  checkIterations(iterations);
  Atomics.store(memory, shared.done, 0);
  const start = performance.now();
  const { group, hint } = discriminantOf(challenge, bits, {
    mayBePrime: nativeMayBePrime,
    onCandidate: () => checkAborted(control),
  });
  const searched = performance.now();
  const evaluation = evaluate(group, iterations, control);
  const evaluated = performance.now();
  const pi = prove(evaluation, control);
  const output = concat(encodeElement(evaluation.y, bits), encodeElement(pi, bits));
  const times = {
    discriminantSeconds: (searched - start) / 1000,
    evaluationSeconds: (evaluated - searched) / 1000,
    proofSeconds: (performance.now() - evaluated) / 1000,
  };
  return { kind: 'solved', job, output, hint, times };
}

function calibrate({ job, bits, forMs }: Extract<Request, { kind: 'calibrate' }>): Reply {
  const { isAborted } = controlOf(job);
  const squaringsPerSecond = measureSquaringRate(bits, {
    now: () => performance.now(),
    forMs,
    ...(isAborted === undefined ? {} : { isAborted }),
  });
  return { kind: 'calibrated', job, squaringsPerSecond };
}

function answer(request: Request): Reply {
  const { job } = request;
  try {
    checkAborted(controlOf(job));
    return request.kind === 'solve' ? solve(request) : calibrate(request);
  } catch (error) {
    if (error instanceof VdfAbortedError) return { kind: 'cancelled', job };
    const message = error instanceof Error ? error.message : String(error);
    return { kind: 'failed', job, unsupported: error instanceof RangeError, message };
  }
}

port.on('message', (request: Request) => port.postMessage(answer(request)));
