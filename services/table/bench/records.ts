/**
 * Cost of records and blobs through tables and the embedded node on the real disk:
 * `node services/table/bench/records.ts [records]`. One JSON line per measurement; CPU is that of the whole process.
 */
import { randomBytes } from 'node:crypto';
import type { TableDefinition } from '../index.ts';
import { openDiskHarness, withFolder } from '../test/support/disk-harness.ts';

const records = Number(process.argv[2] ?? 20_000);
const inFlight = 32;
const row = randomBytes(1024);
const projection = randomBytes(80);
const table: TableDefinition<Uint8Array> = {
  name: 'bench.objects',
  description: 'Rows of 1 KiB in the index',
  formats: [{ version: 1, encode: (bytes) => bytes, decode: (bytes) => bytes }],
  index: () => projection,
};
const keyOf = (index: number) => ({
  partition: Buffer.alloc(0),
  sort: Buffer.from(`photos/${(Math.imul(index, 2654435761) >>> 0).toString(36)}/${index}.jpg`),
});

async function measure(what: string, count: number, unit: string, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - start) / 1000;
  const line = {
    what,
    [`${unit} per second`]: Math.round(count / seconds),
    [`${unit} per CPU second`]: Math.round(count / ((user + system) / 1e6)),
    [`CPU us per ${unit}`]: Math.round((10 * (user + system)) / count) / 10,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function concurrently(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

await withFolder(async (folder) => {
  let harness = await openDiskHarness(folder);
  const address = Buffer.alloc(32, 1);
  let domain = await harness.tables.ensureDomain(address);
  const put = (index: number) =>
    harness.tables.transact([{ kind: 'put', domain, table, key: keyOf(index), row }]);
  const get = (index: number) => domain.get(table, keyOf((index * 7919) % records));
  await concurrently(Math.min(records, 3000), put);
  await measure('put 1 KiB, new', records, 'record', () =>
    concurrently(records, (index) => put(index + records)),
  );
  await measure('put 1 KiB, replacing', records, 'record', () =>
    concurrently(records, (index) => put(index + records)),
  );
  await concurrently(records, put);
  await measure('get 1 KiB', records, 'record', () => concurrently(records, get));
  await measure('scan pages of 1,000', 1000, 'page', async () => {
    for (let page = 0; page < 1000; page += 1) {
      const cursor = domain.cursor(table, Buffer.alloc(0), {
        gte: keyOf((page * 104_729) % records).sort,
        limit: 1000,
      });
      while ((await cursor.next()) !== undefined);
    }
  });
  await measure('close', 1, 'time', () => harness.close());
  await measure('open', 1, 'time', async () => {
    harness = await openDiskHarness(folder);
  });
  await measure('close without storing the index', 1, 'time', () => harness.abandonIndex());
  await measure('open again', 1, 'time', async () => {
    harness = await openDiskHarness(folder);
  });
  domain = await harness.tables.openDomain(address);
  await measure('get 1 KiB, after opening', records, 'record', () => concurrently(records, get));
  const megabytes = 256;
  const large = randomBytes(64 * 1024);
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let sent = 0; sent < megabytes * 16; sent += 1) yield large;
  }
  let blob = await domain.stageBlob(source());
  await measure('stage and put a blob', megabytes, 'MiB', async () => {
    blob = await domain.stageBlob(source());
    await harness.tables.transact([{ kind: 'put-blob', domain, blob }]);
  });
  await measure('read a blob', megabytes, 'MiB', async () => {
    for await (const _ of domain.readBlob(blob, 0, blob.length));
  });
  await harness.close();
});
