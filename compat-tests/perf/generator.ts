/**
 * The load generator, a process of its own that lives through the whole benchmark: takes an order by message, runs it,
 * answers with figures. Its CPU is never counted; signing is cheap so that it does not become the bottleneck.
 */
import { SeededRandom } from '../lib/random.ts';
import { S3Caller } from '../lib/s3-caller.ts';
import type { SigningIdentity } from '../lib/sigv4.ts';
import { Bodies, type CallerState, type Figures, partBytes, perform, type Workload } from './workloads.ts';

export interface Order {
  readonly port: number;
  readonly identity: SigningIdentity;
  readonly seed: string;
  readonly work: Workload;
}

export type Answer = { readonly figures: Figures } | { readonly error: string };

const bodies = new Bodies();

async function run(order: Order): Promise<Figures> {
  const { work } = order;
  const latencies: number[] = [];
  let operations = 0;
  let bytes = 0;
  let turn = 0;
  bodies.pick(Math.min(work.size, partBytes), new SeededRandom('warm')); // Made before the clock runs.
  const begin = performance.now();
  const end = begin + work.seconds * 1000;
  const runWorker = async (worker: number) => {
    const random = new SeededRandom(`${order.seed} ${work.name} ${worker}`);
    // Uploads read their id from an answer, listings their counts: those bodies are kept.
    const caller = new S3Caller({
      host: '127.0.0.1',
      port: order.port,
      identity: order.identity,
      signBodyBytesMax: Number.MAX_SAFE_INTEGER,
      discardBodies: work.kind === 'get',
    });
    const state: CallerState = { caller, random, bodies, token: undefined };
    while (work.count === undefined ? performance.now() < end : turn < work.count) {
      const mine = turn++;
      const from = performance.now();
      const moved = await perform(work, state, mine);
      bytes += moved; // Not in one expression with the await: other callers add meanwhile.
      latencies.push(performance.now() - from);
      operations += 1;
    }
    caller.close();
  };
  // All of them end before an order is answered, also when one fails: nothing may run into the next measurement.
  const ends = await Promise.allSettled(
    Array.from({ length: work.concurrency }, (_unused, worker) => runWorker(worker)),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  latencies.sort((a, b) => a - b);
  return {
    operations,
    bytes,
    wallSeconds: (performance.now() - begin) / 1000,
    latencyMsMedian: latencies[latencies.length >> 1] ?? 0,
    latencyMs99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

process.on('message', (order: Order) => {
  run(order).then(
    (figures) => process.send?.({ figures } satisfies Answer),
    (error: unknown) => process.send?.({ error: String(error) } satisfies Answer),
  );
});
process.on('disconnect', () => process.exit(0));
