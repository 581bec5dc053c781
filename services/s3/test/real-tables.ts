/** The real tables over an embedded node in memory: everything below the service as it runs, but for the disk. */
import type { LocalNodePorts } from '@hypergate/node/api';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { type OpenTables, openTables } from '@hypergate/table';

/** What survives a stop. */
export interface RealState {
  readonly node: MemoryState;
  readonly index: MemoryStore;
}

export interface RealTables {
  readonly tables: OpenTables;
  readonly node: EmbeddedNode;
  readonly state: RealState;
  readonly failures: unknown[];
  close(): Promise<void>;
}

/** @param over the node as the tables see it */
export async function openRealTables(
  state: RealState = { node: new MemoryState(), index: new MemoryStore() },
  over: (node: LocalNodePorts) => LocalNodePorts = (node) => node,
): Promise<RealTables> {
  const keys = createKeystore(Buffer.alloc(32, 0x53));
  const writer = ed25519SigningKey(keys.writerSeed());
  const { node } = await openMemoryNode({ state: state.node, writerKey: writer });
  const failures: unknown[] = [];
  const tables = await openTables(
    {},
    {
      node: over(node),
      indexStore: state.index,
      keys,
      writerKey: writer.publicKey,
      random: createPooledRandom(),
      onFailure: (error) => failures.push(error),
    },
  );
  return {
    tables,
    node,
    state,
    failures,
    async close() {
      await tables.close();
      await node.close();
    },
  };
}
