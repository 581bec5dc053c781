import { createHash } from 'node:crypto';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../definition.ts';
import { RawHeaders } from '../../http/raw-headers.ts';
import { emptySha256, payloadMode } from '../../sigv4/index.ts';
import { createRequestBody, storedContentEncoding } from '../create.ts';
import { IdleWatch, type Timers } from '../idle-watch.ts';
import { queuedBytesMax } from '../limits.ts';

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

/** Timers that fire when told. */
class ManualTimers implements Timers {
  ticks = new Set<() => void>();
  setInterval(callback: () => void): unknown {
    this.ticks.add(callback);
    return callback;
  }
  clearInterval(handle: unknown): void {
    this.ticks.delete(handle as () => void);
  }
  setTimeout(): unknown {
    return undefined;
  }
  clearTimeout(): void {}
  tick(times: number): void {
    for (let i = 0; i < times; i += 1) for (const callback of [...this.ticks]) callback();
  }
}

function open(headers: Record<string, string>, mode?: string) {
  const source = new PassThrough();
  const timers = new ManualTimers();
  let started = 0;
  const body = createRequestBody({
    headers: new RawHeaders(Object.entries(headers).flat()),
    source,
    mode: mode === undefined ? undefined : payloadMode(mode),
    verified: undefined,
    watch: new IdleWatch(timers, 1000),
    onStart: () => {
      started += 1;
    },
    tooLarge: (max) => new AwsError('TooLarge', 400, String(max)),
  });
  return { source, timers, body, started: () => started };
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of chunks) pieces.push(piece);
  return Buffer.concat(pieces);
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof AwsError ? error.code : String(error)),
  );

describe('plain bodies', () => {
  test('collected in one piece, with its checked hash', async () => {
    const { source, body, started } = open({ 'content-length': '5' }, sha256('hello'));
    expect(started()).toBe(0);
    const whole = body.collect(10);
    expect(started()).toBe(1);
    source.end('hello');
    expect(Buffer.from(await whole).toString()).toBe('hello');
    expect(body.sha256Hex).toBe(sha256('hello'));
  });
  test('collect and chunks agree for any split and any damage', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 }),
        fc.constantFrom('sound', 'wrong hash', 'too short', 'too long'),
        async (pieces, fault) => {
          const all = Buffer.concat(pieces);
          if (all.length === 0) return;
          const declared = all.length + (fault === 'too short' ? 1 : fault === 'too long' ? -1 : 0);
          if (declared === 0) return;
          const hash = fault === 'wrong hash' ? sha256(`${all.toString('hex')}x`) : sha256(all);
          const results: string[] = [];
          for (const how of ['collect', 'chunks'] as const) {
            const { source, body } = open({ 'content-length': String(declared) }, hash);
            const reading = how === 'collect' ? body.collect(1000) : read(body.chunks());
            for (const piece of pieces) source.write(piece);
            source.end();
            results.push(
              await reading.then(
                (bytes) => sha256(bytes),
                (error: AwsError) => error.code,
              ),
            );
          }
          expect(results[0]).toBe(results[1]);
          const expected = { sound: sha256(all), 'wrong hash': 'XAmzContentSHA256Mismatch' }[
            fault as 'sound'
          ];
          expect(results[0]).toBe(expected ?? 'IncompleteBody');
        },
      ),
      { numRuns: 200 },
    );
  });
  test('a body above the limit is refused, declared or not', async () => {
    const declared = open({ 'content-length': '11' });
    expect(await codeOf(declared.body.collect(10))).toBe('TooLarge');
    expect(declared.started()).toBe(0);
    const undeclared = open({ 'transfer-encoding': 'chunked' });
    const whole = codeOf(undeclared.body.collect(10));
    undeclared.source.write('12345678901');
    expect(await whole).toBe('TooLarge');
  });
  test('no body at all', async () => {
    const { body, started } = open({}, emptySha256);
    expect((await body.collect(0)).length).toBe(0);
    expect(started()).toBe(0);
    expect(() => open({}, sha256('x'))).toThrow(AwsError);
  });
  test('it can be read once', async () => {
    const { source, body } = open({ 'content-length': '1' });
    source.end('x');
    await body.collect(1);
    expect(() => body.chunks()).toThrow('once');
  });
});

describe('a sender that goes away or stands still', () => {
  test('a cut connection rejects promptly', async () => {
    for (const how of ['collect', 'chunks'] as const) {
      const { source, body } = open({ 'content-length': '5' });
      const reading = codeOf(how === 'collect' ? body.collect(5) : read(body.chunks()));
      source.write('he');
      source.destroy();
      expect(await reading).toBe('IncompleteBody');
    }
  });
  test('a connection cut before reading began', async () => {
    const { source, body } = open({ 'content-length': '5' });
    source.destroy();
    expect(await codeOf(body.collect(5))).toBe('IncompleteBody');
  });
  test('a standing sender is cut by the idle watch, a slow one is not', async () => {
    const { source, timers, body } = open({ 'content-length': '5' });
    const reading = codeOf(body.collect(5));
    for (const letter of 'hel') {
      timers.tick(4);
      source.write(letter);
      await new Promise(setImmediate);
    }
    timers.tick(5);
    expect(await reading).toBe('RequestTimeout');
    timers.tick(1);
    expect(timers.ticks.size).toBe(0);
  });
});

describe('back-pressure', () => {
  test('the sender is held back while the reader is slow, and our own slowness is not idleness', async () => {
    const total = queuedBytesMax * 4;
    const { source, timers, body } = open({ 'content-length': String(total) });
    const iterator = body.chunks()[Symbol.asyncIterator]();
    let accepted = 0;
    const piece = Buffer.alloc(64 * 1024);
    const feed = (): void => {
      while (accepted < total && source.write(piece)) accepted += piece.length;
    };
    source.on('drain', () => {
      accepted += piece.length;
      feed();
    });
    feed();
    for (let i = 0; i < 50; i += 1) await new Promise(setImmediate);
    expect(source.isPaused()).toBe(true);
    expect(accepted).toBeLessThan(queuedBytesMax * 2);
    timers.tick(50);
    let received = 0;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      received += next.value.length;
      if (accepted >= total && !source.writableEnded) source.end();
    }
    expect(received).toBe(total);
  });
  test('a reader that leaves early stops the flow', async () => {
    const { source, timers, body } = open({ 'content-length': '1000' });
    source.write('hello');
    for await (const piece of body.chunks()) {
      expect(Buffer.from(piece).toString()).toBe('hello');
      break;
    }
    expect(source.isPaused()).toBe(true);
    timers.tick(1);
    expect(timers.ticks.size).toBe(0);
  });
});

describe('headers of chunked bodies', () => {
  const mode = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  const codeOfOpen = (headers: Record<string, string>, value: string): string => {
    try {
      open(headers, value);
      return 'opened';
    } catch (error) {
      return error instanceof AwsError ? error.code : String(error);
    }
  };
  test('the decoded length is required and a number', () => {
    expect(codeOfOpen({ 'content-length': '10' }, mode)).toBe('MissingContentLength');
    for (const value of ['', '-1', '1e3', '0x10', '9999999999999999']) {
      expect(codeOfOpen({ 'x-amz-decoded-content-length': value }, mode)).toBe('InvalidArgument');
    }
  });
  test('signed chunks need a signed request', () => {
    const headers = { 'x-amz-decoded-content-length': '1' };
    expect(codeOfOpen(headers, 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD')).toBe('InvalidRequest');
  });
  test('trailers arrive with the end', async () => {
    const { source, body } = open(
      {
        'content-length': '40',
        'x-amz-decoded-content-length': '5',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
      mode,
    );
    expect(body.contentLength).toBe(5);
    const whole = body.collect(5);
    source.end('5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n');
    expect(Buffer.from(await whole).toString()).toBe('hello');
    expect(body.trailers.get('x-amz-checksum-crc32')).toBe('NhCmhg==');
  });
  test('aws-chunked is no part of the stored encoding', () => {
    expect(storedContentEncoding(undefined)).toBe(undefined);
    expect(storedContentEncoding('aws-chunked')).toBe(undefined);
    expect(storedContentEncoding('gzip')).toBe('gzip');
    expect(storedContentEncoding('aws-chunked, gzip')).toBe('gzip');
    expect(storedContentEncoding('gzip,AWS-Chunked, br')).toBe('gzip,br');
  });
});
