import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AwsError, type AwsServiceDefinition } from '../../definition.ts';
import { decodeInput } from '../index.ts';
import { s3, sts } from './decode.ts';

const json: AwsServiceDefinition = { ...s3, protocol: 'restJson1' };
const rpc: AwsServiceDefinition = { ...s3, protocol: 'awsJson1.1' };

/** Names that schemas know, so that random requests get past the first check. */
const names = [
  ...new Set(
    Object.values(s3.schemas.shapes).flatMap((shape) =>
      shape.type === 'structure'
        ? Object.entries(shape.members).map(([name, m]) => m.locationName ?? m.xmlName ?? name)
        : [],
    ),
  ),
];
const name = fc.oneof(
  fc.constantFrom(...names),
  fc.constantFrom('__proto__', 'constructor', 'toString', '', 'x-amz-meta-__proto__'),
);
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('1', 'true', '%zz', '%ff', '2020-01-01', '[]', '{}', '\0'),
);
const xml = fc.letrec<{ node: string }>((tie) => ({
  node: fc
    .tuple(
      fc.constantFrom(...names),
      fc.oneof(
        { maxDepth: 5 },
        text,
        fc.array(tie('node'), { maxLength: 3 }).map((a) => a.join('')),
      ),
    )
    .map(([tag, inner]) => `<${tag}>${inner}</${tag}>`),
})).node;
const body = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  xml.map((doc) => Buffer.from(doc)),
  fc.json({ maxDepth: 4 }).map((doc) => Buffer.from(doc)),
  fc
    .array(fc.tuple(name, text), { maxLength: 5 })
    .map((pairs) => Buffer.from(pairs.map((p) => p.join('=')).join('&'))),
);

describe('hostile requests', () => {
  it('give an input object or an AwsError, and never touch prototypes', () => {
    const service = fc
      .constantFrom(s3, json, rpc, sts)
      .chain((definition) =>
        fc
          .constantFrom(...Object.keys(definition.schemas.operations))
          .map((operation) => ({ definition, operation })),
      );
    const pairs = fc.array(fc.tuple(name, text), { maxLength: 6 });
    fc.assert(
      fc.property(
        service,
        pairs,
        pairs,
        fc.dictionary(name, text),
        body,
        ({ definition, operation }, query, headers, labels, bytes) => {
          const lower = new Map(headers.map(([key, value]) => [key.toLowerCase(), value]));
          try {
            const input = decodeInput(definition, operation, {
              query: new Map(query),
              header: (key) => lower.get(key),
              headers: lower,
              labels: { Bucket: 'b', Key: 'k', ...labels },
              body: bytes,
            });
            expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
          } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            expect(error.status).toBe(400);
          }
          expect(Object.keys(Object.prototype)).toEqual([]);
        },
      ),
      { numRuns: process.env.HYPERGATE_SOAK === '1' ? 200_000 : 8_000 },
    );
  });
});
