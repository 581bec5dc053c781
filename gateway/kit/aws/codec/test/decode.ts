/** Shorthand for decoding requests in tests. */
import { AwsError, type AwsServiceDefinition } from '../../definition.ts';
import { schemas as s3Schemas } from '../../gen/s3.ts';
import { schemas as stsSchemas } from '../../gen/sts.ts';
import { decodeInput } from '../index.ts';

export const s3: AwsServiceDefinition = {
  signingName: 's3',
  protocol: 'restXml',
  schemas: s3Schemas,
  operations: [],
};
export const sts: AwsServiceDefinition = {
  signingName: 'sts',
  protocol: 'query',
  queryVersion: '2011-06-15',
  schemas: stsSchemas,
  operations: [],
};
export const IDS = { requestId: 'REQ', hostId: 'HOST' };

export interface Given {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export function decode(definition: AwsServiceDefinition, operation: string, given: Given = {}) {
  const headers = new Map(Object.entries(given.headers ?? {}));
  return decodeInput(definition, operation, {
    query: new Map(Object.entries(given.query ?? {})),
    header: (name) => headers.get(name),
    headers,
    labels: given.labels ?? { Bucket: 'b', Key: 'k' },
    body: typeof given.body === 'string' ? Buffer.from(given.body) : (given.body ?? new Uint8Array()),
  });
}

/** Code of the AwsError that decoding throws. */
export function refusal(definition: AwsServiceDefinition, operation: string, given: Given): string {
  try {
    decode(definition, operation, given);
  } catch (error) {
    if (error instanceof AwsError) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'accepted';
}
