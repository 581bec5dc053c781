/** Packages over a node in memory, whose blobs are counted: what was staged, what was given back. */
import { join } from 'node:path';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { type BlobRef, openTables, type TableDomain, type TableStore } from '@hypergate/table';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { domainAddress } from '../../../model/tables.ts';
import type { LambdaBase } from '../../../store/context.ts';
import { createPackages, type OpenPackages, type PackagesOptions } from '../../index.ts';

export interface World {
  readonly base: LambdaBase;
  readonly folder: string;
  readonly packages: OpenPackages;
  /** Of all blobs that were ever staged: those that stand in the domain. */
  liveBlobs(): Promise<number>;
  /** Blobs that were staged and neither written nor given back. */
  forgotten(): number;
  /** Another gateway over the same store. */
  another(options?: PackagesOptions): OpenPackages;
  close(): Promise<void>;
}

const keystore = createKeystore(Buffer.alloc(32, 0x53));
const writerKey = ed25519SigningKey(keystore.writerSeed());

export async function openWorld(
  folder: string,
  options: PackagesOptions = {},
  state = new MemoryState(),
  indexStore = new MemoryStore(),
): Promise<World> {
  const opened = new AsyncDisposableStack();
  onTestFinished(() => opened.disposeAsync());
  const { node } = await openMemoryNode({ state, writerKey });
  opened.defer(() => node.close());
  const random = createPooledRandom();
  const tables = await openTables(
    {},
    {
      node: new PlainProver({}).over(node),
      indexStore,
      keys: keystore,
      writerKey: writerKey.publicKey,
      random,
    },
  );
  opened.defer(() => tables.close());
  const domain = await tables.ensureDomain(domainAddress);
  const staged: BlobRef[] = [];
  const given = new Set<string>();
  const written = new Set<string>();
  const nameOf = ({ id }: BlobRef) => Buffer.from(id).toString('hex');
  const watchedDomain = watched<TableDomain>(domain, {
    async stageBlob(source, signal) {
      const blob = await domain.stageBlob(source, signal);
      staged.push(blob);
      return blob;
    },
  });
  const watchedTables = watched<TableStore>(tables, {
    unstage(blob) {
      given.add(nameOf(blob as BlobRef));
      tables.unstage?.(blob);
    },
    async transact(writes, given) {
      // The domain that is written to is the one that the tables know.
      const applied = await tables.transact(
        writes.map((write) => ({ ...write, domain })),
        given,
      );
      for (const write of writes) if (write.kind === 'put-blob') written.add(nameOf(write.blob));
      return applied;
    },
  });
  const base: LambdaBase = {
    tables: watchedTables,
    domain: watchedDomain,
    clock: { now: () => 0 },
    random,
    logger: pino({ level: 'silent' }),
    settings: {
      region: 'eu-central-1',
      rootAccountId: '000000000001',
      accounts: [],
      s3Domains: [],
      lifecycleDayMs: 86_400_000,
      dataDir: folder,
    },
  };
  let gateways = 0;
  const another = (chosen: PackagesOptions = options) => {
    const packages = createPackages(base, join(folder, `code${gateways++}`), chosen);
    opened.defer(() => packages.close());
    return packages;
  };
  const isThere = async (blob: BlobRef): Promise<boolean> => {
    try {
      for await (const _ of domain.readBlob(blob, 0, blob.length));
      return true;
    } catch {
      return false;
    }
  };
  return {
    base,
    folder: join(folder, 'code0'),
    packages: another(),
    another,
    async liveBlobs() {
      let count = 0;
      for (const blob of staged) if (await isThere(blob)) count++;
      return count;
    },
    forgotten: () => staged.map(nameOf).filter((name) => !given.has(name) && !written.has(name)).length,
    close: () => opened.disposeAsync(),
  };
}

/** The same object with some of its methods replaced. */
function watched<Target extends object>(target: Target, replaced: Partial<Target>): Target {
  return new Proxy(target, {
    get(inner, property) {
      if (property in replaced) return replaced[property as keyof Target];
      const value = Reflect.get(inner, property, inner);
      return typeof value === 'function' ? value.bind(inner) : value;
    },
  });
}
