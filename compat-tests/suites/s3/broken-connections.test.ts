/** Cut connections, wrong lengths and peers that stand still leave no trace, one by one and many at once. */
import { readdirSync } from 'node:fs';
import { ListMultipartUploadsCommand, ListObjectsV2Command, ListPartsCommand } from '@aws-sdk/client-s3';
import { afterEach, expect, test } from 'vitest';
import { adminStatus, adminUsage, collectNow } from '../../lib/admin.ts';
import { streamBytes } from '../../lib/content.ts';
import { readUsage } from '../../lib/process-usage.ts';
import { formatHead, RawConnection } from '../../lib/raw-http.ts';
import { xmlTexts } from '../../lib/s3-caller.ts';
import { signRequest, unsignedPayload } from '../../lib/sigv4.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite({ env: { HYPERGATE_FRAME_INTERVAL: '500ms' } });
const MiB = 1 << 20;
const many = 200;

const trailerForm = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

function putHead(path: string, length: number, options: { query?: string; decoded?: number } = {}): string {
  const { host, port, identity } = suite.target;
  const { query, decoded } = options;
  const chunked: Record<string, string> =
    decoded === undefined
      ? {}
      : {
          'content-encoding': 'aws-chunked',
          'x-amz-decoded-content-length': String(decoded),
          'x-amz-trailer': 'x-amz-checksum-crc32',
        };
  const headers = signRequest(identity, {
    method: 'PUT',
    path,
    host: `${host}:${port}`,
    payloadHash: decoded === undefined ? unsignedPayload : trailerForm,
    headers: chunked,
    ...(query === undefined ? {} : { query }),
  });
  const target = query === undefined ? path : `${path}?${query}`;
  return formatHead('PUT', target, { ...headers, 'content-length': String(length) });
}

/** Sends the pieces, each handed to the system before the next, and gives the answer if there is one. */
async function send(pieces: readonly (string | Uint8Array)[], end: 'cut' | 'half-close' | 'wait') {
  const connection = await RawConnection.open(suite.target);
  const answer = connection.expectReply().catch(() => undefined);
  for (const piece of pieces) {
    // A server that has refused may have closed already.
    await new Promise<void>((resolve) => connection.socket.write(piece, () => resolve()));
  }
  if (end === 'cut') connection.socket.destroy();
  else if (end === 'half-close') connection.socket.end();
  const reply = await answer;
  connection.close();
  return reply;
}

/** Resident bytes once a frame shows all writes: what the prover takes for them is not what connections cost. */
async function restingBytes(): Promise<number> {
  await expect.poll(async () => (await adminStatus(suite.target)).proofs.lagSeconds).toBe(0);
  return readUsage(suite.target.pid).rssBytes;
}

function openHandles(): number {
  return readdirSync(`/proc/${suite.target.pid}/fd`).length;
}

/** Nothing staged, no object, no upload but those the test made; and the next request is served. */
async function expectNoTrace(bucket: string, handles: number): Promise<void> {
  expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
  await expect
    .poll(async () => {
      await collectNow(suite.target);
      return (await adminUsage(suite.target)).storage.chunkBytes;
    })
    .toBeLessThan(MiB);
  // Connections end a moment after their peers; those of this test's own clients stay.
  await expect.poll(openHandles).toBeLessThan(handles + 30);
  await suite.put(bucket, 'next', 'works');
  const reply = await suite.caller().ok({ method: 'GET', path: `/${bucket}/next` });
  expect(reply.body.toString()).toBe('works');
  await suite.caller().ok({ method: 'DELETE', path: `/${bucket}/next` }, 204);
}

afterEach(() => {
  expect(suite.target.output()).not.toMatch(/"level":(?:50|60)|a reason of our own/);
});

const crc = 'x-amz-checksum-crc32:AAAAAA==\r\n\r\n';

test('a request cut anywhere leaves nothing', async () => {
  const bucket = await suite.bucket();
  const handles = openHandles();
  const path = `/${bucket}/k`;
  const head = putHead(path, 12 * MiB);
  const body = streamBytes('cut', 12 * MiB);
  const chunk = `${(9 * MiB).toString(16)}\r\n`;
  const coded = putHead(path, 10 * MiB, { decoded: 9 * MiB });
  const cuts: (string | Uint8Array)[][] = [
    [],
    [head.slice(0, 10)],
    [head.slice(0, -3)],
    [head],
    [head, body.subarray(0, 1)],
    [head, body.subarray(0, 9 * MiB)],
    [head, body.subarray(0, 12 * MiB - 1)],
    [coded, chunk.slice(0, 3)],
    [coded, chunk],
    [coded, chunk, body.subarray(0, 4 * MiB)],
    [coded, chunk, body.subarray(0, 9 * MiB)],
    [coded, chunk, body.subarray(0, 9 * MiB), '\r\n0\r\n'],
    [coded, chunk, body.subarray(0, 9 * MiB), `\r\n0\r\n${crc.slice(0, 20)}`],
  ];
  for (const pieces of cuts) {
    for (const end of ['cut', 'half-close'] as const) {
      const reply = await send(pieces, end);
      expect(reply?.status ?? 400).toBe(400);
    }
  }
  await expectNoTrace(bucket, handles);
});

test('a part that is cut or wrong leaves no part', async () => {
  const bucket = await suite.bucket();
  const handles = openHandles();
  const caller = suite.caller();
  const begun = await caller.ok({ method: 'POST', path: `/${bucket}/k`, query: { uploads: '' } });
  const UploadId = xmlTexts(begun.body, 'UploadId')[0] as string;
  const path = `/${bucket}/k`;
  const head = putHead(path, 7 * MiB, { query: `partNumber=1&uploadId=${UploadId}` });
  for (const bytes of [0, 1, 6 * MiB]) await send([head, streamBytes('part', bytes)], 'cut');
  const parts = await suite.s3.send(new ListPartsCommand({ Bucket: bucket, Key: 'k', UploadId }));
  expect(parts.Parts ?? []).toEqual([]);
  await caller.ok({ method: 'DELETE', path, query: { uploadId: UploadId } }, 204);
  const { Uploads } = await suite.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  expect(Uploads ?? []).toEqual([]);
  await expectNoTrace(bucket, handles);
});

test('lengths that contradict the body are refused', async () => {
  const bucket = await suite.bucket();
  const handles = openHandles();
  const path = `/${bucket}/k`;
  const body = streamBytes('lengths', MiB);
  const chunked = (decoded: number, chunkBytes: number, sent: Uint8Array): (string | Uint8Array)[] => {
    const line = `${chunkBytes.toString(16)}\r\n`;
    const end = `\r\n0\r\n${crc}`;
    return [putHead(path, line.length + sent.length + end.length, { decoded }), line, sent, end];
  };
  const cases: { readonly pieces: (string | Uint8Array)[]; readonly codes: readonly string[] }[] = [
    { pieces: chunked(MiB + 1, MiB, body), codes: ['IncompleteBody'] },
    { pieces: chunked(MiB - 1, MiB, body), codes: ['IncompleteBody'] },
    { pieces: chunked(MiB, MiB - 1, body), codes: ['InvalidRequest'] },
    { pieces: chunked(MiB, MiB, body.subarray(0, MiB - 1)), codes: ['IncompleteBody', 'InvalidRequest'] },
    { pieces: chunked(MiB, MiB, body), codes: ['BadDigest'] },
    { pieces: [putHead(path, 6 * 1024 ** 3)], codes: ['EntityTooLarge'] },
  ];
  for (const { pieces, codes } of cases) {
    const reply = await send(pieces, 'wait');
    expect(reply?.status).toBe(400);
    expect(codes).toContain(xmlTexts(reply?.body ?? '', 'Code')[0]);
  }
  // Bytes beyond the length are the next request, and no HTTP.
  const connection = await RawConnection.open(suite.target);
  const answer = connection.expectReply();
  connection.socket.write(Buffer.concat([Buffer.from(putHead(path, 10)), body.subarray(0, 100)]));
  expect((await answer).status).toBe(200);
  await new Promise<void>((resolve) => {
    if (connection.socket.destroyed) resolve();
    else connection.socket.once('close', () => resolve());
  });
  await suite.caller().ok({ method: 'DELETE', path }, 204);
  await expectNoTrace(bucket, handles);
});

test('many senders that stand still and then vanish cost bounded memory, and nothing afterwards', async () => {
  const bucket = await suite.bucket();
  const handles = openHandles();
  const before = await restingBytes();
  const piece = streamBytes('standing', 300 * 1024);
  const connections = await Promise.all(
    Array.from({ length: many }, async (_unused, index) => {
      const connection = await RawConnection.open(suite.target);
      connection.expectReply().catch(() => undefined);
      connection.socket.write(putHead(`/${bucket}/k${index}`, 100 * MiB));
      await new Promise<void>((resolve) => connection.socket.write(piece, () => resolve()));
      return connection;
    }),
  );
  // Others are served meanwhile, small ones and large ones: more senders than there are chunk files to write.
  await suite.put(bucket, 'meanwhile', 'served');
  await suite.caller().ok({ method: 'DELETE', path: `/${bucket}/meanwhile` }, 204);
  expect(readUsage(suite.target.pid).rssBytes - before).toBeLessThan(400 * MiB);
  for (const connection of connections) connection.socket.destroy();
  await expectNoTrace(bucket, handles);
});

test('many readers that never read cost bounded memory, and nothing afterwards', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'large', streamBytes('large', 64 * MiB));
  const handles = openHandles();
  const before = await restingBytes();
  const { host, port, identity } = suite.target;
  const path = `/${bucket}/large`;
  const connections = await Promise.all(
    Array.from({ length: many }, async () => {
      const connection = await RawConnection.open(suite.target);
      connection.socket.pause();
      const signed = signRequest(identity, {
        method: 'GET',
        path,
        host: `${host}:${port}`,
        payloadHash: unsignedPayload,
      });
      await new Promise<void>((resolve) =>
        connection.socket.write(formatHead('GET', path, signed), () => resolve()),
      );
      return connection;
    }),
  );
  for (let round = 0; round < 20; round += 1) {
    await suite.caller().ok({ method: 'HEAD', path });
    expect(readUsage(suite.target.pid).rssBytes - before).toBeLessThan(600 * MiB);
  }
  // What is read by nobody can be deleted, and goes when its readers are gone.
  await suite.caller().ok({ method: 'DELETE', path }, 204);
  for (const connection of connections) connection.socket.destroy();
  await expectNoTrace(bucket, handles);
});
