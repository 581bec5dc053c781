/** Tables over a node in memory. */
import { createHash } from 'node:crypto';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { openTables, type TableDomain, type TableStore } from '@hypergate/table';
import { domainAddress } from '../../../model/tables.ts';

export interface MemoryTables {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  close(): Promise<void>;
}

export async function openMemoryTables(): Promise<MemoryTables> {
  await using opened = new AsyncDisposableStack();
  const keystore = createKeystore(createHash('sha256').update('lambda').digest());
  const writerKey = ed25519SigningKey(keystore.writerSeed());
  const { node } = await openMemoryNode({ state: new MemoryState(), writerKey });
  opened.defer(() => node.close());
  const tables = await openTables(
    {},
    {
      node: new PlainProver({}).over(node),
      indexStore: new MemoryStore(),
      keys: keystore,
      writerKey: writerKey.publicKey,
      random: createPooledRandom(),
    },
  );
  opened.defer(() => tables.close());
  const domain = await tables.ensureDomain(domainAddress);
  const closing = opened.move();
  return { tables, domain, close: () => closing.disposeAsync() };
}
