/** The sweeper beside readers that come and go, over tables in memory. */
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { noBytes } from '../engine/bytes.ts';
import { sweepKey, sweepsTable } from '../model/tables.ts';
import { BlobGuard, type Holding } from '../store/blob-guard.ts';
import { Buckets } from '../store/buckets.ts';
import { Sweeper } from '../store/sweeper.ts';
import { startHarness } from './harness.ts';

/** Its reader goes as soon as it was seen: before the step that saw it is over. */
class HastyGuard extends BlobGuard {
  end: (() => void) | undefined;

  override isPinned(holding: Holding): boolean {
    const pinned = super.isPinned(holding);
    if (pinned) this.end?.();
    return pinned;
  }
}

test('a reader that goes while its blob is looked at does not leave the blob behind', async () => {
  const { tables, client } = await startHarness();
  await client().send(new CreateBucketCommand({ Bucket: 'bucket' }));
  const buckets = new Buckets(tables);
  await buckets.open();
  const { domain, row } = (await buckets.find('bucket'))!;
  const blob = await domain.stageBlob(
    (async function* () {
      yield Buffer.alloc(70_000, 1);
    })(),
  );
  const id = Buffer.concat([row.address, Buffer.alloc(16, 7)]);
  const sweep = {
    address: row.address,
    uploadId: noBytes,
    keptParts: noBytes,
    blobs: [{ id: blob.id, length: blob.length, chunkBytes: blob.chunkBytes }],
    chunks: [],
  };
  await tables.transact([
    { domain, kind: 'put-blob', blob },
    {
      domain: buckets.registry,
      kind: 'put',
      table: sweepsTable,
      key: sweepKey(id),
      row: sweep,
      condition: 'absent',
    },
  ]);

  const failures: string[] = [];
  const guard: HastyGuard = new HastyGuard(() => sweeper.wake());
  const sweeper = new Sweeper(tables, buckets, guard, {
    error: (_details, text) => void failures.push(text),
  });
  guard.end = guard.pin([blob], guard.epoch);
  sweeper.enqueue(id);
  await sweeper.idle();

  expect(await buckets.registry.get(sweepsTable, sweepKey(id))).toBeUndefined();
  expect(failures).toEqual([]);
});
