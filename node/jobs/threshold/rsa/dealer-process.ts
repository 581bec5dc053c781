/** Starts a dealer for one key and takes its answer. The coordinator's side of dealer-main.ts. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../../threads/index.ts';
import { ThresholdAbort } from '../errors.ts';
import { type Dealing, type DealRequest, decodeDealing, encodeDealRequest } from './dealing.ts';
import { rsaLimits } from './limits.ts';

const entry = fileURLToPath(new URL('./dealer-main.ts', import.meta.url));

/**
 * The material goes through a pipe that only the two processes have; the caller overwrites its own copy.
 *
 * @throws RangeError when the material is no key of the scheme; ThresholdAbort `unavailable` when there is no answer
 */
export async function dealInProcess(request: DealRequest, signal?: AbortSignal): Promise<Dealing> {
  signal?.throwIfAborted();
  const asked = Buffer.from(encodeDealRequest(request));
  try {
    return readAnswer(await runDealer(asked, signal));
  } finally {
    asked.fill(0);
  }
}

async function runDealer(asked: Buffer, signal: AbortSignal | undefined): Promise<Buffer> {
  const late = AbortSignal.timeout(rsaLimits.dealerMs);
  const child = spawn(process.execPath, [entry], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: bareEnvironment(),
    signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    killSignal: 'SIGKILL',
  });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  let length = 0;
  child.once('error', reject);
  // What breaks when the process ends is told by its end.
  child.stdin.on('error', () => undefined);
  child.stdout.on('data', (part: Buffer) => {
    length += part.length;
    if (length > rsaLimits.dealingBytesMax) child.kill('SIGKILL');
    else parts.push(part);
  });
  child.once('close', (code) => {
    if (code === 0) resolve(Buffer.concat(parts));
    else reject(new Error('it ended without an answer'));
  });
  child.stdin.end(asked);
  try {
    return await promise;
  } catch (error) {
    signal?.throwIfAborted();
    throw new ThresholdAbort('unavailable', undefined, 'the dealer of a key failed', { cause: error });
  }
}

function readAnswer(answer: Buffer): Dealing {
  if (answer[0] === 1) throw new RangeError(answer.subarray(1).toString());
  if (answer[0] !== 0) throw new ThresholdAbort('unavailable', undefined, 'the dealer gave no answer');
  return decodeDealing(answer.subarray(1));
}
