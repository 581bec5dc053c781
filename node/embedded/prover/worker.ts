/** The prover's thread: an engine over the data directory. */
import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { curveFromModule, wasmModule } from '../../crypto/bls48581/wasm/index.ts';
import { defaultSrs } from '../../crypto/srs/default/index.ts';
import type { Srs } from '../../crypto/srs/index.ts';
import type { FromProver, ToProver } from '../../proving/messages.ts';
import { NodeDisk } from '../../store/index.ts';
import { runInBackground } from '../../threads/index.ts';
import type { Engine } from './engine.ts';
import { openEngine } from './open-engine.ts';
import { codeOf, type FromProverThread, type ProverWorkerData } from './worker-data.ts';

if (parentPort === null) throw new Error('this file is the start of a thread');
// Its own threads inherit it: nobody's write waits for a frame.
runInBackground();
const port = parentPort;
const { options, dataDir, frameMaterial } = workerData as ProverWorkerData;
const tell = (message: FromProver | FromProverThread, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, [...transfer]);

/** Messages that come before the engine is open. */
const waiting: ToProver[] = [];
let engine: Engine | undefined;
port.on('message', (message: ToProver) => {
  if (engine === undefined) waiting.push(message);
  else engine.take(message);
});

try {
  const kernel = await wasmModule();
  const curve = curveFromModule(kernel);
  let srs: Srs | undefined;
  engine = await openEngine(options, {
    disk: new NodeDisk(dataDir),
    curve,
    kernel,
    srs: () => {
      srs ??= defaultSrs(curve);
      return srs;
    },
    frameMaterial,
    random: (length) => randomBytes(length),
    nowMs: () => Date.now(),
    monotonic: () => performance.now(),
    send(message, transfer) {
      tell(message, transfer);
      // Nothing more is to be done: the thread ends when nobody can send to it.
      if (message.type === 'closed') port.close();
    },
    fail: (error) => tell({ type: 'failed', error, code: codeOf(error) }),
    warn: (message) => tell({ type: 'warn', message }),
  });
  frameMaterial.fill(0);
  engine.open();
  for (const message of waiting.splice(0)) engine.take(message);
} catch (error) {
  tell({ type: 'failed', error, code: codeOf(error) });
}
