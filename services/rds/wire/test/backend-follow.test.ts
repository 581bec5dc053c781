import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BackendFollow } from '../backend-follow.ts';
import { wireLimits } from '../limits.ts';
import { message } from '../messages.ts';

const notice = (routine: string, text: string, code = '01000') =>
  message('N', `SWARNING\0VWARNING\0C${code}\0M${text}\0Fsyncrep.c\0L${281}\0R${routine}\0\0`);
const commitNotice = (
  text = 'canceling wait for synchronous replication due to user request',
  code?: string,
) => notice('SyncRepWaitForLSN', text, code);

interface Outcome {
  readonly passed: Buffer;
  /** Bytes that had passed when each commit was held. */
  readonly holds: readonly number[];
}

/** As the relay does it, with the stream cut into these pieces. */
function relay(pieces: readonly Buffer[]): Outcome {
  const follow = new BackendFollow();
  const passed: Buffer[] = [];
  const holds: number[] = [];
  let rest = Buffer.alloc(0);
  let bytes = 0;
  const offer = (chunk: Buffer): void => {
    const to = follow.scan(chunk, 0, chunk.length);
    passed.push(Buffer.from(chunk.subarray(0, to)));
    bytes += to;
    if (follow.stop === 'partial') rest = Buffer.from(chunk.subarray(to));
    else if (follow.stop === 'commit') {
      holds.push(bytes);
      offer(chunk.subarray(to + follow.noticeBytes));
    } else expect(to).toBe(chunk.length);
  };
  for (const piece of pieces) {
    const chunk = Buffer.concat([rest, piece]);
    rest = Buffer.alloc(0);
    offer(chunk);
  }
  expect(rest).toHaveLength(0);
  expect(follow.isBetween).toBe(true);
  return { passed: Buffer.concat(passed), holds };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort(
    (left, right) => left - right,
  );
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const ordinary = fc
  .tuple(fc.constantFrom('D', 'C', 'Z', 'T', 'd', 'A', 'S'), fc.uint8Array({ maxLength: 40 }))
  .map(([type, body]) => message(type, Buffer.from(body)));
const otherNotice = fc
  .tuple(fc.constantFrom('exec_stmt_raise', 'SyncRepWaitForLS', 'XSyncRepWaitForLSN'), fc.string())
  .map(([routine, text]) => notice(routine, text.replaceAll('\0', '')));
const held = fc.string().map((text) => commitNotice(text.replaceAll('\0', '')));

test('everything passes but the notices of commits that did not wait, however the stream is cut', () => {
  const part = fc.oneof(
    ordinary.map((bytes) => ({ bytes, isHeld: false })),
    otherNotice.map((bytes) => ({ bytes, isHeld: false })),
    held.map((bytes) => ({ bytes, isHeld: true })),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 30 }), (parts, places) => {
      const stream = Buffer.concat(parts.map(({ bytes }) => bytes));
      const kept = parts.filter(({ isHeld }) => !isHeld).map(({ bytes }) => bytes);
      const holds: number[] = [];
      let at = 0;
      for (const { bytes, isHeld } of parts) {
        if (isHeld) holds.push(at);
        else at += bytes.length;
      }
      expect(relay(cut(stream, places))).toEqual({ passed: Buffer.concat(kept), holds });
    }),
  );
});

test('a notice that is too long to be kept back is held behind its end', () => {
  const long = commitNotice('x'.repeat(wireLimits.noticeBytesMax + 5));
  const other = notice('elsewhere', 'y'.repeat(wireLimits.noticeBytesMax + 5));
  const tag = message('C', 'COMMIT\0');
  const stream = Buffer.concat([tag, other, long, tag]);
  const whole = { passed: stream, holds: [tag.length + other.length + long.length] };
  expect(relay([stream])).toEqual(whole);
  const bytes = fc.array(fc.nat(stream.length), { maxLength: 20 });
  fc.assert(
    fc.property(bytes, (places) => {
      // Cuts near the ends are the ones that matter.
      const near = places.map((place) => tag.length + other.length + long.length - (place % 40));
      expect(relay(cut(stream, [...places, ...near]))).toEqual(whole);
    }),
    { numRuns: 30 },
  );
});

test('the notice of a session that was terminated passes: nothing is acknowledged after it', () => {
  const bytes = commitNotice('canceling the wait', '57P01');
  expect(relay([bytes])).toEqual({ passed: bytes, holds: [] });
});

test('whether a message is under way is known', () => {
  const follow = new BackendFollow();
  const bytes = message('D', 'abc');
  expect(follow.isBetween).toBe(true);
  for (let at = 0; at < bytes.length; at++) {
    follow.scan(bytes, at, at + 1);
    expect(follow.isBetween).toBe(at === bytes.length - 1);
  }
});

test('what is no message is refused', () => {
  expect(() => new BackendFollow().scan(Buffer.from('D\0\0\0\x03', 'latin1'), 0, 5)).toThrow();
  const follow = new BackendFollow();
  follow.scan(Buffer.from('D\0\0', 'latin1'), 0, 3);
  expect(() => follow.scan(Buffer.from('\0\x03', 'latin1'), 0, 2)).toThrow();
});
