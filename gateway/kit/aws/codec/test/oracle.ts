/**
 * Real SDK clients as oracles: what a client sends must be routed to the operation and decoded to the input it was
 * given; what we encode the client must parse to the output we were given.
 */
import { expect } from 'vitest';
import type { AwsServiceDefinition, MemberSchema, Shape } from '../../definition.ts';
import {
  createRestRouter,
  decodeInput,
  encodeOutput,
  parseForm,
  routeQueryAction,
  routeTarget,
} from '../index.ts';
import { generator, randomStructure } from './schema-values.ts';

/** More with HYPERGATE_SOAK=1. */
export const SEEDS = Array.from({ length: process.env.HYPERGATE_SOAK === '1' ? 60 : 6 }, (_, i) => i + 1);

type Override = (name: string, member: MemberSchema, shape: Shape) => unknown;

export interface Oracle {
  readonly definition: AwsServiceDefinition;
  readonly sdk: Readonly<Record<string, unknown>>;
  /** Name of the client class in the package. */
  readonly client: string;
  readonly settings?: object;
  readonly inputOverride?: Override;
  readonly outputOverride?: Override;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | string[] | null>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

interface Client {
  send(command: object): Promise<object>;
}

/** The client sends the input of a seed; router and decoder must see the same. */
export async function checkRequest(oracle: Oracle, operation: string, seed: number): Promise<void> {
  const input = inputOf(oracle, operation, seed);
  let decoded: { readonly operation: string; readonly input: Record<string, unknown> } | undefined;
  let failure: unknown;
  const client = clientOf(oracle, (sent) => {
    try {
      decoded = decodeSent(oracle.definition, sent);
    } catch (error) {
      failure = error;
    }
    return { statusCode: 400, headers: {}, body: new Uint8Array() };
  });
  await client.send(commandOf(oracle, operation, input)).catch((error: unknown) => {
    failure ??= decoded === undefined ? error : undefined;
  });
  if (failure !== undefined) throw new Error(`${operation}, seed ${seed}`, { cause: failure });
  expect(decoded?.operation, `seed ${seed}`).toBe(operation);
  // The client adds members of its own (lengths, checksums): what the test set is compared.
  expect(pick(decoded!.input, input), `seed ${seed}`).toEqual(plain(input));
}

/** The encoder writes the output of a seed; the client must parse the same. */
export async function checkReply(oracle: Oracle, operation: string, seed: number): Promise<void> {
  const { schemas } = oracle.definition;
  const outputShape = schemas.operations[operation]!.output;
  const override: Override = (name, member, shape) =>
    member.location === 'status' ? 202 : oracle.outputOverride?.(name, member, shape);
  const output = randomStructure(
    {
      schemas,
      random: generator(seed),
      density: 0.6,
      override,
    },
    outputShape,
  );
  const client = clientOf(oracle, () => {
    const reply = encodeOutput(oracle.definition, operation, { output }, { requestId: 'R', hostId: 'H' });
    const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
    return { statusCode: reply.status, headers: { ...reply.headers }, body };
  });
  const parsed: Record<string, unknown> = {
    ...(await client.send(commandOf(oracle, operation, inputOf(oracle, operation, seed)))),
  };
  for (const [name, value] of Object.entries(parsed)) {
    const stream = value as { transformToByteArray?: () => Promise<Uint8Array> } | null;
    if (typeof stream?.transformToByteArray === 'function')
      parsed[name] = await stream.transformToByteArray();
  }
  expect(pick(parsed, output), `seed ${seed}`).toEqual(plain(output));
}

function inputOf(oracle: Oracle, operation: string, seed: number): Record<string, unknown> {
  const { schemas, protocol } = oracle.definition;
  const override = oracle.inputOverride ?? (() => undefined);
  const options = {
    schemas,
    random: generator(seed),
    density: 0.5,
    neverEmpty: protocol === 'query',
    override,
  };
  return randomStructure(options, schemas.operations[operation]!.input);
}

/** A client whose transport hands requests to a function instead of a socket. */
export function clientOf(oracle: Oracle, reply: (sent: Sent) => Answer): Client {
  const Client = oracle.sdk[oracle.client] as new (settings: object) => Client;
  return new Client({
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    endpoint: 'http://127.0.0.1:4566',
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
    },
    ...oracle.settings,
  });
}

export function commandOf(oracle: Oracle, operation: string, input: object): object {
  const Command = oracle.sdk[`${operation}Command`] as new (input: object) => object;
  return new Command(input);
}

function decodeSent(definition: AwsServiceDefinition, sent: Sent) {
  const query = new Map<string, string>();
  for (const [name, value] of Object.entries(sent.query))
    query.set(name, value === null ? '' : [value].flat().at(-1)!);
  const queryAll = (name: string) => (sent.query[name] === undefined ? [] : [sent.query[name] ?? ''].flat());
  const lower = new Map(
    Object.entries(sent.headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
  const header = (name: string) => lower.get(name);
  const body = bytesOf(sent.body);
  const request = { method: sent.method, rawPath: sent.path, host: '127.0.0.1', query, header };
  const found = routeOf(definition, request, body);
  if (found?.operation === undefined) throw new Error(`no route for ${sent.method} ${sent.path}`);
  const parts = { query, queryAll, header, headers: lower.entries(), labels: found.labels, body };
  return { operation: found.operation, input: decodeInput(definition, found.operation, parts) };
}

const routers = new WeakMap<AwsServiceDefinition, ReturnType<typeof createRestRouter>>();

function routeOf(
  definition: AwsServiceDefinition,
  request: Parameters<ReturnType<typeof createRestRouter>>[0],
  body: Uint8Array,
) {
  if (definition.protocol === 'query')
    return { operation: routeQueryAction(definition, parseForm(body)), labels: {} };
  if (definition.protocol.startsWith('awsJson')) {
    return { operation: routeTarget(definition, request.header('x-amz-target') ?? ''), labels: {} };
  }
  let router = routers.get(definition);
  if (router === undefined) {
    router = createRestRouter(definition.schemas, definition.discriminators);
    routers.set(definition, router);
  }
  return router(request);
}

function bytesOf(body: unknown): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body instanceof Uint8Array ? body : new Uint8Array();
}

function pick(actual: Readonly<Record<string, unknown>>, expected: object): unknown {
  return plain(Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]])));
}

/** Bytes as number lists, whatever class holds them. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
