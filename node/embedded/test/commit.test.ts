import { describe, expect, it } from 'vitest';
import { nodeLimits } from '../../api/index.ts';
import { openEmbeddedNode, openMemoryNode } from '../index.ts';
import {
  Bench,
  commit,
  createDomain,
  distinct,
  domain,
  fails,
  payloadOf,
  put,
  transaction,
  until,
} from './support.ts';

async function openBench(options = {}) {
  const bench = new Bench();
  const modules = bench.modules();
  const node = await openEmbeddedNode(options, modules);
  await commit(node, [createDomain(modules.writerKey.publicKey)]);
  return { bench, node, modules };
}

describe('batches', () => {
  it('puts what arrives in one turn into one batch, and what arrives while it is written into the next', async () => {
    const { bench, node } = await openBench();
    const gate = Promise.withResolvers<void>();
    bench.hold = gate.promise;
    const first = Array.from({ length: 10 }, () => commit(node, [put(distinct(24), 'x')]));
    await until(() => bench.state.records.length === 2);
    bench.hold = undefined;
    const second = Array.from({ length: 20 }, () => commit(node, [put(distinct(24), 'y')]));
    gate.resolve();
    const positions = (await Promise.all([...first, ...second])).map(({ position }) => position);
    expect(positions).toEqual([...Array(10).fill(2), ...Array(20).fill(3)]);
    await node.close();
  });

  it('splits what is too much for one batch, by count and by bytes, and keeps the order', async () => {
    const { node } = await openBench();
    const small = Array.from({ length: nodeLimits.batchTransactionsMax + 10 }, () => commit(node, []));
    expect(new Set((await Promise.all(small)).map(({ position }) => position)).size).toBe(2);
    const slot = distinct(24);
    const large = Array.from({ length: 7 }, (_, index) =>
      commit(node, [put(slot, Buffer.alloc(1_000_000, 48 + index))]),
    );
    const positions = (await Promise.all(large)).map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((left, right) => left - right));
    expect(new Set(positions).size).toBe(2);
    expect(payloadOf(node, slot)?.[0]).toBe('6');
    await node.close();
  });

  it('applies a batch while the next one is on its way to the disk', async () => {
    const { bench, node } = await openBench();
    const first = commit(node, [put(distinct(24), 'x')]);
    await until(() => bench.state.records.length === 2);
    const gate = Promise.withResolvers<void>();
    bench.hold = gate.promise;
    const second = commit(node, [put(distinct(24), 'y')]);
    expect((await first).position).toBe(2);
    await until(() => bench.state.records.length === 3);
    expect(await node.position()).toBe(2);
    gate.resolve();
    expect((await second).position).toBe(3);
    await node.close();
  });

  it('refuses more than it can queue, and takes more when there is room again', async () => {
    const { bench, node } = await openBench();
    const gate = Promise.withResolvers<void>();
    bench.hold = gate.promise;
    const payload = Buffer.alloc(1_000_000);
    const accepted = Array.from({ length: 67 }, () => commit(node, [put(distinct(24), payload)]));
    await fails(commit(node, [put(distinct(24), payload)]), 'overloaded');
    gate.resolve();
    for (const { outcome } of await Promise.all(accepted)) expect(outcome.status).toBe('applied');
    expect((await commit(node, [put(distinct(24), payload)])).outcome.status).toBe('applied');
    await node.close();
  });

  it('gives the same answer to the same id while it is under way', async () => {
    const { node } = await openBench();
    const sent = transaction([put(distinct(24), 'x')]);
    const [first, second] = await Promise.all([node.commit(sent), node.commit({ ...sent, operations: [] })]);
    expect(second).toBe(first);
    await node.close();
  });
});

describe('who hears of applied batches', () => {
  it('tells listeners before the commit resolves, when the state can be read', async () => {
    const { node } = await openBench();
    const slot = distinct(24);
    const heard: string[] = [];
    const stop = node.onApplied((batch) => heard.push(`${batch.position} ${payloadOf(node, slot)}`));
    await commit(node, [put(slot, 'one')]).then(() => heard.push('resolved'));
    expect(heard).toEqual(['2 one', 'resolved']);
    stop();
    await commit(node, [put(slot, 'two')]);
    expect(heard.length).toBe(2);
    await node.close();
  });

  it('stops taking writes when a listener fails, because its owner lost step with the log', async () => {
    const { node } = await openBench();
    const slot = distinct(24);
    node.onApplied(() => {
      throw new Error('the index broke');
    });
    await commit(node, [put(slot, 'x')]);
    const error = await fails(commit(node, []), 'closed');
    expect(error.message).toContain('the index broke');
    expect(node.status().state).toBe('failed');
    expect(payloadOf(node, slot)).toBe('x');
    await node.close();
  });
});

describe('chunks under way', () => {
  it('keeps a chunk that its last vertex gives up while a transaction on its way names it again', async () => {
    const { bench, node } = await openBench();
    const chunk = await node.stage(Buffer.alloc(100_000, 1));
    const [old, next] = [distinct(24), distinct(24)];
    await commit(node, [put(old, 'old', { chunks: [chunk] })]);
    const gate = Promise.withResolvers<void>();
    bench.hold = gate.promise;
    const releasing = commit(node, [put(old, 'old without')]);
    await until(() => bench.state.records.length === 3);
    const naming = commit(node, [put(next, 'next', { chunks: [chunk] })]);
    gate.resolve();
    await Promise.all([releasing, naming]);
    expect(bench.dropped).toEqual([]);
    expect((await node.fetch(chunk, 0, 10)).length).toBe(10);
    await commit(node, [put(next, 'next without')]);
    expect(bench.dropped.length).toBe(1);
    await node.close();
  });

  it('gives a chunk up when the transaction that kept it was refused', async () => {
    const { bench, node } = await openBench();
    const chunk = await node.stage(Buffer.alloc(100_000, 1));
    const slot = distinct(24);
    await commit(node, [put(slot, 'x', { chunks: [chunk] })]);
    const results = await Promise.all([
      commit(node, [put(slot, 'without')]),
      commit(node, [put(distinct(24), 'y', { chunks: [chunk] })], {
        expects: [{ domain, slot: distinct(24), revision: 4096 }],
      }),
    ]);
    expect(results.map(({ outcome }) => outcome.status)).toEqual(['applied', 'refused']);
    expect(bench.dropped.length).toBe(1);
    expect(node.isNamed(chunk)).toBe(false);
    await node.close();
  });
});

describe('closing', () => {
  it('answers what it accepted and takes nothing after', async () => {
    const { node, writerKey } = await openMemoryNode();
    const accepted = commit(node, [createDomain(writerKey.publicKey)]);
    const closing = node.close();
    await fails(commit(node, []), 'closed');
    expect((await accepted).outcome.status).toBe('applied');
    await closing;
    await node.close();
    expect(() => node.readSync({ domain, slot: distinct(24) })).toThrow('closed');
    await fails(node.stage(Buffer.alloc(1)), 'closed');
  });

  it('tells those who wait for a position that it will not come', async () => {
    const { node } = await openMemoryNode();
    const waiting = node.read([], { at: 100 });
    await node.close();
    await fails(waiting, 'closed');
  });
});

describe('reset', () => {
  it('empties the state and its memory of ids, and goes on from the same position', async () => {
    const { node, bench, modules } = await openBench();
    const slot = distinct(24);
    const chunk = await node.stage(Buffer.alloc(100_000, 1));
    const sent = transaction([put(slot, 'before', { chunks: [chunk] })]);
    await node.commit(sent);
    await node.reset();
    expect(payloadOf(node, slot)).toBeUndefined();
    expect(await node.domain(domain)).toBeUndefined();
    expect(await node.outcome(sent.id)).toBeUndefined();
    expect(bench.dropped.length).toBe(1);
    expect((await commit(node, [createDomain(modules.writerKey.publicKey)])).position).toBe(3);
    await commit(node, [put(slot, 'after')]);
    await node.close();
    const again = await openEmbeddedNode({}, bench.modules());
    expect(payloadOf(again, slot)).toBe('after');
    expect(await again.domain(domain)).toMatchObject({ usage: { atoms: 1 } });
    await again.close();
  });
});
