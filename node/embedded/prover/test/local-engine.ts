/** An engine in this thread over a simulated or real disk, as the node sees one. */
import { randomBytes } from 'node:crypto';
import type { Curve } from '../../../crypto/bls48581/index.ts';
import { loadWasmCurve } from '../../../crypto/bls48581/wasm/index.ts';
import { defaultSrs } from '../../../crypto/srs/default/index.ts';
import type { Srs } from '../../../crypto/srs/index.ts';
import type { FromProver, ProverEngine, ToProver } from '../../../proving/messages.ts';
import type { Disk } from '../../../store/disk.ts';
import type { Engine } from '../engine.ts';
import { type EngineOptions, openEngine } from '../open-engine.ts';

export const testEngine: EngineOptions = {
  folder: 'proofs',
  networkName: 'test network',
  leafAtomsMax: 4,
  discriminantBits: 256,
  intervalMs: 1000,
  delayShare: 0.01,
  archive: false,
};

let shared: { readonly curve: Curve; srs: Srs | undefined } | undefined;

/** Tables are made once for all engines of a test file. */
export async function sharedCurve(): Promise<{ readonly curve: Curve; readonly srs: () => Srs }> {
  shared ??= { curve: knowingKeys(await loadWasmCurve()), srs: undefined };
  const { curve } = shared;
  return {
    curve,
    srs: () => {
      const own = shared as { srs: Srs | undefined };
      own.srs ??= defaultSrs(curve);
      return own.srs;
    },
  };
}

/** Every engine here has the same secret, and its public key is what an opening spends its time with. */
function knowingKeys(curve: Curve): Curve {
  const known = new Map<bigint, ReturnType<Curve['publicKey']>>();
  return {
    ...curve,
    publicKey(secret) {
      const key = known.get(secret) ?? curve.publicKey(secret);
      known.set(secret, key);
      return key;
    },
  };
}

export interface EngineSecrets {
  readonly random?: (length: number) => Uint8Array;
  readonly frameMaterial?: Uint8Array;
}

export class LocalEngine implements ProverEngine {
  readonly #waiting: ToProver[] = [];
  #engine: Engine | undefined;
  #onMessage: (message: FromProver) => void = () => undefined;
  #onEnd: (error: unknown) => void = () => undefined;
  readonly warnings: string[] = [];

  constructor(
    disk: Disk,
    options: Partial<EngineOptions> = {},
    { random = randomBytes, frameMaterial = Buffer.alloc(64, 7) }: EngineSecrets = {},
  ) {
    this.#open(disk, { ...testEngine, ...options }, { random, frameMaterial }).catch((error) =>
      this.#onEnd(error),
    );
  }

  listen(onMessage: (message: FromProver) => void, onEnd: (error: unknown) => void): void {
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
  }

  post(posted: ToProver): void {
    const message = structuredClone(posted, { transfer: posted.type === 'slab' ? [posted.buffer] : [] });
    if (this.#engine === undefined) this.#waiting.push(message);
    else this.#engine.take(message);
  }

  async #open(disk: Disk, options: EngineOptions, secrets: Required<EngineSecrets>): Promise<void> {
    const engine = await openEngine(options, {
      disk,
      ...(await sharedCurve()),
      ...secrets,
      nowMs: () => Date.now(),
      monotonic: () => performance.now(),
      // Buffers that are handed over are gone for the sender, as between threads.
      send: (message, transfer = []) => {
        const sent = structuredClone(message, { transfer: [...transfer] });
        setImmediate(() => this.#onMessage(sent));
      },
      fail: (error) => setImmediate(() => this.#onEnd(error)),
      warn: (message) => this.warnings.push(message),
    });
    this.#engine = engine;
    engine.open();
    for (const message of this.#waiting.splice(0)) engine.take(message);
  }
}
