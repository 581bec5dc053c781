/** Writers and deleters of one key at once: what is listed afterwards is what was acknowledged, in an order it could have had. */
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { SeededRandom } from '../../lib/random.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
const seed = Number(process.env.HYPERGATE_SEED ?? 20_261);
const workers = 12;
const steps = process.env.HYPERGATE_SOAK === '1' ? 200 : 20;

/** An acknowledged version or delete marker, with the moments of a counter at which it was asked for and answered. */
interface Written {
  readonly id: string;
  readonly body: string | undefined;
  readonly asked: number;
  readonly answered: number;
}

class History {
  readonly written: Written[] = [];
  readonly removed = new Set<string>();
  #now = 0;

  tick(): number {
    this.#now += 1;
    return this.#now;
  }

  /** Also one that another worker is about to remove: both are answered 204. */
  pick(random: SeededRandom): Written | undefined {
    return this.written[random.between(0, Math.max(this.written.length - 1, 0))];
  }
}

async function work(Bucket: string, worker: number, history: History): Promise<void> {
  const random = new SeededRandom(seed + worker);
  for (let step = 0; step < steps; step += 1) {
    const kind = random.between(0, 9);
    const asked = history.tick();
    if (kind < 5) {
      const body = `${worker}/${step}`.padEnd(kind === 0 ? 100_000 : 10, '.');
      const done = await suite.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: body }));
      history.written.push({ id: done.VersionId!, body, asked, answered: history.tick() });
    } else if (kind < 7) {
      const done = await suite.s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
      history.written.push({ id: done.VersionId!, body: undefined, asked, answered: history.tick() });
    } else {
      const victim = history.pick(random);
      if (victim === undefined) continue;
      await suite.s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: victim.id }));
      history.removed.add(victim.id);
    }
  }
}

/** All entries, newest first: the SDK gives versions and markers apart, ids begin with what orders them. */
async function listed(Bucket: string): Promise<{ id: string; latest: boolean }[]> {
  const entries: { id: string; latest: boolean }[] = [];
  let KeyMarker: string | undefined;
  let VersionIdMarker: string | undefined;
  do {
    const page = await suite.s3.send(
      new ListObjectVersionsCommand({ Bucket, KeyMarker, VersionIdMarker, MaxKeys: 7 }),
    );
    for (const { VersionId, IsLatest } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) {
      entries.push({ id: VersionId!, latest: IsLatest === true });
    }
    KeyMarker = page.NextKeyMarker;
    VersionIdMarker = page.NextVersionIdMarker;
  } while (KeyMarker !== undefined);
  const bytes = ({ id }: { id: string }): Buffer => Buffer.from(id, 'base64url');
  return entries.sort((a, b) => Buffer.compare(bytes(b), bytes(a)));
}

test(`what writers and deleters of one key were told is what is listed (seed ${seed})`, async () => {
  const Bucket = await suite.bucket();
  await suite.s3.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const history = new History();
  await Promise.all(Array.from({ length: workers }, (_unused, worker) => work(Bucket, worker, history)));

  const left = history.written.filter(({ id }) => !history.removed.has(id));
  const entries = await listed(Bucket);
  expect(entries.map(({ id }) => id).sort()).toEqual(left.map(({ id }) => id).sort());
  expect(entries.filter(({ latest }) => latest)).toEqual(entries.slice(0, 1));

  const place = new Map(entries.map(({ id }, i) => [id, i]));
  for (const before of left) {
    for (const after of left) {
      if (before.answered < after.asked) expect(place.get(after.id)).toBeLessThan(place.get(before.id)!);
    }
  }

  for (const { id, body } of left) {
    if (body === undefined) continue;
    const got = await suite.s3.send(new GetObjectCommand({ Bucket, Key: 'k', VersionId: id }));
    expect(await got.Body?.transformToString()).toBe(body);
  }
  const newest = left.find(({ id }) => id === entries[0]?.id);
  const current = await suite.caller().send({ method: 'GET', path: `/${Bucket}/k` });
  if (newest?.body === undefined) expect(current.status).toBe(404);
  else expect(current.body.toString()).toBe(newest.body);
});
