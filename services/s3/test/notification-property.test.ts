/**
 * Random histories with refused writes, configurations that change, destinations that fail and processes that stop: what was told
 * is what a plain model says, each thing once, and of one object in the order in which it happened.
 */
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type Event,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeOf, type Harness, startHarness } from './harness.ts';
import { MemoryTables } from './memory-tables.ts';
import { otherQueue, queue, RecordingTargets } from './support/recording-targets.ts';

const Bucket = 'bucket';
const keys = ['a', 'b', 'a.txt'];
const key = fc.constantFrom(...keys);

/** What the bucket may be told to tell; `told` says of whom. */
const configurations: readonly {
  readonly rules: object[];
  told(event: string, key: string): string | undefined;
}[] = [
  { rules: [], told: () => undefined },
  {
    rules: [{ QueueArn: queue, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*'] }],
    told: () => queue,
  },
  {
    rules: [
      { QueueArn: queue, Events: ['s3:ObjectCreated:Put', 's3:ObjectRemoved:DeleteMarkerCreated'] },
      {
        QueueArn: otherQueue,
        Events: ['s3:ObjectCreated:Copy', 's3:ObjectRemoved:Delete'] satisfies Event[],
        Filter: { Key: { FilterRules: [{ Name: 'suffix', Value: '.txt' }] } },
      },
    ],
    told(event, name) {
      if (event === 'ObjectCreated:Put' || event === 'ObjectRemoved:DeleteMarkerCreated') return queue;
      const other = event === 'ObjectCreated:Copy' || event === 'ObjectRemoved:Delete';
      return other && name.endsWith('.txt') ? otherQueue : undefined;
    },
  },
];

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('put' as const), key, onlyNew: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('delete' as const), key, ifMatch: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete-version' as const), key, pick: fc.nat(3) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('batch' as const), keys: fc.subarray(keys, { minLength: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('copy' as const), key, from: key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('multipart' as const), key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tag' as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('race' as const), key, count: fc.integer({ min: 2, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lost' as const), key }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('configure' as const), to: fc.nat(configurations.length - 1) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('version' as const), on: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('clock' as const), ms: fc.integer({ min: -3000, max: 3000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('trouble' as const), every: fc.nat(3) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class World {
  readonly tables = new MemoryTables();
  readonly targets = new RecordingTargets();
  readonly clock = { ms: Date.UTC(2026, 0, 1) };
  latestMs = this.clock.ms;
  /** What should have been told, as `destination event key version`. */
  readonly expected: string[] = [];
  /** Ids of the versions of each key, newest first; `null` without versions. */
  readonly versions = new Map<string, { readonly id: string; readonly marker: boolean }[]>();
  state: 'off' | 'on' | 'suspended' = 'off';
  configuration = 0;
  harness!: Harness;
  s3!: S3Client;

  of(name: string): { readonly id: string; readonly marker: boolean }[] {
    return this.versions.get(name) ?? [];
  }

  exists(name: string): boolean {
    return this.of(name)[0]?.marker === false;
  }

  tell(event: string, name: string, id: string): void {
    const target = configurations[this.configuration]!.told(event, name);
    if (target === undefined) return;
    this.expected.push(`${target} ${event} ${name} ${this.state === 'off' ? '' : id}`);
  }

  made(event: string, name: string, id = 'null', marker = false): void {
    const others = this.of(name).filter((version) => version.id !== id);
    this.versions.set(name, [{ id, marker }, ...others]);
    this.tell(event, name, id);
  }

  /** A deletion without a version. */
  deleted(name: string, markerId: string | undefined): void {
    if (this.state !== 'off') {
      this.made('ObjectRemoved:DeleteMarkerCreated', name, markerId, true);
    } else if (this.versions.delete(name)) {
      this.tell('ObjectRemoved:Delete', name, 'null');
    }
  }

  pending(): number {
    let count = 0;
    for (const { rows } of this.tables.domains.values())
      for (const { table } of rows.values()) if (table.name === 's3.outbox') count += 1;
    return count;
  }

  async start(): Promise<void> {
    this.harness = await startHarness(this.tables, this.targets, this.clock);
    this.s3 = this.harness.client();
  }
}

async function run(world: World, it: Step): Promise<void> {
  const { s3 } = world;
  switch (it.do) {
    case 'put': {
      const conditions = it.onlyNew ? { IfNoneMatch: '*' } : {};
      const sent = s3.send(new PutObjectCommand({ Bucket, Key: it.key, Body: 'x', ...conditions }));
      if (it.onlyNew && world.exists(it.key)) expect(await codeOf(sent)).toBe('PreconditionFailed');
      else world.made('ObjectCreated:Put', it.key, (await sent).VersionId);
      return;
    }
    case 'delete': {
      const conditions = it.ifMatch ? { IfMatch: '"00000000000000000000000000000000"' } : {};
      const sent = s3.send(new DeleteObjectCommand({ Bucket, Key: it.key, ...conditions }));
      if (it.ifMatch) expect(await codeOf(sent)).not.toBe('none');
      else world.deleted(it.key, (await sent).VersionId);
      return;
    }
    case 'delete-version': {
      const versions = world.of(it.key);
      const version = versions[it.pick % Math.max(versions.length, 1)];
      if (version === undefined) return;
      await s3.send(new DeleteObjectCommand({ Bucket, Key: it.key, VersionId: version.id }));
      world.versions.set(
        it.key,
        versions.filter((other) => other !== version),
      );
      if (world.of(it.key).length === 0) world.versions.delete(it.key);
      world.tell('ObjectRemoved:Delete', it.key, version.id);
      return;
    }
    case 'batch': {
      const Objects = it.keys.map((Key) => ({ Key }));
      const { Deleted = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
      for (const { Key, DeleteMarkerVersionId } of Deleted) world.deleted(Key!, DeleteMarkerVersionId);
      return;
    }
    case 'copy': {
      const CopySource = `${Bucket}/${it.from}`;
      const sent = s3.send(
        new CopyObjectCommand({ Bucket, Key: it.key, CopySource, MetadataDirective: 'REPLACE' }),
      );
      if (!world.exists(it.from)) expect(await codeOf(sent)).toBe('NoSuchKey');
      else world.made('ObjectCreated:Copy', it.key, (await sent).VersionId);
      return;
    }
    case 'multipart': {
      const upload = { Bucket, Key: it.key };
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload));
      const { ETag } = await s3.send(
        new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body: 'x' }),
      );
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
      const complete = { ...upload, UploadId, MultipartUpload };
      const { VersionId } = await s3.send(new CompleteMultipartUploadCommand(complete));
      world.made('ObjectCreated:CompleteMultipartUpload', it.key, VersionId);
      return;
    }
    case 'tag': {
      const sent = s3.send(new PutObjectTaggingCommand({ Bucket, Key: it.key, Tagging: { TagSet: [] } }));
      if (!world.exists(it.key)) expect(await codeOf(sent)).not.toBe('none');
      else world.tell('ObjectTagging:Put', it.key, (await sent).VersionId ?? 'null');
      return;
    }
    case 'race': {
      // Of those that want a new object one wins at most, whatever comes between.
      const command = () => new PutObjectCommand({ Bucket, Key: it.key, Body: 'x', IfNoneMatch: '*' });
      const sent = await Promise.allSettled(Array.from({ length: it.count }, () => s3.send(command())));
      const won = sent.filter((one) => one.status === 'fulfilled');
      expect(won.length).toBe(world.exists(it.key) ? 0 : 1);
      for (const { value } of won) world.made('ObjectCreated:Put', it.key, value.VersionId);
      return;
    }
    case 'lost': {
      world.tables.beforeTransact = async (writes) => {
        if (writes.some((write) => 'table' in write && write.table.name === 's3.objects'))
          throw new Error('lost');
      };
      const sent = s3.send(new PutObjectCommand({ Bucket, Key: it.key, Body: 'x' }));
      await expect(sent).rejects.toThrow('lost');
      world.tables.beforeTransact = async () => undefined;
      return;
    }
    case 'configure': {
      const NotificationConfiguration = { QueueConfigurations: configurations[it.to]!.rules as never };
      const configuration = { Bucket, NotificationConfiguration, SkipDestinationValidation: true };
      await s3.send(new PutBucketNotificationConfigurationCommand(configuration));
      world.configuration = it.to;
      return;
    }
    case 'version': {
      const Status = it.on ? ('Enabled' as const) : ('Suspended' as const);
      await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
      world.state = it.on ? 'on' : 'suspended';
      return;
    }
    case 'clock':
      world.clock.ms += it.ms;
      world.latestMs = Math.max(world.latestMs, world.clock.ms);
      return;
    case 'restart':
      await world.harness.service.stop();
      // A clock may go back while a process runs, not while none does: what the last one told has left no trace.
      world.clock.ms = world.latestMs + 1000;
      world.latestMs = world.clock.ms;
      await world.start();
      return;
    case 'trouble':
      world.targets.before = () => {
        if (it.every > 0 && world.targets.attempts % (it.every + 1) !== 0) throw new Error('trouble');
      };
  }
}

async function check(steps: readonly Step[]): Promise<void> {
  const world = new World();
  await world.start();
  await world.s3.send(new CreateBucketCommand({ Bucket }));
  for (const one of [{ do: 'configure', to: 1 } as const, ...steps]) await run(world, one);
  // Whatever is still held back is left to a process that finds the destinations well.
  await world.harness.service.stop();
  world.targets.before = () => undefined;
  await world.start();
  await expect.poll(() => world.pending(), { interval: 1 }).toBe(0);
  await world.harness.service.stop();
  const told = world.targets.deliveries.map(({ target, message: { Records } }) => {
    const [{ eventName, s3 }] = Records;
    return { target, s3, line: `${target} ${eventName} ${s3.object.key} ${s3.object.versionId ?? ''}` };
  });
  expect(told.map(({ line }) => line).sort()).toEqual(world.expected.toSorted());
  // Of one object and to one destination: as it happened, and so by sequencer.
  for (const target of [queue, otherQueue]) {
    for (const name of keys) {
      const mine = told.filter(({ target: to, s3 }) => to === target && s3.object.key === name);
      const expected = world.expected.filter(
        (line) => line.startsWith(`${target} `) && line.split(' ')[2] === name,
      );
      expect(mine.map(({ line }) => line)).toEqual(expected);
      const sequencers = mine.flatMap(({ s3 }) => s3.object.sequencer ?? []);
      expect(sequencers).toEqual([...new Set(sequencers)].sort());
    }
  }
  expect(world.harness.failures).toEqual([]);
}

/** The clock goes back behind the start of the process, and the number of the first event must not come again. */
const clockBehindStart: Step[] = [
  { do: 'put', key: 'a', onlyNew: false },
  { do: 'configure', to: 0 },
  { do: 'restart' },
  { do: 'delete-version', key: 'a', pick: 0 },
  { do: 'configure', to: 1 },
  { do: 'clock', ms: -1000 },
  { do: 'put', key: 'a', onlyNew: false },
];

const soak = process.env.HYPERGATE_SOAK === '1' ? 20 : 1;

test('what happened is told once and in order, and nothing else', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50, size: 'max' }), check), {
    numRuns: 40 * soak,
    examples: [[clockBehindStart]],
  });
});
