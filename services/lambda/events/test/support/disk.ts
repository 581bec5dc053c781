/** The tables of the service over a node on real files. */
import { join } from 'node:path';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { openEmbeddedNode, systemClock } from '@hypergate/node/embedded';
import { ClassicLevelStore, NodeDisk, openChunkStore, openCommitLog } from '@hypergate/node/store';
import { openTables } from '@hypergate/table';
import { pino } from 'pino';
import { account, accounts, region } from '../../../invoke/test/support/world.ts';
import { domainAddress } from '../../../model/tables.ts';
import type { LambdaBase } from '../../../store/context.ts';

export async function openDisk(folder: string) {
  const keys = createKeystore(Buffer.alloc(32, 1));
  const writerKey = ed25519SigningKey(keys.writerSeed());
  const random = createPooledRandom();
  const bytes = (length: number) => random.bytes(length);
  const disk = new NodeDisk(folder);
  const kv = await ClassicLevelStore.open({ location: join(folder, 'state') });
  const node = await openEmbeddedNode(
    {},
    {
      kv,
      openLog: ({ applied }) => openCommitLog({ folder: 'log', atLeast: applied }, { disk, random: bytes }),
      openChunks: ({ isNamed }) =>
        openChunkStore({ folder: 'chunks' }, { disk, kv, isNamed, clock: Date, random: bytes }),
      nodeKey: ed25519SigningKey(keys.nodeSeed()),
      writerKey,
      random,
      clock: systemClock,
    },
  );
  const indexStore = await ClassicLevelStore.open({ location: join(folder, 'index') });
  const tables = await openTables({}, { node, indexStore, keys, writerKey: writerKey.publicKey, random });
  const base: LambdaBase = {
    tables,
    domain: await tables.ensureDomain(domainAddress),
    clock: { now: () => Date.now() },
    random,
    logger: pino({ level: 'error' }),
    settings: {
      region,
      rootAccountId: account,
      accounts,
      s3Domains: [],
      lifecycleDayMs: 1,
      dataDir: folder,
    },
  };
  return {
    base,
    node,
    async close() {
      await tables.close();
      await indexStore.close();
      await node.close();
    },
  };
}
