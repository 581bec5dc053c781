/** Random histories: tables in memory, and the real tables over an embedded node. A failure prints fast-check's seed. */
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { TableStore } from '@hypergate/table';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Buckets, type Bucket as OpenBucket } from '../store/buckets.ts';
import { startHarness } from './harness.ts';
import type { MemoryDomain } from './memory-tables.ts';
import { openRealTables } from './real-tables.ts';
import { startServer } from './server.ts';
import {
  type Command,
  checkAnswers,
  checkOrder,
  checkPages,
  checkTables,
  command,
  run,
  type World,
} from './version-commands.ts';
import { VersionModel } from './version-model.ts';

const Bucket = 'bucket';
async function opened(tables: TableStore): Promise<OpenBucket> {
  const buckets = new Buckets(tables);
  await buckets.open();
  return (await buckets.find(Bucket))!;
}

const history = fc.array(command, { minLength: 5, maxLength: 60, size: 'max' });
const pages = fc.record({
  Prefix: fc.constantFrom('', 'a', 'a/', 'é', 'none'),
  Delimiter: fc.constantFrom('', '/', 'b', '\u0000'),
  MaxKeys: fc.constantFrom(1, 2, 3, 7, 1000),
});
const soak = process.env.HYPERGATE_SOAK === '1' ? 20 : 1;

test('a history of any changes leaves what the model says, and every listing shows it', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.array(pages, { minLength: 2, maxLength: 4 }), async (steps, listings) => {
      const harness = await startHarness();
      const s3 = harness.client();
      await s3.send(new CreateBucketCommand({ Bucket }));
      const bucket = await opened(harness.tables);
      const domain = bucket.domain as MemoryDomain;
      const world: World = { s3, Bucket, bucket, model: new VersionModel(), clock: harness.clock, bodies: 0 };
      for (const step of steps) {
        await run(world, step);
        const blobs = await checkTables(domain, world.model);
        // Sweeps, of uploads and of what a copy was reading, end behind the answers.
        await expect.poll(() => domain.blobs.size, { interval: 1 }).toBeLessThanOrEqual(blobs);
      }
      await checkAnswers(world);
      for (const options of listings) {
        await checkPages(world, options);
        await checkOrder(world, options);
      }
      expect(harness.failures).toEqual([]);
    }),
    { numRuns: 50 * soak },
  );
});

/** The null version that is copied is not the current one, and the copy takes its place. */
const olderNullCopiedOntoItself: Command[] = [
  { do: 'put', key: 'a', size: 5 },
  { do: 'state', state: 'enabled' },
  { do: 'put', key: 'a', size: 5 },
  { do: 'state', state: 'suspended' },
  { do: 'copy', key: 'a', from: 'a', pick: 1 },
];

test('the same over the real tables, with nothing left behind', async () => {
  await fc.assert(
    fc.asyncProperty(history, pages, async (steps, listing) => {
      const real = await openRealTables();
      const server = await startServer(real.tables);
      try {
        const s3 = server.client();
        await s3.send(new CreateBucketCommand({ Bucket }));
        const bucket = await opened(real.tables);
        const world: World = { s3, Bucket, bucket, model: new VersionModel(), clock: { ms: 0 }, bodies: 0 };
        const { domain, row } = bucket;
        for (const step of steps) await run(world, step);
        await checkTables(domain, world.model);
        await checkAnswers(world);
        await checkPages(world, listing);
        await checkOrder(world, listing);
        const { missing, different, superfluous } = await real.tables.compareIndex();
        expect([missing, different, superfluous]).toEqual([0, 0, 0]);
        for (const [key, versions] of [...world.model.keys]) {
          for (let i = versions.length; i > 0; i -= 1)
            await run(world, { do: 'delete-version', key, pick: 0 });
        }
        while ((await real.node.domain(row.address))!.usage.atoms > 0) await new Promise(setImmediate);
        expect(server.errors).toEqual([]);
        expect(real.failures).toEqual([]);
      } finally {
        await server.close();
        await real.close();
      }
    }),
    { numRuns: 8 * soak, examples: [[olderNullCopiedOntoItself, { Prefix: '', Delimiter: '', MaxKeys: 1 }]] },
  );
});
