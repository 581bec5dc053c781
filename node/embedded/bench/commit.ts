/**
 * Cost of the write path on the real disk: `node node/embedded/bench/commit.ts [transactions]`. Prints one JSON line per
 * measurement. CPU is that of the whole process, all threads.
 */
import { randomBytes } from 'node:crypto';
import { type Operation, Tag, type Transaction } from '../../api/index.ts';
import { openDiskNode, withFolder } from '../test/disk-node.ts';

const total = Number(process.argv[2] ?? 20_000);
const payloadBytes = 1200;

function measure(): () => { seconds: number; cpuSeconds: number } {
  const cpu = process.cpuUsage();
  const at = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - at) / 1000, cpuSeconds: (user + system) / 1e6 };
  };
}

function print(
  what: string,
  count: number,
  { seconds, cpuSeconds }: ReturnType<ReturnType<typeof measure>>,
  more = {},
): void {
  const line = {
    what,
    count,
    perSecond: Math.round(count / seconds),
    cpuMicroseconds: Math.round((cpuSeconds / count) * 1e7) / 10,
    ...more,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

await withFolder(async (folder) => {
  const { node, modules } = await openDiskNode(folder, { checkpointBytes: 1e12 });
  const writer = modules.writerKey.publicKey;
  const domain = randomBytes(32);
  const readKey = Buffer.concat([Buffer.of(Tag.ristretto255Point), randomBytes(32)]);
  const commit = async (operations: readonly Operation[], expects: Transaction['expects'] = []) => {
    const validFrom = (await node.position()) + 1;
    return node.commit({ id: randomBytes(16), validFrom, validUntil: validFrom + 1024, expects, operations });
  };
  const config = { ownerKey: writer, writerKeys: [writer], readKey, payload: Buffer.alloc(100) };
  await commit([{ kind: 'create-domain', domain, config }]);
  const slots: Buffer[] = [];
  const put = async (): Promise<void> => {
    const slot = randomBytes(24);
    const payload = Buffer.allocUnsafe(payloadBytes);
    await commit(
      [{ kind: 'add-vertex', domain, slot, incarnation: randomBytes(8), payload }],
      [{ domain, slot, revision: 0 }],
    );
    slots.push(slot);
  };
  for (const [inFlight, count] of [
    [32, 3000],
    [1, Math.min(total, 3000)],
    [32, total],
    [256, total],
  ] as const) {
    const positions = node.status().position;
    let left = count;
    const stop = measure();
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (left-- > 0) await put();
      }),
    );
    const batches = node.status().position - positions;
    print(`commit, ${inFlight} in flight`, count, stop(), {
      perBatch: Math.round((count / batches) * 10) / 10,
    });
  }
  const hot = slots.slice(-1000);
  const stopHot = measure();
  for (let round = 0; round < 100; round++) for (const slot of hot) node.readSync({ domain, slot });
  print('readSync, cached', hot.length * 100, stopHot());
  await node.close();
});

await withFolder(async (folder) => {
  const first = await openDiskNode(folder, { checkpointBytes: 1e12 });
  const writer = first.modules.writerKey.publicKey;
  const domain = randomBytes(32);
  const readKey = Buffer.concat([Buffer.of(Tag.ristretto255Point), randomBytes(32)]);
  const config = { ownerKey: writer, writerKeys: [writer], readKey, payload: Buffer.alloc(100) };
  const send = (operation: Operation) =>
    first.node.commit({
      id: randomBytes(16),
      validFrom: 1,
      validUntil: 4000,
      expects: [],
      operations: [operation],
    });
  await send({ kind: 'create-domain', domain, config });
  const slots: Buffer[] = [];
  for (let round = 0; round < total / 32; round++) {
    await Promise.all(
      Array.from({ length: 32 }, () => {
        const slot = randomBytes(24);
        slots.push(slot);
        return send({
          kind: 'add-vertex',
          domain,
          slot,
          incarnation: randomBytes(8),
          payload: randomBytes(payloadBytes),
        });
      }),
    );
  }
  // The log is replayed into an empty state.
  first.node.retainFrom('bench', 1);
  await first.node.close();
  const { rm } = await import('node:fs/promises');
  await rm(`${folder}/state`, { recursive: true });
  const stop = measure();
  const second = await openDiskNode(folder, { checkpointBytes: 1e12, cacheBytes: 0 });
  print('replayed at recovery, 32 in a batch', slots.length, stop(), {
    positions: second.node.status().replayed,
  });
  const stopCold = measure();
  for (const slot of slots) if (second.node.readSync({ domain, slot }) === undefined) throw new Error('lost');
  print('readSync, from the store', slots.length, stopCold());
  await second.node.close();
});
