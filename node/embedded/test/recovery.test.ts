import { describe, expect, it } from 'vitest';
import { type AppliedBatch, mainLog, nodeLimits } from '../../api/index.ts';
import { localPositionKey } from '../format/v1.ts';
import { type EmbeddedNode, openEmbeddedNode } from '../index.ts';
import type { EmbeddedNodeOptions, RecoveryProgress } from '../modules.ts';
import {
  Bench,
  commit,
  createDomain,
  distinct,
  domain,
  fails,
  failure,
  payloadOf,
  plain,
  put,
  remove,
  transaction,
} from './support.ts';

async function start(bench: Bench, options: EmbeddedNodeOptions = {}): Promise<EmbeddedNode> {
  return openEmbeddedNode(options, bench.modules());
}

async function begin(options: EmbeddedNodeOptions = {}): Promise<{ bench: Bench; node: EmbeddedNode }> {
  const bench = new Bench();
  const node = await start(bench, options);
  await commit(node, [createDomain(bench.modules().writerKey.publicKey)]);
  return { bench, node };
}

async function followed(node: EmbeddedNode, from = 1): Promise<AppliedBatch[]> {
  const last = await node.position();
  const batches: AppliedBatch[] = [];
  const stop = new AbortController();
  if (last < from) return batches;
  for await (const batch of node.follow(mainLog, from, stop.signal)) {
    batches.push(batch);
    if (batch.position === last) stop.abort();
  }
  return batches;
}

describe('recovery', () => {
  it('replays what the state never got, and tells how far it is', async () => {
    const { bench, node } = await begin();
    const slots = Array.from({ length: 1100 }, () => distinct(24));
    const sent = slots.map((slot, index) => transaction([put(slot, `${index}`)]));
    const results = [];
    for (const one of sent) results.push(await node.commit(one));
    const told: RecoveryProgress[] = [];
    // Nothing was closed: the state in the store is behind the log.
    const again = await start(bench, { onRecovery: (progress) => told.push(progress) });
    expect(again.status().replayed).toBe(1101);
    expect(told).toEqual([
      { position: 512, last: 1101 },
      { position: 1024, last: 1101 },
    ]);
    for (const [index, slot] of slots.entries()) expect(payloadOf(again, slot)).toBe(`${index}`);
    for (const index of [0, 500, 1099]) {
      expect(plain(await again.commit(sent[index] as (typeof sent)[number]))).toEqual(plain(results[index]));
    }
    await again.close();
  });

  it('gives followers the same batches before and after, refusals and repeats included', async () => {
    const { bench, node } = await begin({ flushBytes: 1 });
    const slot = distinct(24);
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        commit(node, [put(slot, `${round}`)]),
        commit(node, [put(distinct(24), 'x')], { expects: [{ domain, slot, revision: 1 }] }),
      ]);
    }
    const before = await followed(node);
    const again = await start(bench);
    const after = await followed(again);
    expect(plain(after)).toEqual(plain(before));
    await again.close();
  });

  it('remembers ids for the whole window across restarts, and no longer', async () => {
    const { bench, node } = await begin();
    const old = transaction([put(distinct(24), 'old')]);
    const first = await node.commit(old);
    await node.close();
    let current = await start(bench);
    const rest = nodeLimits.transactionWindowMax - 1;
    for (let round = 0; round < rest; round++) {
      await commit(current, [], { validUntil: 8000, validFrom: 4000 });
    }
    await current.close();
    current = await start(bench);
    expect(await current.position()).toBe(first.position + rest);
    expect(plain(await current.commit(old))).toEqual(plain(first));
    expect(await current.outcome(old.id)).toBeDefined();
    await commit(current, []);
    expect(await current.outcome(old.id)).toBeUndefined();
    await current.close();
  });

  it('keeps removed incarnations out across restarts', async () => {
    const { bench, node } = await begin();
    const slot = distinct(24);
    await commit(node, [put(slot, 'x')]);
    await commit(node, [remove(slot)]);
    await node.close();
    const again = await start(bench);
    expect((await commit(again, [put(slot, 'y')])).outcome).toMatchObject({ reason: 'atom-removed' });
    await again.close();
  });

  it('takes a reset up again that was interrupted', async () => {
    const { bench, node } = await begin();
    const slot = distinct(24);
    await commit(node, [put(slot, 'x')]);
    const modules = bench.modules();
    let batches = 0;
    const interrupted = {
      ...modules.kv,
      batch: async (...args: Parameters<typeof modules.kv.batch>) => {
        if (batches++ > 5) throw failure('EIO');
        await modules.kv.batch(...args);
      },
    };
    const second = await openEmbeddedNode({}, { ...modules, kv: interrupted });
    await expect(second.reset()).rejects.toThrow('EIO');
    const third = await start(bench);
    expect(payloadOf(third, slot)).toBeUndefined();
    expect(await third.domain(domain)).toBeUndefined();
    await third.close();
  });
});

describe('what does not fit together', () => {
  it('refuses a log whose record was changed', async () => {
    const { bench, node } = await begin();
    await commit(node, [put(distinct(24), 'x'.repeat(100))]);
    await commit(node, []);
    const record = bench.state.records[1] as Buffer;
    record[record.length - 5] = (record[record.length - 5] as number) ^ 1;
    await fails(start(bench), 'corrupt');
  });

  it('refuses a log whose last certificate was not signed', async () => {
    const { bench } = await begin();
    const record = bench.state.records[0] as Buffer;
    // The signature stands behind log, position, rank, two hashes, a count and the key.
    const at = 1 + 1 + 32 + 8 + 8 + 33 + 33 + 1 + 33 + 10;
    record[at] = (record[at] as number) ^ 1;
    await fails(start(bench), 'corrupt');
  });

  it('refuses a log that ends before the state, or begins after it', async () => {
    const { bench, node } = await begin({ flushBytes: 1 });
    await commit(node, []);
    await commit(node, []);
    await node.checkpoint();
    const { released } = bench.state;
    expect(released).toBe(4);
    bench.state.records.length = 1;
    await fails(start(bench), 'corrupt');
    bench.state.entries.clear();
    bench.state.records.length = 3;
    await fails(start(bench), 'corrupt');
  });

  it('refuses a store that lost an earlier position and kept a later one', async () => {
    const { bench, node } = await begin({ flushBytes: 1 });
    for (let round = 0; round < 5; round++) await commit(node, []);
    bench.state.entries.delete(localPositionKey(3).text);
    await fails(start(bench), 'corrupt');
  });
});

describe('checkpoints and followers', () => {
  it('releases the log that the state holds, and tells a late follower', async () => {
    const { node } = await begin();
    for (let round = 0; round < 10; round++) await commit(node, [put(distinct(24), 'x')]);
    await node.checkpoint();
    expect(node.status()).toMatchObject({ logFirst: 12, checkpoint: 11 });
    // The last batches are still in memory.
    expect((await followed(node, 5)).length).toBe(7);
    await node.close();
  });

  it('keeps the log for a follower, also across a restart, until it says that it is further', async () => {
    const { bench, node } = await begin();
    node.retainFrom('index', 4);
    for (let round = 0; round < 10; round++) await commit(node, [put(distinct(24), `${round}`)]);
    await node.checkpoint();
    expect(node.status().logFirst).toBe(4);
    await node.close();
    const again = await start(bench);
    await again.checkpoint();
    expect(again.status().logFirst).toBe(4);
    expect((await followed(again, 4)).map(({ position }) => position)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
    await fails(followed(again, 3), 'compacted');
    again.retainFrom('index', 9);
    await again.checkpoint();
    expect(again.status().logFirst).toBe(9);
    again.retainFrom('index', Number.MAX_SAFE_INTEGER);
    await again.checkpoint();
    expect(again.status().logFirst).toBe(12);
    await again.close();
  });

  it('gives a repeat the batch of its first commit after a restart, and none that the log no longer keeps', async () => {
    const { bench, node } = await begin();
    const sent = transaction([put(distinct(24), 'x')]);
    const first = await node.commit(sent, { withBatch: true });
    await commit(node, [put(distinct(24), 'y')]);
    // Nothing was closed: what is not in the log is gone.
    const again = await start(bench);
    expect(plain(await again.commit(sent, { withBatch: true }))).toEqual(plain(first));
    await again.checkpoint();
    const { position, outcome, certificate } = first;
    expect(plain(await again.commit(sent, { withBatch: true }))).toEqual(
      plain({ position, outcome, certificate }),
    );
    await again.close();
  });

  it('checkpoints by itself when enough log was written', async () => {
    const { node } = await begin({ checkpointBytes: 10_000 });
    for (let round = 0; round < 40; round++) await commit(node, [put(distinct(24), 'x'.repeat(1000))]);
    expect(node.status().checkpoint).toBeGreaterThan(20);
    await node.close();
  });

  it('forgets local records that neither the log nor the window needs', async () => {
    const { bench, node } = await begin();
    const window = nodeLimits.transactionWindowMax;
    for (let round = 0; round < window + 10; round++) {
      await commit(node, [], { validFrom: round, validUntil: round + window });
    }
    await node.checkpoint();
    const locals = [...bench.state.entries.keys()].filter((key) => key.startsWith('nq'));
    expect(locals.length).toBe(window + 1);
    await node.close();
  });
});

describe('full and failing disks', () => {
  it('refuses writes while the log has no space, and takes them again', async () => {
    const { bench, node } = await begin();
    const slot = distinct(24);
    const sent = transaction([put(slot, 'x')]);
    bench.appendFailures.push(failure('ENOSPC'), failure('ENOSPC'));
    await fails(node.commit(sent), 'storage-full');
    await fails(node.commit(sent), 'storage-full');
    expect(payloadOf(node, slot)).toBeUndefined();
    expect((await node.commit(sent)).outcome.status).toBe('applied');
    expect(payloadOf(node, slot)).toBe('x');
    await node.close();
  });

  it('stops for good when a sync failed, and reads go on', async () => {
    const { bench, node } = await begin();
    const slot = distinct(24);
    await commit(node, [put(slot, 'x')]);
    bench.appendFailures.push(failure('EIO'));
    const waiting = [commit(node, []), commit(node, [])];
    for (const one of waiting) await fails(one, 'closed');
    const error = await fails(commit(node, []), 'closed');
    expect(error.message).toContain('EIO');
    expect(node.status()).toMatchObject({ state: 'failed' });
    expect(payloadOf(node, slot)).toBe('x');
    await node.close();
    const again = await start(bench);
    expect(payloadOf(again, slot)).toBe('x');
    await again.close();
  });

  it('refuses writes while the state has no space, reads what it applied, and goes on later', async () => {
    const { bench, node } = await begin({ flushBytes: 1 });
    const slot = distinct(24);
    bench.kvFailure = failure('ENOSPC');
    await commit(node, [put(slot, 'applied, in the log only')]);
    await fails(commit(node, []), 'storage-full');
    expect(node.status()).toMatchObject({ state: 'running', storageFull: true });
    expect(payloadOf(node, slot)).toBe('applied, in the log only');
    bench.kvFailure = undefined;
    expect((await commit(node, [])).outcome.status).toBe('applied');
    expect(node.status().storageFull).toBe(false);
    await node.close();
    const again = await start(bench);
    expect(again.status().replayed).toBe(0);
    expect(payloadOf(again, slot)).toBe('applied, in the log only');
    await again.close();
  });

  it('stops for good when the state cannot be written for another reason', async () => {
    const { bench, node } = await begin({ flushBytes: 1 });
    bench.kvFailure = failure('EIO');
    await commit(node, []);
    await fails(commit(node, []), 'closed');
    expect(node.status().state).toBe('failed');
    await expect(node.close()).rejects.toThrow('EIO');
  });
});
