/** Instances over a node in memory, without a proxy: connections are the gateway's own. They can be closed and opened on the same state. */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { type OpenTables, openTables } from '@hypergate/table';
import { pino } from 'pino';
import { engineIdentity } from '../../engine/identity.ts';
import { preparePrograms } from '../../engine/programs.ts';
import type { InstanceSpec, InstanceState } from '../../instance/api.ts';
import { InstanceManager } from '../../instance/manager.ts';
import { Gate, gatedTables } from './gated-store.ts';

const keystore = createKeystore(Buffer.alloc(32, 0x55));
const writerKey = ed25519SigningKey(keystore.writerSeed());
const holder = Buffer.alloc(32, 7);

export interface ManagerWorld {
  readonly manager: InstanceManager;
  readonly node: EmbeddedNode;
  readonly tables: OpenTables;
  /** Of all that instances write. */
  readonly gate: Gate;
  readonly cacheDir: string;
  /** As a gateway does when it is told to. */
  close(): Promise<void>;
  /** Nothing is handed over, as when the process is killed: engines run on, what they had is not certified. */
  crash(): Promise<void>;
}

export class ManagerState {
  readonly state = new MemoryState();
  readonly indexStore = new MemoryStore();
  readonly cacheDir: string;

  constructor() {
    this.cacheDir = mkdtempSync(join(tmpdir(), 'hg-rds-'));
    chmodSync(this.cacheDir, 0o755);
  }

  async open(idleMs = 0): Promise<ManagerWorld> {
    const { state, indexStore, cacheDir } = this;
    const { node } = await openMemoryNode({ state, writerKey });
    const prover = new PlainProver({});
    const random = createPooledRandom();
    const tables = await openTables(
      {},
      { node: prover.over(node), indexStore, keys: keystore, writerKey: writerKey.publicKey, random },
    );
    const identity = engineIdentity();
    const gate = new Gate();
    const manager = await InstanceManager.open({
      node,
      tables: gatedTables(tables, gate),
      logger: pino({ level: 'silent' }),
      clock: Date,
      random,
      delay: async (ms, signal) => void (await delay(ms, undefined, signal === undefined ? {} : { signal })),
      identity,
      programs: (major) => preparePrograms({ major, cacheDir: join(cacheDir, 'programs'), identity }),
      holder,
      bootId: randomUUID(),
      cacheDir,
      host: '127.0.0.1',
      ports: { from: 1, to: 60_000 },
      listen: async ({ port }) => ({ port, close: async () => undefined }),
      idleMs,
    });
    await manager.begin();
    const end = async () => {
      await tables.close();
      await node.close();
    };
    return {
      manager,
      node,
      tables,
      gate,
      cacheDir,
      async close() {
        await manager.close();
        await end();
      },
      async crash() {
        // Whatever is still tried fails, and no marker is written.
        await node.close();
        await manager.close().catch(() => undefined);
        await tables.close().catch(() => undefined);
      },
    };
  }

  remove(): void {
    rmSync(this.cacheDir, { recursive: true, force: true });
  }
}

export function specOf(id: string, change: Partial<InstanceSpec> = {}): InstanceSpec {
  return {
    id,
    name: id,
    major: 15,
    masterUser: 'owner',
    masterPassword: 'a password',
    parameters: {},
    iamAuthentication: false,
    retentionDays: 1,
    ...change,
  };
}

/** Resolves when the instance is in this state. */
export async function untilState(manager: InstanceManager, id: string, state: InstanceState): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  manager.onState((status) => {
    if (status.id === id && status.state === state) resolve();
  });
  if (manager.status(id)?.state === state) resolve();
  await promise;
}
