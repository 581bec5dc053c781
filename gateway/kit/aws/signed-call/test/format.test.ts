import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SignedCall } from '../call.ts';
import { decodeSignedCall, encodeSignedCall, MalformedSignedCall } from '../format.ts';
import { signedCallLimits } from '../limits.ts';

const byteString = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const headerName = fc.stringMatching(/^[a-z0-9-]{1,20}$/);
const calls: fc.Arbitrary<SignedCall> = fc.record(
  {
    method: byteString(10),
    rawUrl: byteString(100),
    headers: fc.array(fc.tuple(headerName, byteString(40)), { maxLength: 8 }),
    payloadHash: byteString(64),
    body: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    unsigned: fc.constant(true as const),
  },
  { requiredKeys: ['method', 'rawUrl', 'headers', 'payloadHash'] },
);
const call: SignedCall = {
  method: 'POST',
  rawUrl: '/',
  headers: [
    ['host', 'h'],
    ['x-amz-target', 'TrentService.Sign'],
  ],
  payloadHash: 'ab',
  body: Buffer.from('{}'),
};
const golden =
  '010104504f535400012f000204686f73740001680c782d616d7a2d746172676574001154' +
  '72656e74536572766963652e5369676e0261620000000' +
  '27b7d';

describe('signed calls as bytes', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(calls, (one) => {
        expect(decodeSignedCall(encodeSignedCall(one, { withBody: true }))).toEqual(one);
        const { body: _, ...withheld } = one;
        expect(decodeSignedCall(encodeSignedCall(one, { withBody: false }))).toEqual(withheld);
      }),
    );
  });

  it('of version 1 stay readable', () => {
    expect(encodeSignedCall(call, { withBody: true }).toString('hex')).toBe(golden);
    expect(decodeSignedCall(Buffer.from(golden, 'hex'))).toEqual(call);
  });

  it('have one form: what decodes is what would be written', () => {
    const bytes = encodeSignedCall(call, { withBody: true });
    const changes = fc.array(fc.record({ at: fc.nat(bytes.length - 1), value: fc.nat(255) }), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(changes, fc.nat(bytes.length), fc.uint8Array({ maxLength: 3 }), (changed, cut, more) => {
        const other = Buffer.concat([bytes.subarray(0, bytes.length - (cut % 7)), more]);
        for (const { at, value } of changed) if (at < other.length) other[at] = value;
        let decoded: SignedCall;
        try {
          decoded = decodeSignedCall(other);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedSignedCall);
          return;
        }
        expect(encodeSignedCall(decoded, { withBody: true }).equals(other)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('are malformed when they end early or go on', () => {
    const bytes = encodeSignedCall(call, { withBody: true });
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => decodeSignedCall(bytes.subarray(0, length))).toThrow(MalformedSignedCall);
    expect(() => decodeSignedCall(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(MalformedSignedCall);
  });

  it.each<[string, Partial<SignedCall>]>([
    ['method', { method: 'M'.repeat(signedCallLimits.methodBytesMax + 1) }],
    ['URL', { rawUrl: '/'.repeat(signedCallLimits.urlBytesMax + 1) }],
    ['number of headers', { headers: Array(signedCallLimits.headersMax + 1).fill(['a', 'b']) }],
    ['header', { headers: [['a', 'b'.repeat(signedCallLimits.headerValueBytesMax + 1)]] }],
    ['name of a header', { headers: [['a'.repeat(256), 'b']] }],
    ['name in capitals', { headers: [['Host', 'b']] }],
    ['payload hash', { payloadHash: 'a'.repeat(signedCallLimits.payloadHashBytesMax + 1) }],
    ['body', { body: Buffer.alloc(signedCallLimits.bodyBytesMax + 1) }],
    ['text that is no byte string', { rawUrl: '/日' }],
  ])('have a limit: %s', (_what, part) => {
    expect(() => encodeSignedCall({ ...call, ...part }, { withBody: true })).toThrow(RangeError);
  });

  it('are refused by a length alone, before anything is kept', () => {
    const bytes = encodeSignedCall({ ...call, headers: [], body: Buffer.alloc(0) }, { withBody: true });
    bytes.writeUInt32BE(0xffff_ffff, bytes.length - 4);
    expect(() => decodeSignedCall(bytes)).toThrow(MalformedSignedCall);
  });
});
