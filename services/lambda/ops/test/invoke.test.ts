/** Invoke, InvokeAsync and InvokeWithResponseStream as the SDK's own client sees them, over the invoker and the model of an executor. */
import { createHash } from 'node:crypto';
import {
  InvokeAsyncCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { createAwsPort, rootPrincipal } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/lambda';
import { createPooledRandom } from '@hypergate/node/crypto';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { functionNotFound } from '../../engine/errors.ts';
import type { EventInvocation } from '../../events/api.ts';
import {
  accounts,
  openWorld,
  region,
  settled,
  targetOf,
  type World,
} from '../../invoke/test/support/world.ts';
import type { LambdaContext } from '../../store/context.ts';
import { invokeOperations } from '../invoke.ts';
import type { EventStreamEncoder } from '../invoke-stream.ts';
import { rowOf } from '../operation.ts';

const [root] = accounts as [(typeof accounts)[0]];
const utf8 = {
  to: (bytes: Uint8Array | string) => Buffer.from(bytes as Uint8Array).toString('utf8'),
  from: (text: string) => Buffer.from(text, 'utf8'),
};
const codec = new EventStreamCodec(utf8.to, utf8.from);
const event = (type: string, contentType: string, body: Uint8Array): Uint8Array =>
  codec.encode({
    headers: {
      ':message-type': { type: 'string', value: 'event' },
      ':event-type': { type: 'string', value: type },
      ':content-type': { type: 'string', value: contentType },
    },
    body,
  });

/** What the SDK's own codec makes of it. */
const encoder: EventStreamEncoder = {
  encodeChunk: (bytes) => event('PayloadChunk', 'application/octet-stream', bytes),
  encodeComplete: ({ errorCode, errorDetails, logResult }) =>
    event(
      'InvokeComplete',
      'application/json',
      Buffer.from(JSON.stringify({ ErrorCode: errorCode, ErrorDetails: errorDetails, LogResult: logResult })),
    ),
};

let world: World;
let client: LambdaClient;
let events: EventInvocation[];
let close: () => Promise<void>;

beforeEach(async () => {
  world = openWorld();
  events = [];
  const target = targetOf();
  const context = {
    ...world.base,
    invoker: world.invoker,
    events: { put: async (one: EventInvocation) => void events.push(one) },
    functions: {
      resolve: async (name: string, qualifier: string | undefined) => {
        if (name === 'still') return targetOf({ name, row: { reservedConcurrency: 0 } });
        if (name !== 'hello')
          throw functionNotFound(`arn:aws:lambda:${region}:000000000000:function:${name}`);
        return { ...target, qualifier };
      },
      access: async (name: string) => ({
        arn: `arn:aws:lambda:${region}:000000000000:function:${name}`,
        ownerAccountId: root.accountId,
      }),
    },
  } as unknown as LambdaContext;
  const port = await createAwsPort(
    {
      definitions: [
        {
          signingName: 'lambda',
          protocol: 'restJson1',
          requestIds: 'uuid',
          schemas,
          operations: invokeOperations(encoder).map((one) => rowOf(one, (work) => work(context))),
        },
      ],
      s3Domains: [],
      region,
      systemRoutes: [],
    },
    {
      credentials: {
        lookup: (id) =>
          id === root.accessKeyId
            ? { secretAccessKey: root.secretAccessKey, principal: rootPrincipal(root) }
            : undefined,
      },
      logger: pino({ level: 'silent' }),
      metrics: new Registry(),
      clock: { now: Date.now },
      random: createPooledRandom(),
    },
  );
  const tcp = await port.listen({ host: '127.0.0.1', port: 0 });
  client = new LambdaClient({
    region,
    endpoint: `http://127.0.0.1:${tcp}`,
    maxAttempts: 1,
    credentials: root,
  });
  close = async () => {
    client.destroy();
    await port.close();
  };
});
afterEach(() => close());

const answering = (body: string) => {
  world.executor.handler = () => ({ kind: 'answer', body: Buffer.from(body) });
};
const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('utf8');
const refusal = (work: Promise<unknown>): Promise<Record<string, unknown>> =>
  work.then(
    () => ({}),
    (error: Record<string, unknown>) => error,
  );

describe('Invoke', () => {
  test('gives the function its payload and the caller its answer', async () => {
    let got = '';
    world.executor.handler = ({ payload }) => {
      got = text(payload);
      return { kind: 'answer', body: Buffer.from('{"ok":"ä"}') };
    };
    const Payload = Buffer.from('{"a": 1}');
    const reply = await client.send(new InvokeCommand({ FunctionName: 'hello', Payload }));
    expect(got).toBe('{"a": 1}');
    expect(reply).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(text(reply.Payload)).toBe('{"ok":"ä"}');
    expect(reply.FunctionError).toBeUndefined();
    expect(reply.LogResult).toBeUndefined();
    await client.send(new InvokeCommand({ FunctionName: 'hello' }));
    expect(got).toBe('{}');
  });

  test('tells of a failure of the function in a header, with the end of its log', async () => {
    world.executor.handler = () => ({ kind: 'failure', failure: { kind: 'timeout' }, streamed: false });
    const reply = await client.send(new InvokeCommand({ FunctionName: 'hello', LogType: 'Tail' }));
    expect(reply).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    const { requestId } = reply.$metadata;
    expect(JSON.parse(text(reply.Payload))).toEqual({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 3.00 seconds`,
    });
    expect(Buffer.from(reply.LogResult!, 'base64').toString()).toContain(`START RequestId: ${requestId}`);
  });

  test('hands the client context to the function, and refuses what is none', async () => {
    let got: string | undefined;
    world.executor.handler = ({ clientContext }) => {
      got = clientContext;
      return { kind: 'answer', body: Buffer.from('1') };
    };
    const of = (json: string) => ({
      FunctionName: 'hello',
      ClientContext: Buffer.from(json).toString('base64'),
    });
    await client.send(new InvokeCommand(of('{"custom":{"a":1}}')));
    expect(got).toBe('{"custom":{"a":1}}');
    expect(await refusal(client.send(new InvokeCommand(of('nonsense'))))).toMatchObject({
      name: 'InvalidRequestContentException',
    });
    expect(await refusal(client.send(new InvokeCommand(of(`"${'x'.repeat(3582)}"`))))).toMatchObject({
      name: 'RequestTooLargeException',
    });
  });

  test.each([
    ['{"a":', 'Unexpected end-of-input'],
    ['{"a" 1}', 'Unexpected character at offset 5'],
    ['secret', 'Unexpected character'],
    [Buffer.of(0x22, 0xff, 0x22), 'Invalid UTF-8'],
  ])('refuses a payload that is not JSON: %j', async (given, fault) => {
    const Payload = Buffer.from(given as string);
    const refused = await refusal(client.send(new InvokeCommand({ FunctionName: 'hello', Payload })));
    expect(refused).toMatchObject({ name: 'InvalidRequestContentException', Type: 'User' });
    expect(refused.message).toMatch(
      `Could not parse request body into json: Could not parse payload into json: `,
    );
    expect(refused.message).toContain(fault);
    expect(refused.message).not.toContain('secret');
  });

  test('refuses payloads that are too large, sooner for events', async () => {
    const of = (bytes: number) => Buffer.from(`"${'x'.repeat(bytes - 2)}"`);
    answering('1');
    const send = (InvocationType: 'Event' | 'RequestResponse', bytes: number) =>
      client.send(new InvokeCommand({ FunctionName: 'hello', InvocationType, Payload: of(bytes) }));
    expect((await send('RequestResponse', 6_291_456)).StatusCode).toBe(200);
    expect(await refusal(send('RequestResponse', 6_291_457))).toMatchObject({
      name: 'RequestTooLargeException',
      message: 'Request must be smaller than 6291456 bytes for the InvokeFunction operation',
    });
    expect((await send('Event', 1_048_576)).StatusCode).toBe(202);
    expect(await refusal(send('Event', 1_048_577))).toMatchObject({ name: 'RequestTooLargeException' });
  });

  test('of type DryRun only asks whether it could', async () => {
    const dry = (FunctionName: string) =>
      client.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
    expect((await dry('hello')).StatusCode).toBe(204);
    expect(await refusal(dry('none'))).toMatchObject({ name: 'ResourceNotFoundException' });
    expect(world.executor.started).toBe(0);
  });

  test('of type Event is answered when the queue has it', async () => {
    const reply = await client.send(
      new InvokeCommand({
        FunctionName: 'hello',
        Qualifier: 'live',
        InvocationType: 'Event',
        Payload: Buffer.from('[1]'),
      }),
    );
    expect(reply).toMatchObject({ StatusCode: 202 });
    expect(text(reply.Payload)).toBe('');
    expect(events).toMatchObject([
      {
        scope: { account: root.accountId, region },
        functionName: 'hello',
        qualifier: 'live',
        requestId: reply.$metadata.requestId,
        payload: Buffer.from('[1]'),
        traceId: expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/),
      },
    ]);
    expect(world.executor.started).toBe(0);
  });

  test('says why it is throttled, and when to come again', async () => {
    expect(await refusal(client.send(new InvokeCommand({ FunctionName: 'still' })))).toMatchObject({
      name: 'TooManyRequestsException',
      message: 'Rate Exceeded.',
      Type: 'User',
      Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      retryAfterSeconds: '1',
    });
  });

  test.each([
    ['InvocationType', 'invocationType', '[Event, RequestResponse, DryRun]'],
    ['LogType', 'logType', '[None, Tail]'],
  ])('refuses an unknown %s', async (member, wireName, values) => {
    const input = { FunctionName: 'hello', [member]: 'Sometimes' };
    expect(await refusal(client.send(new InvokeCommand(input as never)))).toMatchObject({
      name: 'ValidationException',
      message: `1 validation error detected: Value 'Sometimes' at '${wireName}' failed to satisfy constraint: Member must satisfy enum value set: ${values}`,
    });
  });
});

test('InvokeAsync puts an event into the queue', async () => {
  const reply = await client.send(
    new InvokeAsyncCommand({ FunctionName: 'hello', InvokeArgs: Buffer.from('{"a":1}') }),
  );
  expect(reply.Status).toBe(202);
  expect(events.map(({ payload }) => text(payload))).toEqual(['{"a":1}']);
});

describe('InvokeWithResponseStream', () => {
  const send = (more: object = {}) =>
    client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'hello', ...more }));

  test('passes pieces on as they come, waits for whoever reads, and ends with the log', async () => {
    const sent = send({ LogType: 'Tail' });
    await expect.poll(() => world.executor.busy.length).toBe(1);
    const [environment] = world.executor.busy;
    const { stream } = environment!.invocation!;
    stream!.begin('text/plain', '{"statusCode":201}');
    const written = stream!.write(Buffer.from('first'));
    const reply = await sent;
    expect(reply).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    const got: string[] = [];
    let end: unknown;
    for await (const one of reply.EventStream!) {
      if (one.InvokeComplete !== undefined) end = one.InvokeComplete;
      else got.push(text(one.PayloadChunk?.Payload));
      if (got.length === 2 && end === undefined && environment!.invocation !== undefined) {
        await written;
        void stream!
          .write(Buffer.from('second'))
          .then(() => environment!.finish({ kind: 'streamed', bytes: 11 }));
      }
    }
    expect(got).toEqual(['{"statusCode":201}\0\0\0\0\0\0\0\0', 'first', 'second']);
    const { LogResult } = end as { LogResult: string };
    expect(Buffer.from(LogResult, 'base64').toString()).toMatch(/^START .*REPORT /s);
  });

  test('ends with the error of a function that fails midway', async () => {
    const sent = send();
    await expect.poll(() => world.executor.busy.length).toBe(1);
    const [environment] = world.executor.busy;
    void environment!.invocation!.stream!.write(Buffer.from('half')).then(() =>
      environment!.finish({
        kind: 'failure',
        failure: { kind: 'handler', body: Buffer.from('{"errorType":"RangeError","errorMessage":"no"}') },
        streamed: true,
      }),
    );
    const all = [];
    for await (const one of (await sent).EventStream!) all.push(one);
    expect(all).toHaveLength(2);
    expect(all[1]).toMatchObject({
      InvokeComplete: {
        ErrorCode: 'RangeError',
        ErrorDetails: '{"errorType":"RangeError","errorMessage":"no"}',
      },
    });
  });

  test('gives what a handler returned at once, also when it is long', async () => {
    const long = `"${'x'.repeat(3_000_000)}"`;
    answering(long);
    const hash = createHash('sha256');
    for await (const { PayloadChunk } of (await send()).EventStream!)
      hash.update(PayloadChunk?.Payload ?? '');
    expect(hash.digest('hex')).toBe(createHash('sha256').update(long).digest('hex'));
  });

  test('lets the function go on when the caller has gone', async () => {
    const leaving = new AbortController();
    const sent = client.send(new InvokeWithResponseStreamCommand({ FunctionName: 'hello' }), {
      abortSignal: leaving.signal,
    });
    await expect.poll(() => world.executor.busy.length).toBe(1);
    const [environment] = world.executor.busy;
    const { stream } = environment!.invocation!;
    const first = stream!.write(Buffer.from('first'));
    const reply = await sent;
    const reading = reply.EventStream![Symbol.asyncIterator]();
    await reading.next();
    const rest = Promise.all([first, stream!.write(Buffer.from('second'))]);
    leaving.abort();
    await reading.return?.();
    client.destroy();
    // Resolves although nobody reads.
    await rest;
    for (let piece = 0; piece < 20; piece += 1) await stream!.write(Buffer.alloc(1_000_000));
    environment!.finish({ kind: 'streamed', bytes: 20_000_000 });
    await settled();
    expect(world.invoker.counts('id-hello')).toEqual({ busy: 0, warm: 1 });
  });

  test('fails as a call where the function is not reached', async () => {
    expect(await refusal(send({ FunctionName: 'none' }))).toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await world.invoker.stop(new AbortController().signal);
    expect(await refusal(send())).toMatchObject({ name: 'ServiceException' });
  });
});
