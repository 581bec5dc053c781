/** An instance's store over a node in memory, which can be closed and opened again on the same state. */
import { createKeystore, createPooledRandom, ed25519SigningKey } from '@hypergate/node/crypto';
import { type EmbeddedNode, MemoryState, openMemoryNode } from '@hypergate/node/embedded';
import { PlainProver } from '@hypergate/node/sim';
import { MemoryStore } from '@hypergate/node/store';
import { type OpenTables, openTables } from '@hypergate/table';
import { type InstanceStore, leaseResource } from '../../model/instance-store.ts';

export interface StoreWorld {
  readonly state: MemoryState;
  readonly node: EmbeddedNode;
  readonly tables: OpenTables;
  readonly prover: PlainProver;
  /** Under the newest term. */
  readonly store: InstanceStore;
  /** Another gateway takes the instance: what still has the earlier store can write nothing more. */
  takeOver(): Promise<InstanceStore>;
  close(): Promise<void>;
}

const keystore = createKeystore(Buffer.alloc(32, 0x53));
const writerKey = ed25519SigningKey(keystore.writerSeed());
const address = Buffer.alloc(32, 0x54);

export async function openStore(
  state = new MemoryState(),
  indexStore = new MemoryStore(),
): Promise<StoreWorld> {
  await using opened = new AsyncDisposableStack();
  const { node } = await openMemoryNode({ state, writerKey });
  opened.defer(() => node.close());
  const prover = new PlainProver({});
  const tables = await openTables(
    {},
    {
      node: prover.over(node),
      indexStore,
      keys: keystore,
      writerKey: writerKey.publicKey,
      random: createPooledRandom(),
    },
  );
  opened.defer(() => tables.close());
  const domain = await tables.ensureDomain(address);
  let holders = 0;
  const takeLease = async (): Promise<InstanceStore> => {
    const holder = Buffer.alloc(32, ++holders);
    const lease = await node.lease({ domain: address, resource: leaseResource, holder, durationMs: 60_000 });
    // Given up at once, so that the next holder need not wait; the term stays until somebody takes a higher one.
    await lease.release();
    return { tables, domain, fence: { domain: address, resource: leaseResource, term: lease.term } };
  };
  const store = await takeLease();
  const closing = opened.move();
  return { state, node, tables, prover, store, takeOver: takeLease, close: () => closing.disposeAsync() };
}
