/** The checker of the kill loop proves itself on planted faults: a journal that claims what the gateway does not hold. */
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeContent } from '../lib/content.ts';
import { only, startGateway } from '../lib/gateway.ts';
import { FrameLedger, proveOk, quickFrames } from '../lib/proofs.ts';
import { SeededRandom } from '../lib/random.ts';
import { S3Caller, xmlTexts } from '../lib/s3-caller.ts';
import { freshDirectory, type Target } from '../lib/target.ts';
import { type JournalLine, readJournal } from '../soak/journal.ts';
import { bucket } from '../soak/limits.ts';
import { verify } from '../soak/verify.ts';
import { ProofChecks } from '../soak/verify-proofs.ts';

let target: Target;
let caller: S3Caller;
const folder = freshDirectory('journals');
let journals = 0;

beforeAll(async () => {
  target = await startGateway({ env: { ...quickFrames, ...only('s3') } });
  caller = new S3Caller(target);
  await caller.ok({ method: 'PUT', path: `/${bucket}` });
});
afterAll(async () => {
  caller.close();
  await target.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function judge(...lines: JournalLine[]): Promise<string[]> {
  journals += 1;
  const path = join(folder, `${journals}.jsonl`);
  appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const verdict = await verify(target, readJournal(path), path);
  return [...verdict.faults, ...readJournal(path).faults].filter(
    (fault) => !fault.includes('was never written'),
  );
}

async function store(key: string, seed: number, size = 100): Promise<void> {
  await caller.ok({ method: 'PUT', path: `/${bucket}/${key}`, body: makeContent(seed, size) });
}

function write(n: number, key: string, seed: number | null): JournalLine {
  return { e: 'begin', n, kind: 'put-small', key, state: seed === null ? null : { seed, size: 100 } };
}

test('an acknowledged write that is there is no fault', async () => {
  await store('a', 1);
  expect(await judge(write(1, 'a', 1), { e: 'ack', n: 1 })).toEqual([]);
});

test('an acknowledged write that is missing or older is lost', async () => {
  await store('b', 1);
  expect(await judge(write(1, 'b', 1), { e: 'ack', n: 1 }, write(2, 'b', 2), { e: 'ack', n: 2 })).toEqual([
    expect.stringMatching(/^lost: b/),
  ]);
  expect(await judge(write(1, 'never', 7), { e: 'ack', n: 1 })).toEqual([
    expect.stringMatching(/^lost: never/),
  ]);
});

test('an unanswered write may be there or not, and nothing else may', async () => {
  await store('c', 1);
  expect(await judge(write(1, 'c', 1), { e: 'ack', n: 1 }, write(2, 'c', 2))).toEqual([]);
  await store('c', 2);
  expect(await judge(write(1, 'c', 1), { e: 'ack', n: 1 }, write(2, 'c', 2))).toEqual([]);
  await store('c', 3);
  expect(await judge(write(1, 'c', 1), { e: 'ack', n: 1 }, write(2, 'c', 2))).toHaveLength(1);
});

test('an acknowledged deletion that did not last is lost', async () => {
  await store('d', 1);
  expect(
    await judge(write(1, 'd', 1), { e: 'ack', n: 1 }, write(2, 'd', null), { e: 'ack', n: 2 }),
  ).toHaveLength(1);
});

test('a body of two writes is torn', async () => {
  const body = Buffer.concat([makeContent(5, 1000).subarray(0, 600), makeContent(6, 1000).subarray(600)]);
  await caller.ok({ method: 'PUT', path: `/${bucket}/e`, body });
  expect(
    await judge({ e: 'begin', n: 1, kind: 'put-small', key: 'e', state: { seed: 5, size: 1000 } }),
  ).toEqual([expect.stringMatching(/^torn: e .* byte 600/)]);
});

test('an upload that is gone, or lacks an acknowledged part, is lost', async () => {
  expect(await judge({ e: 'upload', id: 'no-such-upload', key: 'f' })).toEqual([
    expect.stringMatching(/^lost: upload of f/),
  ]);
  const begun = await caller.ok({ method: 'POST', path: `/${bucket}/f`, query: { uploads: '' } });
  const id = xmlTexts(begun.body, 'UploadId')[0] as string;
  const lines: JournalLine[] = [
    { e: 'upload', id, key: 'f' },
    { e: 'part', id, number: 1, etag: '"claimed"', size: 5 },
  ];
  expect(await judge(...lines)).toEqual([expect.stringMatching(/^lost: part 1/)]);
});

test('a counter below an acknowledged value, or raised to one value twice, is lost', async () => {
  await caller.ok({ method: 'PUT', path: `/${bucket}/counter-x`, body: Buffer.from('3') });
  const raise = (value: number): JournalLine[] => [
    { e: 'raise', counter: 'counter-x', value },
    { e: 'raised', counter: 'counter-x', value },
  ];
  expect(await judge(...raise(2), ...raise(3))).toEqual([]);
  expect(await judge(...raise(3), ...raise(4))).toEqual([expect.stringMatching(/^lost: counter-x shows 3/)]);
  expect(await judge(...raise(3), ...raise(3))).toEqual([expect.stringMatching(/^lost update/)]);
});

describe('the checks of proofs find', () => {
  const planted = async (...lines: JournalLine[]): Promise<string[]> => {
    journals += 1;
    const path = join(folder, `${journals}.jsonl`);
    appendFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const checks = new ProofChecks(new FrameLedger(), new SeededRandom('planted'));
    return checks.check(target, readJournal(path));
  };
  const proven = async (seed: number, changes: Partial<Extract<JournalLine, { e: 'proven' }>> = {}) => {
    await store('proven/x', seed);
    const document = await proveOk(target, `s3://${bucket}/proven/x`);
    const state = { seed, size: 100 };
    return { e: 'proven', key: 'proven/x', state, frame: 1, document, ...changes } as const;
  };

  test('nothing where all is well', async () => {
    const lines = [write(1, 'proven/x', 5), { e: 'ack', n: 1 } as const, await proven(5)];
    expect(await planted(...lines, write(2, 'never written', null))).toEqual([]);
  });

  test('a proof that shows another write, or comes from an earlier frame than promised', async () => {
    expect(await planted(await proven(6, { state: { seed: 7, size: 100 } }))).toEqual([
      expect.stringMatching(/proven with other content/),
    ]);
    expect(await planted(await proven(6, { frame: 1e9 }))).toEqual([
      expect.stringMatching(/acknowledged for frame 1000000000 and proven at/),
    ]);
  });

  test('a proof that is refused', async () => {
    const line = await proven(8);
    const document = line.document.replace('"frame": ', '"frame": 1');
    expect(await planted({ ...line, document })).toEqual([
      expect.stringMatching(/is refused: .*another frame/),
    ]);
  });

  test('two frames with one number, and a frame that names another before it', () => {
    const ledger = new FrameLedger();
    ledger.seeKept(target);
    expect(ledger.faults).toEqual([]);
    ledger.see(ledger.last, '00', 'nowhere');
    expect(ledger.faults).toEqual([expect.stringMatching(/two frames have the number/)]);
    const other = new FrameLedger();
    other.see(1, '00', 'nowhere');
    other.seeKept(target);
    expect(other.faults).toContainEqual(expect.stringMatching(/frame 2 names another frame before it/));
  });
});
