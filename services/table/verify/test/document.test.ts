import { ProofRefused } from '@hypergate/node/verifier';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  base64url,
  decodeDocument,
  documentBytesMax,
  documentText,
  encodeDocument,
  type ProofDocument,
} from '../index.ts';

const plain = (bytes: Uint8Array) => Uint8Array.from(bytes);
const bytes = (maxLength = 40) => fc.uint8Array({ maxLength }).map(plain);
const text = fc.string({ unit: 'binary', maxLength: 20 });

const documents: fc.Arbitrary<ProofDocument> = fc.record({
  subject: text,
  frame: fc.maxSafeNat(),
  time: text,
  secrets: fc.array(fc.option(bytes(), { nil: undefined }), { maxLength: 4 }),
  absences: fc.array(fc.record({ item: fc.nat(), table: text, partition: bytes(), sort: bytes() }), {
    maxLength: 3,
  }),
  addresses: fc.array(fc.record({ domain: bytes(), table: text, disclosure: bytes(100) }), { maxLength: 3 }),
  proof: bytes(200),
});

const small: ProofDocument = {
  subject: 's3://photos/\u{1f408} "1".jpg',
  frame: 12,
  time: '2026-01-02T03:04:05.678Z',
  secrets: [Uint8Array.of(1, 2, 3, 250), undefined, Uint8Array.of(255)],
  absences: [{ item: 1, table: 's3.objects', partition: new Uint8Array(0), sort: Uint8Array.of(0, 7) }],
  addresses: [{ domain: Uint8Array.of(9, 9), table: '\u0001blob', disclosure: Uint8Array.of(4) }],
  proof: Uint8Array.from({ length: 50 }, (_, index) => index * 5),
};

/** The document, or undefined when it is refused; any other failure is one. */
function decoded(bytes: Uint8Array): ProofDocument | undefined {
  try {
    return decodeDocument(documentText(bytes));
  } catch (error) {
    if (error instanceof ProofRefused) return undefined;
    throw error;
  }
}

test('what is written is read', () => {
  fc.assert(
    fc.property(documents, (one) => {
      expect(decodeDocument(encodeDocument(one))).toEqual(one);
    }),
  );
});

test('these bytes are written and read for ever', () => {
  expect(encodeDocument(small)).toBe(`{
 "format": "hypergate/proof/v1",
 "subject": "s3://photos/\u{1f408} \\"1\\".jpg",
 "frame": 12,
 "time": "2026-01-02T03:04:05.678Z",
 "secrets": [
  "AQID-g",
  null,
  "_w"
 ],
 "absences": [
  {
   "item": 1,
   "table": "s3.objects",
   "partition": "",
   "sort": "AAc"
  }
 ],
 "addresses": [
  {
   "domain": "CQk",
   "table": "\\u0001blob",
   "disclosure": "BA"
  }
 ],
 "proof": "AAUKDxQZHiMoLTI3PEFGS1BVWl9kaW5zeH2Ch4yRlpugpaqvtLm-w8jN0tfc4ebr8PU"
}
`);
});

test('every flipped bit is refused or says something else', () => {
  const good = Buffer.from(encodeDocument(small));
  let refused = 0;
  for (let bit = 0; bit < good.length * 8; bit += 1) {
    const bad = Buffer.from(good);
    bad[bit >> 3]! ^= 1 << (bit & 7);
    const document = decoded(bad);
    if (document === undefined) refused += 1;
    else expect(document, `bit ${bit}`).not.toEqual(small);
  }
  expect(refused).toBeGreaterThan(good.length * 4);
});

test('every byte that is added, left out or changed is refused or says something else', () => {
  const good = Buffer.from(encodeDocument(small));
  for (let at = 0; at <= good.length; at += 1) {
    const rest = good.subarray(at);
    for (const byte of Buffer.from('\0\n "\\,0A_=+/{}[]\x80\xff', 'latin1')) {
      const added = Buffer.concat([good.subarray(0, at), Buffer.of(byte), rest]);
      expect(decoded(added), `${byte} at ${at}`).not.toEqual(small);
    }
    if (at < good.length) {
      const shorter = Buffer.concat([good.subarray(0, at), rest.subarray(1)]);
      expect(decoded(shorter), `without ${at}`).not.toEqual(small);
    }
  }
});

describe('another form of the same document is refused', () => {
  const good = encodeDocument(small);
  const cases: readonly (readonly [string, string])[] = [
    ['other white space', good.replaceAll('\n', '\r\n')],
    ['one line', JSON.stringify(JSON.parse(good))],
    ['no end of line', good.trimEnd()],
    ['an escaped letter', good.replace('"s3:', '"\\u00733:')],
    ['an escaped slash', good.replace('s3://', 's3:\\/\\/')],
    ['a number with a fraction', good.replace('12,', '12.0,')],
    ['a number with an exponent', good.replace('12,', '1.2e1,')],
    ['minus zero', good.replace('"item": 1', '"item": -0')],
    ['a field twice', good.replace(' "frame"', ' "frame": 12,\n "frame"')],
    ['another order', good.replace(/( "frame": 12,\n)( "time".*\n)/, '$2$1')],
    ['one more field', good.replace(' "frame"', ' "note": 1,\n "frame"')],
    ['a field of the prototype', good.replace(' "frame"', ' "__proto__": {},\n "frame"')],
    ['padding', good.replace('"AQID-g"', '"AQID-g=="')],
    ['the other alphabet', good.replace('AQID-g', 'AQID+g')],
    ['stray bits behind the last byte', good.replace('AQID-g', 'AQID-h')],
    ['a letter too many', good.replace('AQID-g', 'AQID-gAAA')],
    ['white space in base64', good.replace('AQID-g', 'AQID -g')],
    ['a byte order mark', `\ufeff${good}`],
    ['nothing', ''],
    ['another value', 'null'],
    ['a deep list', '['.repeat(100_000)],
  ];
  test.each(cases)('%s', (_name, bad) => {
    expect(bad).not.toBe(good);
    expect(decoded(Buffer.from(bad))).toBeUndefined();
  });
});

test('bytes that are no UTF-8 are refused, also where the same text would be read', () => {
  const strange = { ...small, subject: 's3://b/\ufffd' };
  const good = Buffer.from(encodeDocument(strange));
  expect(decoded(good)).toEqual(strange);
  const at = good.indexOf(Buffer.from('\ufffd'));
  const bad = Buffer.concat([good.subarray(0, at), Buffer.of(0xff), good.subarray(at + 3)]);
  expect(bad.toString()).toBe(good.toString());
  expect(decoded(bad)).toBeUndefined();
});

test('a document beyond the limit is refused before it is parsed', () => {
  expect(() => documentText(new Uint8Array(documentBytesMax + 1))).toThrow('too large');
  expect(() => decodeDocument(' '.repeat(documentBytesMax + 1))).toThrow('too large');
});

test('base64url is that of Node', () => {
  fc.assert(
    fc.property(bytes(), (one) => {
      expect(base64url(one)).toBe(Buffer.from(one).toString('base64url'));
    }),
  );
});
