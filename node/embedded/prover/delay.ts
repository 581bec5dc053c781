/**
 * The delay function of frames in its own thread. How many squarings fit the share of the interval is measured at the start;
 * from there ASERT keeps to the frames' own pace, as it would among several provers: frames that come late make it easier.
 */
import { asertDifficulty, iterationsFor, vdfLimits } from '../../crypto/vdf/index.ts';
import type { VdfWorker } from '../../crypto/vdf/worker/index.ts';
import type { DelayOutput } from '../../proving/format/v1/proof.ts';
import type { DelayFunction } from '../../proving/frame-maker.ts';

export interface DelayOptions {
  readonly intervalMs: number;
  /** Part of the interval, above 0, that one core may be busy with it. */
  readonly share: number;
  readonly discriminantBits: number;
  /** Of the last frame; 0 before the first. */
  readonly lastNumber: number;
  /** Of the last frame, or now. */
  readonly lastTimeMs: number;
}

interface Evaluation {
  readonly challenge: Uint8Array;
  readonly output: Promise<DelayOutput & { readonly iterations: number }>;
  readonly giveUp: AbortController;
}

/** How long rate and search are measured. */
const calibrationMs = 200;
const halfLifeMs = 2 * 60 * 60 * 1000;
/** Fewer would prove nothing: the first squarings are the same in many groups. */
const iterationsMin = 256;

interface Measured {
  readonly frame: number;
  readonly parentTimeMs: number;
  readonly difficulty: bigint;
}

/** Measures behind the caller's back: only the first output waits for it. What goes wrong is thrown by `output`. */
export function openDelay(options: DelayOptions, worker: VdfWorker): DelayFunction {
  const { intervalMs, discriminantBits: bits } = options;
  let anchor: Measured | undefined;
  let iterations = iterationsMin;
  const measuring = async (): Promise<void> => {
    anchor = await measure(options, worker);
    iterations = Number(anchor.difficulty);
  };
  let measured = measuring();
  // Whoever makes the frame hears of it.
  measured.catch(() => undefined);
  let running: Evaluation | undefined;
  const evaluate = async (challenge: Uint8Array, signal: AbortSignal) => {
    await measured;
    const used = iterations;
    const answer = await worker.solve({ challenge, iterations: used, bits }, { signal, urgent: true });
    return { hint: answer.hint, output: answer.output, iterations: used };
  };
  const begin = (challenge: Uint8Array): void => {
    running?.giveUp.abort();
    const giveUp = new AbortController();
    const own = challenge.slice();
    const output = evaluate(own, giveUp.signal);
    output.catch(() => undefined);
    running = { challenge: own, output, giveUp };
  };
  return {
    begin,
    async output() {
      if (running === undefined) throw new Error('no challenge was begun');
      const { challenge, output } = running;
      try {
        return await output;
      } catch (error) {
        // This frame fails, and is tried again: where a thread died with a new one.
        if (anchor === undefined) measured = measuring();
        measured.catch(() => undefined);
        begin(challenge);
        throw error;
      }
    },
    framed(number, timeMs) {
      if (anchor === undefined) throw new Error('a frame was made without an output');
      const next = asertDifficulty(
        anchor,
        Math.max(number, anchor.frame),
        Math.max(timeMs, anchor.parentTimeMs),
        {
          idealIntervalMs: intervalMs,
          halfLifeMs,
          floor: BigInt(iterationsMin),
          ceiling: BigInt(vdfLimits.iterationsMax),
        },
      );
      iterations = Number(next);
    },
  };
}

async function measure(options: DelayOptions, worker: VdfWorker): Promise<Measured> {
  const { intervalMs, share, discriminantBits: bits } = options;
  const squaringsPerSecond = await worker.calibrate(bits, calibrationMs);
  const budget = { squaringsPerSecond, intervalSeconds: intervalMs / 1000, share };
  // The search for a discriminant takes as long as it takes; what it took once is a fair guess.
  const trial = await worker.solve({ challenge: new Uint8Array(32), iterations: iterationsMin, bits });
  const fitting = iterationsFor({ ...budget, discriminantSeconds: trial.discriminantSeconds });
  return {
    frame: options.lastNumber + 1,
    parentTimeMs: options.lastTimeMs,
    difficulty: BigInt(Math.max(iterationsMin, fitting)),
  };
}
