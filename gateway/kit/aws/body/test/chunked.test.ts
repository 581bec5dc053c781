import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../../definition.ts';
import { ChunkSigner, deriveSigningKey, type RequestSignature } from '../../sigv4/index.ts';
import { ChunkedDecoder, type ChunkedOptions } from '../chunked-decoder.ts';

const runs = process.env.HYPERGATE_SOAK === '1' ? 5_000 : 150;

const signature: RequestSignature = {
  form: 'header',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  scope: { date: '20130524', region: 'us-east-1', service: 's3' },
  signedHeaders: ['host'],
  signedHeadersText: 'host',
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  time: { ms: Date.UTC(2013, 4, 24), iso: '20130524T000000Z' },
  expiresSeconds: undefined,
  sessionToken: undefined,
};
const key: KeyObject = deriveSigningKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', signature.scope);

/** The test's own signer, written apart from the product's. */
class Signer {
  previous = signature.signature;
  #sign(kind: string, rest: string): string {
    const text = `AWS4-HMAC-SHA256-${kind}\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n${this.previous}\n${rest}`;
    this.previous = createHmac('sha256', key).update(text).digest('hex');
    return this.previous;
  }
  chunk(data: Uint8Array): string {
    return this.#sign('PAYLOAD', `${sha256('')}\n${sha256(data)}`);
  }
  trailer(text: string): string {
    return this.#sign('TRAILER', sha256(text));
  }
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

interface Encoding {
  readonly signed: boolean;
  readonly trailers?: Readonly<Record<string, string>>;
}

function encode(chunks: readonly Uint8Array[], encoding: Encoding): Buffer {
  const signer = new Signer();
  const pieces: (string | Uint8Array)[] = [];
  const line = (data: Uint8Array) =>
    `${data.length.toString(16)}${encoding.signed ? `;chunk-signature=${signer.chunk(data)}` : ''}\r\n`;
  for (const data of chunks) pieces.push(line(data), data, '\r\n');
  pieces.push(line(new Uint8Array(0)));
  if (encoding.trailers !== undefined) {
    const entries = Object.entries(encoding.trailers);
    for (const [name, value] of entries) pieces.push(`${name}:${value}\r\n`);
    if (encoding.signed) {
      const text = entries.map(([name, value]) => `${name}:${value}\n`).join('');
      pieces.push(`x-amz-trailer-signature:${signer.trailer(text)}\r\n`);
    }
  }
  pieces.push('\r\n');
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)));
}

function options(chunks: readonly Uint8Array[], encoding: Encoding): ChunkedOptions {
  return {
    signer: encoding.signed ? new ChunkSigner(signature, key) : undefined,
    trailer: encoding.trailers !== undefined,
    announced: new Set(Object.keys(encoding.trailers ?? {})),
    decodedLength: chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  };
}

interface Result {
  readonly body: string;
  readonly trailers: Record<string, string>;
  readonly error: string | undefined;
}

/** Feeds the bytes cut at the given places. */
function decode(bytes: Buffer, cuts: readonly number[], with_: ChunkedOptions): Result {
  const decoder = new ChunkedDecoder(with_);
  const pieces: Buffer[] = [];
  let error: string | undefined;
  try {
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      decoder.push(bytes.subarray(from, to), (piece) => pieces.push(Buffer.from(piece)));
      from = to;
    }
    decoder.end();
  } catch (thrown) {
    if (!(thrown instanceof AwsError)) throw thrown;
    error = thrown.code;
  }
  return {
    body: error === undefined ? sha256(Buffer.concat(pieces)) : '',
    trailers: error === undefined ? Object.fromEntries(decoder.trailers) : {},
    error,
  };
}

const everyByte = (bytes: Buffer) => Array.from({ length: bytes.length }, (_, i) => i);
const big = (fill: string, bytes = 8192) => Buffer.alloc(bytes, fill);

const encodings: Record<string, Encoding> = {
  signed: { signed: true },
  'signed with trailer': { signed: true, trailers: { 'x-amz-checksum-crc32c': 'wdBDMA==' } },
  'unsigned with trailer': { signed: false, trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' } },
  'unsigned, no trailer announced': { signed: false, trailers: {} },
};

describe('the example of the S3 reference', () => {
  const first = Buffer.alloc(65536, 'a');
  const second = Buffer.alloc(1024, 'a');
  const text = (size: string, signed: string) => `${size};chunk-signature=${signed}\r\n`;
  const bytes = Buffer.concat([
    Buffer.from(text('10000', 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648')),
    first,
    Buffer.from(`\r\n${text('400', '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497')}`),
    second,
    Buffer.from(`\r\n${text('0', 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9')}\r\n`),
  ]);
  test('is accepted, and has the published length', () => {
    expect(bytes.length).toBe(66824);
    const result = decode(bytes, [], options([first, second], { signed: true }));
    expect(result).toEqual({ body: sha256(Buffer.concat([first, second])), trailers: {}, error: undefined });
  });
  test('one changed byte of data is refused', () => {
    const changed = Buffer.from(bytes);
    changed[5000]! ^= 1;
    expect(decode(changed, [], options([first, second], { signed: true })).error).toBe(
      'SignatureDoesNotMatch',
    );
  });
});

describe('any split of the bytes gives the same result', () => {
  for (const [name, encoding] of Object.entries(encodings)) {
    test(`${name}: byte by byte`, () => {
      const chunks = [big('a'), big('b', 9000), big('c', 17)];
      const bytes = encode(chunks, encoding);
      const result = decode(bytes, everyByte(bytes), options(chunks, encoding));
      expect(result).toEqual({
        body: sha256(Buffer.concat(chunks)),
        trailers: encoding.trailers ?? {},
        error: undefined,
      });
    });
    test(`${name}: random chunks, random splits, sound or damaged`, () => {
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 12_000 }), { maxLength: 4 }),
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 }),
          fc.option(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 255 }))),
          fc.boolean(),
          (sizes, cutsAt, damage, truncate) => {
            const chunks = sizes.map((size, i) => big(String(i), size));
            let bytes = encode(chunks, encoding);
            if (damage !== null) {
              const at = Math.floor(damage[0] * (bytes.length - 1));
              if (truncate) bytes = bytes.subarray(0, at);
              else bytes[at] = damage[1];
            }
            const cuts = cutsAt.map((at) => Math.floor(at * bytes.length)).sort((a, b) => a - b);
            const whole = decode(bytes, [], options(chunks, encoding));
            const split = decode(bytes, cuts, options(chunks, encoding));
            expect(split).toEqual(whole);
          },
        ),
        { numRuns: runs },
      );
    });
  }
});

describe('malformed bodies', () => {
  const plain: ChunkedOptions = { signer: undefined, trailer: true, announced: new Set(), decodedLength: 5 };
  const cases: readonly (readonly [string, string, string])[] = [
    ['size is no number', 'xyz\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['size is empty', '\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['size is negative', '-5\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['size with 0x', '0x5\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['size with blanks', ' 5\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['size beyond all numbers', `${'f'.repeat(40)}\r\nhello`, 'InvalidRequest'],
    ['size above what was declared', '6\r\nhello!\r\n0\r\n\r\n', 'IncompleteBody'],
    ['size near 2^52', 'fffffffffffff\r\nhello', 'IncompleteBody'],
    ['unknown extension', '5;a=b\r\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['endless chunk line', `5;chunk-signature=${'0'.repeat(100_000)}`, 'InvalidRequest'],
    ['bare line feed', '5\nhello\r\n0\r\n\r\n', 'InvalidRequest'],
    ['chunk longer than its size', '5\r\nhello!\r\n0\r\n\r\n', 'InvalidRequest'],
    ['chunk shorter than its size', '5\r\nhell\r\n0\r\n\r\n', 'InvalidRequest'],
    ['less than declared', '4\r\nhell\r\n0\r\n\r\n', 'IncompleteBody'],
    ['no end', '5\r\nhello\r\n', 'IncompleteBody'],
    ['no last line', '5\r\nhello\r\n0\r\n', 'IncompleteBody'],
    ['nothing at all', '', 'IncompleteBody'],
    ['bytes after the end', '5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.1\r\n', 'InvalidRequest'],
    ['trailer nobody announced', '5\r\nhello\r\n0\r\nx-a:b\r\n\r\n', 'MalformedTrailerError'],
    ['trailer without colon', '5\r\nhello\r\n0\r\nxa\r\n\r\n', 'MalformedTrailerError'],
    ['trailer without name', '5\r\nhello\r\n0\r\n:b\r\n\r\n', 'MalformedTrailerError'],
    ['endless trailer', `5\r\nhello\r\n0\r\nx-a:${'b'.repeat(100_000)}`, 'InvalidRequest'],
  ];
  for (const [name, bytes, code] of cases) {
    test(name, () => {
      const input = Buffer.from(bytes);
      expect(decode(input, [], plain).error).toBe(code);
      expect(decode(input, everyByte(input).slice(0, 2000), plain).error).toBe(code);
    });
  }
  test('a small chunk before the last one', () => {
    const chunks = [big('a', 100), big('b', 100)];
    const result = decode(encode(chunks, { signed: true }), [], options(chunks, { signed: true }));
    expect(result.error).toBe('InvalidChunkSizeError');
  });
  test('an announced trailer that never came, or came twice', () => {
    const announced = { ...plain, announced: new Set(['x-a']) };
    expect(decode(Buffer.from('5\r\nhello\r\n0\r\n\r\n'), [], announced).error).toBe('MalformedTrailerError');
    const twice = Buffer.from('5\r\nhello\r\n0\r\nx-a:1\r\nx-a:1\r\n\r\n');
    expect(decode(twice, [], announced).error).toBe('MalformedTrailerError');
  });
  test('trailers are refused where none are allowed', () => {
    const input = Buffer.from('5\r\nhello\r\n0\r\nx-a:b\r\n\r\n');
    expect(decode(input, [], { ...plain, trailer: false }).error).toBe('MalformedTrailerError');
  });
});

describe('signatures', () => {
  const chunks = [big('a'), big('b', 10)];
  const encoding: Encoding = { signed: true, trailers: { 'x-amz-checksum-crc32c': 'wdBDMA==' } };
  const sound = encode(chunks, encoding).toString('latin1');
  const refused = (text: string) => decode(Buffer.from(text, 'latin1'), [], options(chunks, encoding)).error;
  test('a chunk without signature', () => {
    expect(refused(sound.replace(/;chunk-signature=[0-9a-f]+/, ''))).toBe('SignatureDoesNotMatch');
  });
  test('a changed trailer', () => {
    expect(refused(sound.replace('wdBDMA==', 'wdBDMB=='))).toBe('SignatureDoesNotMatch');
  });
  test('a trailer without signature', () => {
    expect(refused(sound.replace(/x-amz-trailer-signature:[0-9a-f]+\r\n/, ''))).toBe('MalformedTrailerError');
  });
  test('a trailer after the signature', () => {
    expect(refused(sound.replace(/\r\n\r\n$/, '\r\nx-amz-checksum-sha1:a\r\n\r\n'))).toBe(
      'MalformedTrailerError',
    );
  });
  test('chunks in another order', () => {
    const swapped = [big('b', 8192), big('a', 8192)];
    const bytes = encode([swapped[1]!, swapped[0]!], { signed: true });
    const half = (bytes.length - encode([], { signed: true }).length) / 2;
    const other = Buffer.concat([
      bytes.subarray(half, 2 * half),
      bytes.subarray(0, half),
      bytes.subarray(2 * half),
    ]);
    expect(decode(other, [], options(swapped, { signed: true })).error).toBe('SignatureDoesNotMatch');
  });
  test('another key', () => {
    const other = new ChunkSigner(signature, createSecretKey(Buffer.alloc(32)));
    expect(
      decode(Buffer.from(sound, 'latin1'), [], { ...options(chunks, encoding), signer: other }).error,
    ).toBe('SignatureDoesNotMatch');
  });
});
