/** Invocations, over computations that a test makes up: what they are asked, what callers are told, what is not shown. */
import { AwsError, ComputationRefused } from '@hypergate/kit';
import { NodeError } from '@hypergate/node/api';
import { describe, expect, test } from 'vitest';
import type { PartyAddress, S3InputRequest } from '../api.ts';
import { eventRefused } from '../index.ts';
import { commitment, computation, failed, invoked, openScene, session } from './world.ts';

const asParty = { as: 'alice', inputs: { alice: { x: 1 } }, session };
const asAll = { as: ['alice', 'bob'], inputs: { alice: { x: 1 }, bob: { y: 2 } } };

describe('what is asked', () => {
  test('a party has the document of the others, and the time that is left', async () => {
    const { asked } = await invoked(asParty, { manifest: { keys: true } });
    const document = { ...session, level: 'malicious', keys: true };
    expect(asked).toEqual([
      {
        ...{ circuit: commitment, session: document, as: 'alice', inputs: { x: 1 } },
        ...{ meetMs: 30_000, totalMs: 45_000 },
      },
    ]);
    const hasty = await invoked(asParty, { manifest: { meetMs: 5, totalMs: 6 } });
    expect(hasty.asked).toMatchObject([{ meetMs: 5, totalMs: 6 }]);
  });

  test('all parties are played when all are named', async () => {
    const { asked, result } = await invoked(asAll);
    const { inputs } = asAll;
    expect(asked).toEqual([
      { circuit: commitment, level: 'malicious', keys: false, inputs, totalMs: 45_000 },
    ]);
    expect(result.outcome.kind).toBe('answer');
  });

  test('self is who the gateway is, unless the caller says the same', async () => {
    const { as: _, ...unnamed } = asParty;
    expect((await invoked(unnamed, { manifest: { self: 'alice' } })).asked).toMatchObject([{ as: 'alice' }]);
    const other = { as: 'bob', session };
    expect(failed(await invoked(other, { manifest: { self: 'alice' } }))).toBe(
      'Mpc.InvalidRequest: in a session this gateway is alice',
    );
  });

  test('inputs of an object are read as the role of the function, with bounds', async () => {
    const requests: S3InputRequest[] = [];
    const s3 = { alice: { s3: 'arn:aws:s3:::bucket/a/b', versionId: 'v' } };
    const { asked } = await invoked(
      { as: 'alice', session },
      {
        manifest: { inputs: s3 },
        readS3Object: async (request) => {
          requests.push(request);
          return Buffer.from('{"x": 42}');
        },
      },
    );
    expect(asked).toMatchObject([{ inputs: { x: 42 } }]);
    const { signal, ...request } = requests[0]!;
    expect(request).toEqual({
      ...{ bucket: 'bucket', key: 'a/b', versionId: 'v', region: 'us-east-1', bytesMax: 4 * 1024 * 1024 },
      credentials: { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 't' },
    });
    expect(signal.aborted).toBe(false);
  });

  test('addresses are asked about before anyone is spoken to', async () => {
    const addresses: PartyAddress[] = [];
    const mayUse = (account: string, address: PartyAddress) => {
      expect(account).toBe('000000000000');
      addresses.push(address);
      return address.use === 'listen';
    };
    const refused = await invoked(asParty, { mayUse });
    expect(failed(refused)).toBe(
      'Mpc.AddressRefused: bob: functions of this account may not dial [2001:db8::1]:7102',
    );
    expect(refused.asked).toEqual([]);
    expect(addresses).toEqual([
      { host: '192.0.2.1', port: 7101, use: 'listen' },
      { host: '2001:db8::1', port: 7102, use: 'dial' },
    ]);
  });
});

test.each<[string, unknown, RegExp]>([
  ['no JSON', '{"inputs": {"alice": {"x": 77', /: the payload is not JSON$/],
  ['a member that is none', { ...asAll, extra: 1 }, /: payload: .*extra/],
  ['nobody to be', { session }, /: "as" says which party/],
  ['no session and not everybody', { as: 'alice', inputs: {} }, /: a session says who/],
  ['two parties in a session', { ...asAll, session }, /: in a session this gateway is one party$/],
  ['a stranger', { as: 'carol', session }, /: "carol" is no party of this function$/],
  ['inputs of another', { ...asParty, inputs: { bob: { y: 1 } } }, /: inputs of bob, which this gateway/],
  ['inputs that are no object', { ...asParty, inputs: { alice: 5 } }, /: payload\.inputs\.alice: /],
  [
    'other parties',
    { ...asParty, session: { ...session, parties: session.parties.map((one) => ({ ...one, name: 'bob' })) } },
    /: the parties of the session are alice, bob$/,
  ],
  [
    'a key that is none',
    { as: 'alice', session: { name: 's', parties: [{ name: 'alice', key: '10' }] } },
    /key/,
  ],
  ['another level', { ...asParty, session: { ...session, level: 'semi-honest' } }, /: the level of this/],
  ['keys that are none', { ...asParty, session: { ...session, keys: true } }, /: "keys" of this function/],
])('a payload with %s is refused, and asks for nothing', async (_, payload, sentence) => {
  const refused = await invoked(payload);
  expect(failed(refused)).toMatch(/^Mpc\.InvalidRequest: /);
  expect(failed(refused)).toMatch(sentence);
  expect(refused.asked).toEqual([]);
});

test("inputs of an object are not the caller's to replace", async () => {
  const inputs = { alice: { s3: 'arn:aws:s3:::bucket/key' } };
  expect(failed(await invoked(asParty, { manifest: { inputs } }))).toMatch(/those of an object/);
});

test.each<[string, () => Promise<Uint8Array>, string]>([
  [
    'is not there',
    () => Promise.reject(new AwsError('NoSuchKey', 404, 'The specified key does not exist.')),
    'Mpc.InputUnavailable: the inputs of alice: NoSuchKey: The specified key does not exist.',
  ],
  ...['77', '{"x": 77', '\u0000'].map((text): [string, () => Promise<Uint8Array>, string] => [
    `holds ${JSON.stringify(text)}`,
    async () => Buffer.from(text),
    'Mpc.InputUnavailable: the inputs of alice: the object is no JSON object',
  ]),
])('an object that %s is told without what is in it', async (_, readS3Object, sentence) => {
  const inputs = { alice: { s3: 'arn:aws:s3:::bucket/key' } };
  expect(failed(await invoked({ as: 'alice', session }, { manifest: { inputs }, readS3Object }))).toBe(
    sentence,
  );
});

describe('what came of it', () => {
  const refusing = (...args: ConstructorParameters<typeof ComputationRefused>) => ({
    answer: () => Promise.reject(new ComputationRefused(...args)),
  });

  test.each([
    ['cheating', 'Mpc.Cheating'],
    ['peer-aborted', 'Mpc.PeerAborted'],
    ['disconnected', 'Mpc.Disconnected'],
    ['disagreement', 'Mpc.Disagreement'],
    ['timeout', 'Mpc.Timeout'],
    ['cannot-listen', 'Mpc.CannotListen'],
  ] as const)('an end by %s is %s', async (reason, errorType) => {
    const ended = await invoked(
      asParty,
      refusing(409, 'bob: so it ended', { ended: { reason, party: 'bob' } }),
    );
    expect(failed(ended)).toBe(`${errorType}: bob: so it ended`);
    expect(ended.logged.at(-1)).toBe(`MPC ended: ${errorType}`);
    expect(ended.result.recordable.answer.toString()).toBe(JSON.stringify({ errorType }));
  });

  test.each([
    [400, 'Mpc.InvalidRequest'],
    [404, 'Mpc.CircuitUnavailable'],
    [413, 'Mpc.TooLarge'],
  ] as const)('a refusal with %i is %s', async (status, errorType) => {
    expect(failed(await invoked(asParty, refusing(status, 'no')))).toBe(`${errorType}: no`);
  });

  test('what is no fault of the function is thrown', async () => {
    const thrown = (...args: ConstructorParameters<typeof ComputationRefused>) =>
      expect(invoked(asParty, refusing(...args))).rejects;
    await thrown(503, 'stopping').toMatchObject({ code: 'ServiceException' });
    await thrown(503, 'full', { cause: new NodeError('overloaded', 'full') }).toMatchObject({
      ...{ code: 'TooManyRequestsException', status: 429 },
    });
    const broken = { answer: () => Promise.reject(new Error('a fault')) };
    await expect(invoked(asParty, broken)).rejects.toThrow('a fault');
    const inputs = { alice: { s3: 'arn:aws:s3:::bucket/key' } };
    const readS3Object = () => Promise.reject(new AwsError('SlowDown', 503, 'Slow down.'));
    await expect(
      invoked({ as: 'alice', session }, { manifest: { inputs }, readS3Object }),
    ).rejects.toMatchObject({ code: 'SlowDown' });
  });

  test('the Timeout of the function is one, also when the computation ends first', async () => {
    expect(failed(await invoked(asParty, { deadlineMs: 1_000_000 }))).toBe('timeout');
    const never = { deadlineMs: 1_000_005, answer: () => new Promise<object>(() => undefined) };
    expect(failed(await invoked(asParty, never))).toBe('timeout');
    let nowMs = 1_000_000;
    const ended = async () => {
      nowMs += 50_000;
      throw new ComputationRefused(409, 'late', { ended: { reason: 'timeout' } });
    };
    const base = { clock: { now: () => nowMs } };
    expect(failed(await invoked(asParty, { answer: ended, base }))).toBe('timeout');
  });

  test('an invocation whose time is over before it has a place never begins', async () => {
    const open = Promise.withResolvers<object>();
    const { invoke, asked } = openScene({ answer: () => open.promise });
    const first = [invoke(asAll), invoke(asAll)];
    await expect.poll(() => asked).toHaveLength(2);
    expect(failed({ result: await invoke(asAll, 1_000_010) })).toBe('timeout');
    open.resolve({ outputs: {}, computation, recorded: true });
    const results = await Promise.all([...first, invoke(asAll)]);
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(['answer', 'answer', 'answer']);
    expect(asked).toHaveLength(3);
  });

  test('an answer that Lambda has no room for is told as such', async () => {
    const outputs = { large: 'x'.repeat(6 * 1024 * 1024) };
    const answer = async () => ({ outputs, computation, recorded: true });
    expect(failed(await invoked(asParty, { answer }))).toBe('too-large');
  });

  test('a receipt that could not be recorded is in the answer, so that it can be later', async () => {
    const answer = async () => ({ outputs: {}, computation, recorded: false });
    const { result } = await invoked(asParty, { answer });
    const body = result.outcome.kind === 'answer' ? JSON.parse(result.outcome.body.toString()) : {};
    expect(body).toMatchObject({ recorded: null, computation, party: 'alice' });
  });

  test('what may be recorded or logged has neither inputs nor outputs', async () => {
    const answer = async () => ({ outputs: { sum: 'secret-sum' }, computation, recorded: true });
    const payload = { ...asParty, inputs: { alice: { x: 'secret-x' } } };
    const { result, logged } = await invoked(payload, { answer });
    const { recordable } = result;
    expect(JSON.parse(recordable.payload.toString())).toEqual({ as: 'alice', session });
    expect(JSON.parse(recordable.answer.toString())).toMatchObject({ party: 'alice', circuit: commitment });
    expect(logged).toHaveLength(2);
    expect([...Object.values(recordable).map(String), ...logged].join()).not.toContain('secret');
  });
});

test('events are refused, as their inputs would be kept', () => {
  expect(eventRefused()).toMatchObject({ code: 'InvalidParameterValueException' });
});
