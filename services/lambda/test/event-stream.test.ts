import { EventStreamCodec } from '@smithy/core/event-streams';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeChunk, encodeComplete } from '../wire/event-stream.ts';

const text = (value: string) => ({ type: 'string', value });
const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  (value) => Buffer.from(value),
);

test('a chunk has the bytes that the SDK writes for it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (body) => {
      const golden = codec.encode({
        headers: {
          ':event-type': text('PayloadChunk') as never,
          ':content-type': text('application/octet-stream') as never,
          ':message-type': text('event') as never,
        },
        body,
      });
      expect(Buffer.from(encodeChunk(body))).toEqual(Buffer.from(golden));
    }),
  );
});

test('the end says what went wrong, and nothing of what did not', () => {
  const read = (end: Parameters<typeof encodeComplete>[0]) => {
    const { headers, body } = codec.decode(encodeComplete(end));
    expect(headers[':event-type']?.value).toBe('InvokeComplete');
    return JSON.parse(Buffer.from(body).toString('utf8'));
  };
  expect(read({})).toEqual({});
  const end = { errorCode: 'Unhandled', errorDetails: '{"errorType":"é"}', logResult: 'bG9n' };
  expect(read(end)).toEqual({
    ErrorCode: 'Unhandled',
    ErrorDetails: '{"errorType":"é"}',
    LogResult: 'bG9n',
  });
});

test('a chunk without bytes has these', () => {
  expect(Buffer.from(encodeChunk(new Uint8Array())).toString('hex')).toBe(
    '0000006a0000005a3d1e086f0b3a6576656e742d7479706507000c5061796c6f61644368756e6b0d3a636f6e74656e742d747970650700186170706c69636174696f6e2f6f637465742d73747265616d0d3a6d6573736167652d747970650700056576656e7460b0ca74',
  );
});
