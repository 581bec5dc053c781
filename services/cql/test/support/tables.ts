/** Tables over a node in memory; several stores over one node stand for several gateways. */

import type { LocalNodePorts } from '@hypergate/node/api';
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { MemoryStore } from '@hypergate/node/store';
import { type OpenTables, openTables } from '@hypergate/table';

const keystore = createKeystore(Buffer.alloc(32, 0x43));
const writerKey = ed25519SigningKey(keystore.writerSeed());
const random = createPooledRandom();

export function openNode(state: MemoryState = new MemoryState()): Promise<{ readonly node: EmbeddedNode }> {
  return openMemoryNode({ state, writerKey });
}

/** @param node of `openNode`, or something around it */
export function openStore(
  node: LocalNodePorts,
  indexStore: MemoryStore = new MemoryStore(),
): Promise<OpenTables> {
  return openTables({}, { node, indexStore, keys: keystore, writerKey: writerKey.publicKey, random });
}
