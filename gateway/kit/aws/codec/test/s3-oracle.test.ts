/**
 * The real S3 client as oracle: what it sends must be routed to the operation and decoded to the input it was given;
 * what we encode it must parse to the output we were given. Random values from the schemas, seeds in every message.
 */
import * as sdk from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { s3Discriminators } from '../../../../../services/s3/wire/route.ts';
import type { AwsServiceDefinition } from '../../definition.ts';
import { schemas } from '../../gen/s3.ts';
import { createRestRouter, decodeInput, encodeOutput } from '../index.ts';
import { generator, randomStructure, type ValueOptions } from './schema-values.ts';

const SEEDS = Array.from({ length: process.env.HYPERGATE_SOAK === '1' ? 60 : 6 }, (_, i) => i + 1);
const definition: AwsServiceDefinition = { signingName: 's3', protocol: 'restXml', schemas, operations: [] };
const route = createRestRouter(schemas, s3Discriminators);

/** Not routed, with the reason. */
const UNROUTED: Readonly<Record<string, string>> = {
  ListDirectoryBuckets: 'the route of ListBuckets, at the host of another service',
  WriteGetObjectResponse: 'lives at a host of its own, chosen by a host prefix',
};
/** Outputs that the client does not parse into values to compare. */
const OUTPUT_SKIPPED: Readonly<Record<string, string>> = {
  SelectObjectContent: 'the output is an event stream',
};

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A client whose transport hands requests to `reply` instead of a socket. */
function clientWith(
  reply: (sent: Sent) => { statusCode: number; headers: Record<string, string>; body: Uint8Array },
) {
  return new sdk.S3Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    forcePathStyle: true,
    endpoint: 'http://127.0.0.1:4566',
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    logger: { trace() {}, debug() {}, info() {}, warn() {}, error() {} },
    requestHandler: {
      handle: async (request: unknown) => {
        const { statusCode, headers, body } = reply(request as Sent);
        return {
          response: { statusCode, headers, body: new Blob([body as Uint8Array<ArrayBuffer>]).stream() },
        };
      },
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    } as never,
  });
}

function commandOf(operation: string, input: object): never {
  const Command = (sdk as unknown as Record<string, new (input: object) => never>)[`${operation}Command`]!;
  return new Command(input);
}

function decodeSent(sent: Sent) {
  const query = new Map<string, string>();
  for (const [name, value] of Object.entries(sent.query))
    query.set(name, value === null ? '' : String(value));
  const lower = new Map(Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const header = (name: string) => lower.get(name);
  const found = route({ method: sent.method, rawPath: sent.path, host: '127.0.0.1', query, header });
  if (found === undefined) return undefined;
  const body =
    typeof sent.body === 'string'
      ? Buffer.from(sent.body)
      : sent.body instanceof Uint8Array
        ? sent.body
        : new Uint8Array();
  const parts = { query, header, headers: lower.entries(), labels: found.labels, body };
  return { operation: found.operation, input: decodeInput(definition, found.operation, parts) };
}

/** The client adds members of its own (content length, checksums): only what the test set is compared. */
function onlyKeysOf(
  actual: Record<string, unknown>,
  expected: Record<string, unknown>,
): Record<string, unknown> {
  return Object.fromEntries(Object.keys(expected).map((key) => [key, plain(actual[key])]));
}

function plain(value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : value;
}

function inputOptions(seed: number): ValueOptions {
  return {
    schemas,
    random: generator(seed),
    density: 0.5,
    override: (name, member, shape) => {
      if (name === 'Bucket' && member.location === 'label') return 'bucket-name';
      if (name === 'ContentLength' || name === 'ContentMD5') return null;
      if (/^Checksum|^ExpectedBucketOwner$|^SSECustomer|^CopySourceSSECustomer|^ContentEncoding$/.test(name))
        return null;
      if (name === 'CopySource') return 'source/key';
      if (name === 'RequestRoute') return 'route';
      if (shape.type === 'streaming' && member.location !== 'payload') return null;
      return undefined;
    },
  };
}

describe('S3 client as oracle', () => {
  for (const operation of Object.keys(schemas.operations)) {
    if (operation in UNROUTED) continue;
    it(`${operation}: requests are routed and decoded to the input`, async () => {
      for (const seed of SEEDS) {
        const input = randomStructure(inputOptions(seed), schemas.operations[operation]!.input);
        let decoded: ReturnType<typeof decodeSent>;
        const client = clientWith((sent) => {
          decoded = decodeSent(sent);
          return { statusCode: 500, headers: {}, body: Buffer.from('<Error><Code>Done</Code></Error>') };
        });
        await client.send(commandOf(operation, input)).catch((error: Error) => {
          if (decoded === undefined) throw new Error(`${operation}, seed ${seed}: ${error.message}`);
        });
        expect(decoded!.operation, `seed ${seed}`).toBe(operation);
        const expected = Object.fromEntries(Object.entries(input).map(([key, value]) => [key, plain(value)]));
        expect(onlyKeysOf(decoded!.input, expected), `seed ${seed}`).toEqual(expected);
      }
    });
  }

  for (const operation of Object.keys(schemas.operations)) {
    if (operation in OUTPUT_SKIPPED) continue;
    it(`${operation}: replies are parsed to the output`, async () => {
      const { input: inputShape, output: outputShape } = schemas.operations[operation]!;
      for (const seed of SEEDS) {
        const random = generator(seed);
        const output = randomStructure(
          {
            schemas,
            random,
            density: 0.6,
            override: (name) =>
              name === 'ContentLength'
                ? 5
                : /^Copy(Object|Part)Result$/.test(name)
                  ? { ETag: '"e"' } // without a body the client takes a copy's 200 for a failure
                  : /^Checksum|^ExpiresString$|^Expires$/.test(name)
                    ? null
                    : undefined,
          },
          outputShape,
        );
        const client = clientWith(() => {
          const reply = encodeOutput(definition, operation, { output }, { requestId: 'R', hostId: 'H' });
          const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
          return { statusCode: reply.status, headers: { ...reply.headers }, body };
        });
        const input = randomStructure(inputOptions(seed), inputShape);
        const parsed: Record<string, unknown> = { ...(await client.send(commandOf(operation, input))) };
        const shape = schemas.shapes[outputShape]!;
        for (const [name, member] of Object.entries(shape.type === 'structure' ? shape.members : {})) {
          if (schemas.shapes[member.shape]!.type === 'streaming' && parsed[name] !== undefined) {
            const stream = parsed[name] as { transformToByteArray(): Promise<Uint8Array> };
            parsed[name] = await stream.transformToByteArray();
          }
        }
        const expected = Object.fromEntries(
          Object.entries(output).map(([key, value]) => [key, plain(value)]),
        );
        expect(onlyKeysOf(parsed, expected), `seed ${seed}`).toEqual(expected);
      }
    });
  }
});
