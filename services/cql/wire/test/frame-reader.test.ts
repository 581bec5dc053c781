import { describe, expect, test } from 'vitest';
import { opcodes } from '../api.ts';
import { writeFrameError } from '../error-answers.ts';
import { FrameError } from '../frame-error.ts';
import { FrameReader } from '../frame-reader.ts';
import { FrameWriter } from '../frame-writer.ts';
import { wireLimits } from '../limits.ts';
import { segmentsOf } from '../segments.ts';
import { allFrames, requestFrame } from './support/frames.ts';
import { packableBytes, randomBytes, randomSplit, seed, seededRandom } from './support/seeded.ts';

const startup = requestFrame(4, opcodes.startup, Buffer.from([0, 0]));

function failure(reader: FrameReader, bytes: Buffer): FrameError {
  try {
    allFrames(reader, [bytes]);
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Of a client that has logged in. */
function startedReader(version: 3 | 4 | 5, compression?: 'lz4' | 'snappy'): FrameReader {
  const reader = new FrameReader();
  reader.start(version, compression);
  reader.admit();
  return reader;
}

describe('any split of the bytes gives the same frames', () => {
  test.each([
    ['v4', undefined],
    ['v5', undefined],
    ['v5 with LZ4', 'lz4' as const],
  ])('%s', (name, compression) => {
    const random = seededRandom(seed);
    const version = name === 'v4' ? 4 : 5;
    for (let round = 0; round < 30; round++) {
      const bodies = Array.from({ length: 1 + random() * 8 }, () =>
        packableBytes(random, Math.floor(random() ** 4 * 150_000)),
      );
      const sent = bodies.map((body, stream) => requestFrame(version, opcodes.query, body, stream));
      const wire = version === 5 ? sent.map((frame) => segmentsOf(frame, compression !== undefined)) : sent;
      const pieces = randomSplit(random, Buffer.concat(wire), random() < 0.3 ? 11 : 70_000);
      const frames = allFrames(startedReader(version, compression), pieces);
      expect(
        frames.map(({ stream }) => stream),
        `seed ${seed}`,
      ).toEqual(bodies.map((_, stream) => stream));
      for (const [i, { body }] of frames.entries())
        expect(body.equals(bodies[i]!), `seed ${seed}`).toBe(true);
    }
  });
});

test('several frames in one outer frame', () => {
  const frames = [1, 2, 3].map((stream) => requestFrame(5, opcodes.options, Buffer.alloc(0), stream));
  const read = allFrames(startedReader(5), [segmentsOf(Buffer.concat(frames), false)]);
  expect(read.map(({ stream }) => stream)).toEqual([1, 2, 3]);
});

test('frames of v5 come bare until the client has started, and framed behind that', () => {
  const reader = new FrameReader();
  const first = requestFrame(5, opcodes.startup, Buffer.from([0, 0]));
  const second = segmentsOf(requestFrame(5, opcodes.options, Buffer.alloc(0), 7), false);
  reader.feed(Buffer.concat([first, second]));
  expect(reader.next()?.opcode).toBe(opcodes.startup);
  reader.start(5, undefined);
  expect(reader.next()).toMatchObject({ opcode: opcodes.options, stream: 7 });
});

test('an outer frame that says to hold whole messages and does not is refused', () => {
  const half = segmentsOf(requestFrame(5, opcodes.query, Buffer.alloc(100)).subarray(0, 50), false);
  expect(failure(startedReader(5), half).message).toContain('self-contained');
});

test.each([0, 3, 6, 30])('a changed byte at %i of an outer frame ends the connection', (place) => {
  const wire = segmentsOf(requestFrame(5, opcodes.query, Buffer.alloc(40)), false);
  wire[place]! ^= 0x10;
  const error = failure(startedReader(5), wire);
  expect(error.code).toBe('protocol');
  expect(error.message).toContain('CRC mismatch');
});

describe('versions that are not spoken', () => {
  test.each([
    [66, 66, 5],
    [65, 65, 5],
    [6, 6, 5],
    [2, 2, 2],
    [1, 1, 1],
    [0, 0, 5],
  ])('%i is refused with what is spoken', (version, told, answered) => {
    const error = failure(new FrameReader(), Buffer.from([version, 0x10, 0, 9]));
    expect(error.message).toBe(
      `Invalid or unsupported protocol version (${told}); supported versions are (3/v3, 4/v4, 5/v5)`,
    );
    expect(error.version).toBe(answered);
    expect(error.stream).toBe(answered === 5 ? 9 : 0);
  });

  test('old clients get the short header that they can read', () => {
    const error = failure(new FrameReader(), Buffer.from([2, 0, 5, 1, 0, 0, 0, 0]));
    const answer = writeFrameError(new FrameWriter(4), error);
    expect([...answer.subarray(0, 4)]).toEqual([0x82, 0, 5, 0]);
    expect(answer.readInt32BE(4)).toBe(answer.length - 8);
    expect(answer.readInt32BE(8)).toBe(0x000a);
  });

  test('a frame of another version than the first is refused', () => {
    const error = failure(startedReader(4), requestFrame(3, opcodes.options, Buffer.alloc(0), 3));
    expect(error.message).toContain('Got 3/v3 but previous messages on this connection had version 4/v4');
    expect(error).toMatchObject({ stream: 3, version: 4 });
  });
});

describe('limits', () => {
  const declaring = (length: number) => {
    const frame = requestFrame(4, opcodes.query, Buffer.alloc(0), 12);
    frame.writeInt32BE(length, 5);
    return frame;
  };

  test('before login little is taken', () => {
    const error = failure(new FrameReader(), declaring(wireLimits.bodyBytesBeforeLogin + 1));
    expect(error.message).toBe('Request is too big: length 16385 exceeds maximum allowed length 16384.');
    expect(error.stream).toBe(12);
    expect(allFrames(new FrameReader(), [declaring(wireLimits.bodyBytesBeforeLogin)])).toEqual([]);
  });

  test('after login more, and no more than the limit', () => {
    const frame = requestFrame(4, opcodes.query, Buffer.alloc(wireLimits.bodyBytesBeforeLogin + 1));
    expect(allFrames(startedReader(4), [frame])).toHaveLength(1);
    expect(failure(startedReader(4), declaring(wireLimits.frameBytesMax + 1)).message).toContain('too big');
    expect(failure(startedReader(4), declaring(-1)).message).toContain('body length field: -1');
  });

  test('memory grows with what came, not with what was announced', () => {
    const reader = startedReader(4);
    reader.feed(declaring(wireLimits.frameBytesMax));
    for (let i = 0; i < 100; i++) {
      reader.feed(Buffer.alloc(10));
      expect(reader.next()).toBeUndefined();
      expect(reader.heldBytes).toBeLessThanOrEqual(64 + 2 * 10 * (i + 1));
    }
  });

  test('a packed body that unpacks to more is refused before it is unpacked', () => {
    for (const compression of ['lz4', 'snappy'] as const) {
      const body =
        compression === 'lz4' ? Buffer.from([0x7f, 0, 0, 0, 0]) : Buffer.from([0xff, 0xff, 0xff, 0x7f, 0]);
      const error = failure(startedReader(4, compression), requestFrame(4, opcodes.query, body, 4, 1));
      expect(error.message).toContain('Request is too big');
    }
  });
});

test('a packed frame is refused when nothing was agreed upon', () => {
  const error = failure(new FrameReader(), requestFrame(4, opcodes.query, Buffer.alloc(9), 2, 1));
  expect(error.message).toContain('no compression');
});

test('an answer instead of a request is refused', () => {
  expect(failure(new FrameReader(), requestFrame(0x84, opcodes.ready, Buffer.alloc(0))).message).toContain(
    'Wrong protocol direction',
  );
});

test('nothing comes after a failure', () => {
  const reader = new FrameReader();
  failure(reader, requestFrame(4, opcodes.query, Buffer.alloc(9), 2, 1));
  expect(allFrames(reader, [startup])).toEqual([]);
  expect(reader.heldBytes).toBe(0);
});

test('random bytes and damaged frames give frames or the protocol error, in bounded memory', () => {
  const random = seededRandom(seed);
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const version = ([3, 4, 5] as const)[Math.floor(random() * 3)]!;
    const compression = random() < 0.5 ? ('lz4' as const) : undefined;
    const reader = startedReader(version, compression);
    let wire = requestFrame(
      version,
      opcodes.query,
      packableBytes(random, random() * 300),
      1,
      random() < 0.5 ? 1 : 0,
    );
    if (version === 5) wire = segmentsOf(wire, compression !== undefined);
    wire = Buffer.concat([wire, wire]);
    if (random() < 0.2) wire = randomBytes(random, 1 + random() * 100);
    else for (let i = random() * 3; i >= 0; i--) wire[Math.floor(random() * wire.length)] = random() * 256;
    try {
      allFrames(reader, randomSplit(random, wire, 40));
    } catch (error) {
      expect(error, `seed ${seed}`).toBeInstanceOf(FrameError);
      refused++;
    }
    expect(reader.heldBytes, `seed ${seed}`).toBeLessThanOrEqual(4 * wire.length + 256);
  }
  expect(refused).toBeGreaterThan(500);
});

test.each([
  ['v4', 4 as const],
  ['v5', 5 as const],
])('%s: a chunk that was read is let go of, and its memory may be used again', (_name, version) => {
  const reader = startedReader(version);
  const frame = requestFrame(version, opcodes.options, Buffer.alloc(0), 9);
  const wire = Buffer.concat([version === 5 ? segmentsOf(frame, false) : frame, frame.subarray(0, 5)]);
  const [first, second] = [wire.subarray(0, -5), Buffer.concat([wire.subarray(0, -5)])];
  for (const part of [first, second]) {
    const chunk = Buffer.from(part.buffer.slice(part.byteOffset, part.byteOffset + part.length));
    reader.feed(chunk);
    expect(reader.release()).toBe(false);
    expect(reader.next()?.stream).toBe(9);
    expect(reader.next()).toBeUndefined();
    expect(reader.release()).toBe(true);
    chunk.buffer.transfer(0);
    expect(reader.heldBytes).toBe(0);
  }
});

test('before the login an outer frame may not be longer than a request, packed or not', () => {
  for (const compression of [undefined, 'lz4'] as const) {
    const make = () => {
      const reader = new FrameReader();
      reader.start(5, compression);
      return reader;
    };
    const long = segmentsOf(Buffer.alloc(100_000, 'long'), compression !== undefined);
    expect(failure(make(), long.subarray(0, 8)).message).toContain('Request is too big');
    const small = requestFrame(5, opcodes.authResponse, Buffer.alloc(wireLimits.bodyBytesBeforeLogin), 3);
    expect(allFrames(make(), [segmentsOf(small, compression !== undefined)])).toHaveLength(1);
  }
});
