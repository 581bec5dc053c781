/** A server, an instance's store, a checkpointer over both, and servers in restored directories. */
import { rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineMajor } from '../../../engine/api.ts';
import type { InstanceStore } from '../../../model/instance-store.ts';
import { type PlainEngine, startPlainEngine } from '../../../test/support/plain-engine.ts';
import { openStore, type StoreWorld } from '../../../test/support/store.ts';
import { type CheckpointEngine, Checkpointer, type CheckpointModules } from '../../checkpointer.ts';
import { type RestoreReport, type RestoreTarget, restore } from '../../restore.ts';
import type { Owner } from '../../restored-files.ts';
import type { WalSource } from '../../wal-source.ts';
import { walOf } from './pg-wal-files.ts';

/** As which the server of tests runs. */
export const owner: Owner | undefined = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined;

export interface World extends AsyncDisposable {
  readonly major: EngineMajor;
  readonly engine: PlainEngine;
  readonly source: CheckpointEngine;
  readonly stored: StoreWorld;
  /** Closed and removed with everything else. */
  readonly closing: AsyncDisposableStack;
}

export async function openWorld(
  major: EngineMajor = 15,
  parameters: Readonly<Record<string, string>> = {},
): Promise<World> {
  const closing = new AsyncDisposableStack();
  const stored = await openStore();
  closing.defer(() => stored.close());
  try {
    const keepsLog = { wal_keep_size: '2GB', autovacuum_naptime: '1s', ...parameters };
    const engine = await startPlainEngine({ major, parameters: keepsLog });
    closing.defer(() => engine.remove());
    return {
      major,
      engine,
      source: sourceOf(engine, major),
      stored,
      closing,
      [Symbol.asyncDispose]: () => closing.disposeAsync(),
    };
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

export function sourceOf(engine: PlainEngine, major: EngineMajor): CheckpointEngine {
  return { major, dataDir: engine.dataDir, connect: (database) => engine.connect(database) };
}

export function openCheckpointer(
  store: InstanceStore,
  options: Partial<CheckpointModules> = {},
): Promise<Checkpointer> {
  return Checkpointer.open({ store, waitCertified: async () => undefined, now: Date.now, ...options });
}

/** A folder for a restored directory. */
export async function restoreFolder(closing: AsyncDisposableStack): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'hg-restored-'));
  await chmod(root, 0o711);
  closing.defer(() => rmSync(root, { recursive: true, force: true }));
  return join(root, 'data');
}

export interface Restored extends AsyncDisposable {
  readonly engine: PlainEngine;
  readonly report: RestoreReport;
}

/** Restores and starts a server there, which is writable when this resolves. */
export async function restored(
  world: World,
  target: RestoreTarget,
  options: { readonly wal?: WalSource; readonly store?: Pick<InstanceStore, 'domain'> } = {},
): Promise<Restored> {
  const closing = new AsyncDisposableStack();
  try {
    const dataDir = await restoreFolder(closing);
    const wal = options.wal ?? (await walOf(world.engine));
    const store = options.store ?? world.stored.store;
    const report = await restore({ store, wal, dataDir, target, ...(owner && { owner }) });
    const engine = await startRestored(world.major, dataDir, report.parameters);
    closing.defer(() => engine.remove());
    return { engine, report, [Symbol.asyncDispose]: () => closing.disposeAsync() };
  } catch (error) {
    await closing.disposeAsync();
    throw error;
  }
}

/** With the configuration that the gateway would write. */
export function startRestored(
  major: EngineMajor,
  dataDir: string,
  parameters: Readonly<Record<string, string>>,
): Promise<PlainEngine> {
  writeFileSync(join(dataDir, 'postgresql.conf'), '');
  writeFileSync(join(dataDir, 'pg_ident.conf'), '');
  writeFileSync(join(dataDir, 'pg_hba.conf'), 'local all all trust\nlocal replication all trust\n');
  return startPlainEngine({ major, dataDir, parameters: { wal_keep_size: '2GB', ...parameters } });
}
