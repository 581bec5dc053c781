/** An instance's store over an embedded node on real files, for benchmarks. */
import { join } from 'node:path';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { openEmbeddedNode, systemClock } from '@hypergate/node/embedded';
import { ClassicLevelStore, NodeDisk, openChunkStore, openCommitLog } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { type InstanceStore, leaseResource } from '../../model/instance-store.ts';

export interface DiskStore {
  readonly store: InstanceStore;
  close(): Promise<void>;
}

export async function openDiskStore(folder: string): Promise<DiskStore> {
  await using opened = new AsyncDisposableStack();
  const keystore = createKeystore(Buffer.alloc(32, 0x53));
  const writerKey = ed25519SigningKey(keystore.writerSeed());
  const random = createPooledRandom();
  const disk = new NodeDisk(folder);
  const kv = await ClassicLevelStore.open({ location: join(folder, 'state') });
  const bytes = (length: number) => random.bytes(length);
  const node = await openEmbeddedNode(
    {},
    {
      kv,
      openLog: ({ applied }) => openCommitLog({ folder: 'log', atLeast: applied }, { disk, random: bytes }),
      openChunks: ({ isNamed }) =>
        openChunkStore({ folder: 'chunks' }, { disk, kv, isNamed, clock: Date, random: bytes }),
      nodeKey: ed25519SigningKey(keystore.nodeSeed()),
      writerKey,
      random,
      clock: systemClock,
    },
  );
  opened.defer(() => node.close());
  const indexStore = await ClassicLevelStore.open({ location: join(folder, 'index') });
  opened.defer(() => indexStore.close());
  const tables = await openTables(
    {},
    { node, indexStore, keys: keystore, writerKey: writerKey.publicKey, random },
  );
  opened.defer(() => tables.close());
  const address = Buffer.alloc(32, 0x54);
  const domain = await tables.ensureDomain(address);
  const lease = await node.lease({
    domain: address,
    resource: leaseResource,
    holder: Buffer.alloc(32, 1),
    durationMs: 600_000,
  });
  opened.defer(() => lease.release());
  const store = { tables, domain, fence: { domain: address, resource: leaseResource, term: lease.term } };
  const closing = opened.move();
  return { store, close: () => closing.disposeAsync() };
}
