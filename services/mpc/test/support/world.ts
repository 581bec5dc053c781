/** The service over a node in memory, whose jobs and records are real; it can be opened again on what an earlier one left. */
import type { Clock, Computations, Service } from '@hypergate/kit';
import type { NodePorts } from '@hypergate/node/api';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { type OpenTables, openTables } from '@hypergate/table';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createService } from '../../index.ts';

export interface World {
  readonly service: Service;
  readonly computations: Computations;
  readonly node: EmbeddedNode;
  readonly tables: OpenTables;
  readonly prover: PlainProver;
  /** What it says is the time. */
  readonly clock: { ms: number };
  /** What is there after a power cut now: the private index is lost as well. */
  crashed(): MemoryState;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly state?: MemoryState;
  /** Instead of the node's. */
  readonly job?: NodePorts['job'];
}

const keys = createKeystore(Buffer.alloc(32, 0x4d));
const writer = ed25519SigningKey(keys.writerSeed());

export async function openWorld({ state = new MemoryState(), job }: WorldOptions = {}): Promise<World> {
  const random = createPooledRandom();
  const { node } = await openMemoryNode({ state, writerKey: writer });
  const prover = new PlainProver({});
  const ports = prover.over(node);
  const failures: unknown[] = [];
  const tables = await openTables(
    {},
    {
      node: ports,
      indexStore: new MemoryStore(),
      keys,
      writerKey: writer.publicKey,
      random,
      onFailure: (error) => failures.push(error),
    },
  );
  const clock = { ms: Date.UTC(2026, 0, 2) };
  const told: Clock = { now: () => clock.ms };
  const service = createService({
    // Of the node itself it uses nothing else.
    node: job === undefined ? ports : ({ job } as NodePorts),
    tables,
    logger: pino({ level: 'silent' }),
    metrics: new Registry(),
    clock: told,
    random,
    settings: {
      region: 'us-east-1',
      rootAccountId: '000000000000',
      accounts: [],
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: '/data',
    },
  });
  await service.start();
  return {
    service,
    computations: service.computations!,
    node,
    tables,
    prover,
    clock,
    crashed: () => copyOf(state),
    async close() {
      await service.drain(new AbortController().signal);
      await service.stop();
      await tables.close();
      await node.close();
      if (failures.length > 0) throw new Error('the index failed', { cause: failures[0] });
    },
  };
}

function copyOf(state: MemoryState): MemoryState {
  const copy = new MemoryState();
  for (const [key, value] of state.entries) copy.entries.set(key, Buffer.from(value));
  for (const [key, value] of state.chunks) copy.chunks.set(key, Buffer.from(value));
  copy.records.push(...state.records.map((record) => Buffer.from(record)));
  copy.released = state.released;
  return copy;
}
