import type { LocalNodePorts, Transaction } from '@hypergate/node/api';
import { createKeystore } from '@hypergate/node/crypto';
import {
  decodeEpochProof,
  epochProofSlot,
  recoverEncrypted,
  verifyEpochProof,
} from '@hypergate/node/crypto/verenc';
import { createEpochProver, type EpochProver } from '@hypergate/node/crypto/verenc/prover';
import { type EmbeddedNode, openMemoryNode } from '@hypergate/node/embedded';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DomainNotEmpty, DomainUnknown, type OpenTables, openTables, type TableDomain } from '../index.ts';
import { key, keystore, plain, random, writer } from './support/harness.ts';
import { RecordingStore } from './support/recording-store.ts';

let node: EmbeddedNode;
let indexStore: RecordingStore;
const failures: unknown[] = [];
const opened: OpenTables[] = [];

beforeEach(async () => {
  ({ node } = await openMemoryNode({ writerKey: writer }));
  indexStore = new RecordingStore();
  failures.length = 0;
});
afterEach(async () => {
  for (const tables of opened.splice(0)) await tables.close();
  await node.close();
});

async function open(
  epochProver: EpochProver | undefined,
  { on = node, keys = keystore }: { on?: LocalNodePorts; keys?: typeof keystore } = {},
): Promise<OpenTables> {
  const tables = await openTables(
    {},
    {
      node: on,
      indexStore,
      keys,
      writerKey: writer.publicKey,
      random,
      ...(epochProver === undefined ? {} : { epochProver }),
      onFailure: (error) => failures.push(error),
    },
  );
  opened.push(tables);
  return tables;
}

/** A prover whose proofs wait until they are let through. */
function gated(): EpochProver & { readonly asked: Promise<void>; release(): void } {
  const inner = createEpochProver();
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  let isWaiting = false;
  return {
    asked: asked.promise,
    release: () => gate.resolve(),
    async prove(job) {
      isWaiting = true;
      asked.resolve();
      await gate.promise;
      isWaiting = false;
      return inner.prove(job);
    },
    async rest() {
      if (isWaiting) gate.reject(new Error('the prover rests'));
      await inner.rest();
    },
  };
}

async function create(tables: OpenTables): Promise<TableDomain> {
  const domain = tables.prepareDomain();
  await tables.transact([{ kind: 'create-domain', domain }]);
  return domain;
}

const vertexOf = ({ address }: Pick<TableDomain, 'address'>) =>
  node.readSync({ domain: address, slot: epochProofSlot(address, 1) });

async function verdict(domain: TableDomain): Promise<string> {
  const config = (await node.domain(domain.address))!;
  const checked = verifyEpochProof(domain.address, 1, config, vertexOf(domain)?.payload);
  return checked.ok ? 'proved' : checked.reason;
}

describe('the epoch key of a domain', () => {
  it('is proved behind the acknowledgement, for the keys of the configuration', async () => {
    const prover = gated();
    const tables = await open(prover);
    const domain = await create(tables);
    expect(await verdict(domain)).toContain('not yet proved');
    await tables.transact([{ kind: 'put', domain, table: plain, key: key('a'), row: 'usable already' }]);
    prover.release();
    await tables.proofsSettled();
    expect(await verdict(domain)).toBe('proved');
    expect(tables.epochProofs()).toEqual({ waiting: 0, written: 1, failed: 0 });
    expect(failures).toEqual([]);
  });

  it('is recovered from the vertex and the read secret alone', async () => {
    const tables = await open(createEpochProver());
    const { address } = await create(tables);
    await tables.proofsSettled();
    const { readSecret } = keystore.domain(address);
    const recovered = recoverEncrypted(
      readSecret,
      address,
      decodeEpochProof(vertexOf({ address })!.payload)!,
    );
    const config = (await node.domain(address))!;
    // K of the configuration: version (1) ‖ count (2) ‖ version (1) ‖ epoch (4) ‖ K
    expect(Buffer.from(recovered.commitment)).toEqual(Buffer.from(config.payload).subarray(8, 40));
  });

  it('is proved at the next start when the domain is from before, and once only', async () => {
    const before = await open(undefined);
    const domains = [await create(before), await create(before)];
    expect(before.epochProofs()).toBeUndefined();
    await before.proofsSettled();
    await before.close();
    const tables = await open(createEpochProver());
    await tables.proofsSettled();
    for (const domain of domains) expect(await verdict(domain)).toBe('proved');
    const revisions = domains.map((domain) => vertexOf(domain)!.revision);
    await tables.close();
    const again = await open(createEpochProver());
    await again.proofsSettled();
    expect(again.epochProofs()).toEqual({ waiting: 0, written: 0, failed: 0 });
    expect(domains.map((domain) => vertexOf(domain)!.revision)).toEqual(revisions);
  });

  it('is not proved by a gateway that cannot read it', async () => {
    const owner = await open(undefined);
    const domain = await create(owner);
    await owner.close();
    indexStore = new RecordingStore();
    const stranger = await open(createEpochProver(), { keys: createKeystore(Buffer.alloc(32, 0x99)) });
    await stranger.proofsSettled();
    expect(await verdict(domain)).toContain('not yet proved');
    expect(failures).toEqual([]);
  });

  it('stays unproved when proving fails, which is told and tried again at the next start', async () => {
    const failing: EpochProver = {
      prove: () => Promise.reject(new Error('no thread to be had')),
      rest: () => Promise.resolve(),
    };
    const tables = await open(failing);
    const domain = await create(tables);
    await tables.proofsSettled();
    expect(tables.epochProofs()).toEqual({ waiting: 0, written: 0, failed: 1 });
    expect(failures.map((error) => (error as Error).cause)).toEqual([new Error('no thread to be had')]);
    await tables.close();
    const again = await open(createEpochProver());
    await again.proofsSettled();
    expect(await verdict(domain)).toBe('proved');
  });

  it('does not hold up closing, and is no failure then', async () => {
    const prover = gated();
    const tables = await open(prover);
    const domain = await create(tables);
    await prover.asked;
    await tables.close();
    expect(failures).toEqual([]);
    const again = await open(createEpochProver());
    await again.proofsSettled();
    expect(await verdict(domain)).toBe('proved');
  });

  it('is proved for many domains made at once', async () => {
    const tables = await open(createEpochProver());
    const domains = await Promise.all(Array.from({ length: 5 }, () => create(tables)));
    await tables.proofsSettled();
    for (const domain of domains) expect(await verdict(domain)).toBe('proved');
    expect(tables.epochProofs()).toEqual({ waiting: 0, written: 5, failed: 0 });
  });
});

describe('a domain with a proof', () => {
  it('is empty when it holds nothing else, and takes the proof along', async () => {
    const tables = await open(createEpochProver());
    const domain = await create(tables);
    await tables.proofsSettled();
    await tables.transact([{ kind: 'put', domain, table: plain, key: key('a'), row: 'here' }]);
    const removal = [{ kind: 'remove-domain', domain } as const];
    await expect(tables.transact(removal)).rejects.toThrow(DomainNotEmpty);
    expect(await verdict(domain)).toBe('proved');
    await tables.transact([{ kind: 'remove', domain, table: plain, key: key('a') }, ...removal]);
    await expect(tables.openDomain(domain.address)).rejects.toThrow(DomainUnknown);
    expect(vertexOf(domain)).toBeUndefined();
  });

  it('is closed also when the proof arrives while the removal is on its way', async () => {
    const prover = gated();
    let isFirst = true;
    let tables: OpenTables | undefined;
    const slow: LocalNodePorts = Object.create(node, {
      commit: {
        value: async (transaction: Transaction) => {
          if (isFirst && transaction.operations.some(({ kind }) => kind === 'remove-domain')) {
            isFirst = false;
            prover.release();
            await tables!.proofsSettled();
          }
          return node.commit(transaction);
        },
      },
    });
    // Methods of the node see the node, not the object in front of it.
    for (const name of [
      'readSync',
      'domain',
      'domains',
      'onApplied',
      'retainFrom',
      'position',
      'follow',
      'scan',
    ] as const)
      Object.defineProperty(slow, name, {
        value: (node[name] as (...given: unknown[]) => unknown).bind(node),
      });
    tables = await open(prover, { on: slow });
    const domain = await create(tables);
    await prover.asked;
    await tables.transact([{ kind: 'remove-domain', domain }]);
    expect(isFirst).toBe(false);
    expect(tables.epochProofs()?.written).toBe(1);
    await expect(tables.openDomain(domain.address)).rejects.toThrow(DomainUnknown);
  });

  it('may go before it is proved', async () => {
    const prover = gated();
    const tables = await open(prover);
    const domain = await create(tables);
    await prover.asked;
    await tables.transact([{ kind: 'remove-domain', domain }]);
    prover.release();
    await tables.proofsSettled();
    expect(tables.epochProofs()).toEqual({ waiting: 0, written: 0, failed: 0 });
    expect(failures).toEqual([]);
  });

  it('has the same index as without it, also when rebuilt', async () => {
    const tables = await open(createEpochProver());
    const domain = await create(tables);
    await tables.transact([{ kind: 'put', domain, table: plain, key: key('a'), row: 'here' }]);
    await tables.proofsSettled();
    const scan = async () => (await domain.scan(plain, Buffer.alloc(0), {})).length;
    expect(await scan()).toBe(1);
    await tables.rebuildIndex();
    expect(await scan()).toBe(1);
    expect(tables.status().unreadable).toBe(0);
    const found = await tables.compareIndex();
    expect(found).toMatchObject({ records: 1, missing: 0, different: 0, superfluous: 0, unreadable: 0 });
  });
});
