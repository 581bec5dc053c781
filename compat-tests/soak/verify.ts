/**
 * After a restart: compares everything the gateway shows with everything the journal allows. An acknowledged write must be
 * there byte for byte; an unanswered one whole or not at all; listing and GET must agree; uploads must be as they were left.
 */
import { checkContent } from '../lib/content.ts';
import { S3Caller, UnexpectedStatus, xmlTexts } from '../lib/s3-caller.ts';
import type { Target } from '../lib/target.ts';
import { type Expectation, JournalWriter, type KeyState, sameState, type UploadRecord } from './journal.ts';
import { bucket } from './limits.ts';

export interface Verdict {
  readonly faults: string[];
  objects: number;
  bytes: number;
  /** Writes that were not answered, by whether they had happened. */
  doubtApplied: number;
  doubtAbsent: number;
  openUploads: number;
}

interface Shown {
  readonly state: KeyState;
  readonly etag: string;
}

const readersAtOnce = 12;

/** Settles doubts in the journal as a side effect, and ends every open upload (some by completing). */
export async function verify(target: Target, expected: Expectation, journalPath: string): Promise<Verdict> {
  const verdict: Verdict = {
    faults: [],
    objects: 0,
    bytes: 0,
    doubtApplied: 0,
    doubtAbsent: 0,
    openUploads: 0,
  };
  const journal = new JournalWriter(journalPath);
  const shown = new Map<string, Shown>();
  const queue = [...expected.keys];
  await Promise.all(
    Array.from({ length: readersAtOnce }, async () => {
      const caller = new S3Caller(target);
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const [key, states] = next;
        const seen = await readKey(caller, key, verdict);
        if (seen === undefined) continue;
        shown.set(key, seen);
        judgeKey(key, states, seen.state, verdict);
        journal.write({ e: 'seen', key, state: seen.state });
      }
      caller.close();
    }),
  );
  const caller = new S3Caller(target);
  const judges = [
    () => judgeCounters(caller, expected, journal, verdict),
    () => judgeListing(caller, expected, shown, verdict),
    () => judgeUploads(caller, expected, shown, journal, verdict),
  ];
  for (const judge of judges) {
    await judge().catch((error: unknown) => {
      if (!(error instanceof UnexpectedStatus)) throw error;
      verdict.faults.push(`unreadable: ${error.message}`);
    });
  }
  caller.close();
  journal.close();
  return verdict;
}

async function readKey(caller: S3Caller, key: string, verdict: Verdict): Promise<Shown | undefined> {
  const got = await caller.send({ method: 'GET', path: `/${bucket}/${key}` });
  if (got.status === 404) return { state: null, etag: '' };
  if (got.status !== 200) {
    verdict.faults.push(`unreadable: ${key} answers ${got.status} ${got.body.toString('utf8', 0, 300)}`);
    return undefined;
  }
  const checked = checkContent(got.body);
  if ('fault' in checked) {
    verdict.faults.push(`torn: ${key} ${checked.fault}`);
    return undefined;
  }
  verdict.objects += 1;
  verdict.bytes += got.body.length;
  return { state: { seed: checked.seed, size: got.body.length }, etag: got.headers.get('etag') ?? '' };
}

function judgeKey(key: string, states: readonly KeyState[], seen: KeyState, verdict: Verdict): void {
  const at = states.findIndex((state) => sameState(state, seen));
  if (at < 0) {
    verdict.faults.push(`lost: ${key} shows ${JSON.stringify(seen)}, allowed are ${JSON.stringify(states)}`);
  } else if (states.length > 1) {
    if (at === 0) verdict.doubtAbsent += 1;
    else verdict.doubtApplied += 1;
  }
}

async function judgeCounters(
  caller: S3Caller,
  expected: Expectation,
  journal: JournalWriter,
  verdict: Verdict,
): Promise<void> {
  for (const [counter, record] of expected.counters) {
    const got = await caller.ok({ method: 'GET', path: `/${bucket}/${counter}` }, 200, 404);
    const value = got.status === 404 ? 0 : Number(got.body.toString());
    const least = Math.max(0, ...record.acknowledged);
    if (!(value >= least && value <= Math.max(record.attemptedMax, least))) {
      verdict.faults.push(
        `lost: ${counter} shows ${value}, acknowledged ${least}, tried ${record.attemptedMax}`,
      );
    }
    journal.write({ e: 'counted', counter, value });
  }
}

async function judgeListing(
  caller: S3Caller,
  expected: Expectation,
  shown: ReadonlyMap<string, Shown>,
  verdict: Verdict,
): Promise<void> {
  const listed = new Map<string, { size: number; etag: string }>();
  let token: string | undefined;
  do {
    const query: Record<string, string> = { 'list-type': '2', 'max-keys': '137' };
    if (token !== undefined) query['continuation-token'] = token;
    const page = await caller.ok({ method: 'GET', path: `/${bucket}`, query });
    for (const entry of xmlTexts(page.body, 'Contents')) {
      const key = xmlTexts(entry, 'Key')[0] as string;
      if (listed.has(key)) verdict.faults.push(`listing: ${key} twice`);
      listed.set(key, { size: Number(xmlTexts(entry, 'Size')[0]), etag: xmlTexts(entry, 'ETag')[0] ?? '' });
    }
    token = xmlTexts(page.body, 'NextContinuationToken')[0];
  } while (token !== undefined);
  for (const [key, { state, etag }] of shown) {
    const entry = listed.get(key);
    if ((state !== null) !== (entry !== undefined)) {
      verdict.faults.push(
        `listing: ${key} is ${entry === undefined ? 'missing though readable' : 'shown though gone'}`,
      );
    } else if (state !== null && (entry?.size !== state.size || entry.etag !== etag)) {
      verdict.faults.push(
        `listing: ${key} shows ${JSON.stringify(entry)}, GET gives ${state.size} bytes and ${etag}`,
      );
    }
  }
  for (const key of listed.keys()) {
    if (!expected.keys.has(key) && !expected.counters.has(key))
      verdict.faults.push(`listing: ${key} was never written`);
  }
}

async function judgeUploads(
  caller: S3Caller,
  expected: Expectation,
  shown: ReadonlyMap<string, Shown>,
  journal: JournalWriter,
  verdict: Verdict,
): Promise<void> {
  for (const [id, upload] of expected.uploads) {
    if (upload.standing === 'gone') continue;
    const where = { path: `/${bucket}/${upload.key}`, query: { uploadId: id } };
    const parts = await caller.ok({ method: 'GET', ...where }, 200, 404);
    const there = parts.status === 200;
    if (upload.standing === 'sure' && !there) verdict.faults.push(`lost: upload of ${upload.key} is unknown`);
    if (upload.completing !== undefined) {
      const applied = sameState(upload.completing, shown.get(upload.key)?.state ?? null);
      if (applied === there)
        verdict.faults.push(
          `torn: completion of ${upload.key} happened and its upload is ${there ? 'still' : 'not'} there`,
        );
    }
    if (there) {
      judgeParts(parts.body, upload, verdict);
      verdict.openUploads += 1;
      await caller.ok({ method: 'DELETE', ...where }, 204);
    }
    journal.write({ e: 'dropped', id });
  }
}

function judgeParts(document: Buffer, upload: UploadRecord, verdict: Verdict): void {
  const listed = new Map(
    xmlTexts(document, 'Part').map((part) => [
      Number(xmlTexts(part, 'PartNumber')[0]),
      xmlTexts(part, 'ETag')[0],
    ]),
  );
  for (const [number, part] of upload.parts) {
    if (listed.get(number) !== part.etag)
      verdict.faults.push(`lost: part ${number} of an upload of ${upload.key}`);
  }
}
