/** Functions of runtime `mpc` when others do not do their part, and what nobody may see afterwards. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  answerOf,
  failureOf,
  sumManifest as manifest,
  openWorld,
  People,
  sum,
  type World,
} from './lambda-mpc-world.ts';

const secretOfAlice = 3_735_928_559;
const secretOfBob = 195_948_557;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe('when the others do not do their part', () => {
  const alone = async (name: string, changes: object = {}) => {
    const circuit = await world.create({ ...manifest, ...changes }, sum);
    const people = await People.meet(world, 'alice', manifest.parties, name);
    const invoked = (deadlineMs = Date.now() + 120_000) =>
      world.invoke(
        circuit,
        { as: 'alice', inputs: { alice: { x: secretOfAlice } }, session: people.session },
        { deadlineMs },
      );
    return { people, invoked };
  };

  test('who does not come within meetMs is named', async () => {
    const { invoked } = await alone('absent', { meetMs: 50, totalMs: 60_000 });
    expect(failureOf(await invoked())).toEqual({
      errorType: 'Mpc.Timeout',
      errorMessage: 'nothing was computed (timeout): bob: the parties did not meet within 50 ms',
      trace: [],
    });
  });

  test('the Timeout of the function ends it as that of every function', async () => {
    const { invoked } = await alone('late');
    expect(failureOf(await invoked(Date.now() + 60))).toEqual({ kind: 'timeout' });
    expect(failureOf(await invoked(Date.now() - 1))).toEqual({ kind: 'timeout' });
  });

  test('one who wants another level or program is told from a fault of the function', async () => {
    const { invoked, people } = await alone('disagree');
    const other = sum.replace('>', '>=');
    const ended = await Promise.allSettled([
      invoked(),
      people.play('bob', other, { y: 5 }, { level: 'semi-honest' }),
    ]);
    expect(ended[1].status).toBe('rejected');
    expect(failureOf((ended[0] as { value: Awaited<ReturnType<typeof invoked>> }).value)).toMatchObject({
      errorType: expect.stringMatching(/^Mpc\.(?:Disagreement|PeerAborted)$/),
      errorMessage: expect.stringContaining('bob: '),
    });
  });

  test('one who leaves in the middle is told as that', async () => {
    const { invoked, people } = await alone('leaves', { level: 'malicious' });
    const end = new AbortController();
    const leave = (body: Buffer, number: number) => {
      if (number === 5) end.abort();
      return body;
    };
    const [result, bob] = await Promise.allSettled([
      invoked(),
      people.cheat(sum, { y: 5 }, 'malicious', leave, end.signal),
    ]);
    expect(bob.status).toBe('rejected');
    expect(result.status === 'fulfilled' && failureOf(result.value)).toEqual({
      errorType: 'Mpc.PeerAborted',
      errorMessage: expect.stringMatching(/^nothing was computed \(peer-aborted\): bob: /),
      trace: [],
    });
  });

  test('one who says something else than the protocol is told as one who cheats, and learns nothing', async () => {
    const { invoked, people } = await alone('cheats', { level: 'malicious' });
    const lie = (body: Buffer, number: number) => {
      if (number >= 4 && body.length > 0) body[0]! ^= 1;
      return body;
    };
    const [result, bob] = await Promise.allSettled([
      invoked(),
      people.cheat(sum, { y: 5 }, 'malicious', lie),
    ]);
    expect(bob.status).toBe('rejected');
    expect(result.status === 'fulfilled' && failureOf(result.value)).toMatchObject({
      errorType: expect.stringMatching(/^Mpc\.(?:Cheating|Malformed)$/),
      errorMessage: expect.stringContaining('bob: '),
    });
  });
});

test('neither inputs nor outputs are logged or stored', async () => {
  const circuit = await world.create(manifest, sum);
  const people = await People.meet(world, 'alice', manifest.parties, 'secret');
  const inputs = { alice: { x: secretOfAlice } };
  const [party] = await Promise.all([
    world.invoke(circuit, { as: 'alice', inputs, session: people.session }),
    people.play('bob', sum, { y: secretOfBob }, { level: 'semi-honest' }),
  ]);
  const all = { as: ['alice', 'bob'], inputs: { ...inputs, bob: { y: secretOfBob } } };
  const failed = { as: ['alice', 'bob'], inputs: { ...inputs, bob: { y: `${secretOfBob}x` } } };
  const results = [party, await world.invoke(circuit, all), await world.invoke(circuit, failed)];
  expect(results.map(({ outcome }) => outcome.kind)).toEqual(['answer', 'answer', 'failure']);
  const recordable = results.flatMap((one) => Object.values(one.recordable).map((part) => Buffer.from(part)));
  expect(recordable).toHaveLength(6);
  const kept = [...world.logged.map((line) => Buffer.from(line)), ...recordable, ...world.written];
  // What may be known is found where the rest is looked for.
  const transcript = Buffer.from(String(answerOf(party).transcriptHash), 'hex');
  expect(kept.some((bytes) => bytes.includes(transcript))).toBe(true);
  expect(world.logged.length).toBeGreaterThan(4);
  const bytesOf = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return bytes;
  };
  for (const secret of [secretOfAlice, secretOfBob, (secretOfAlice + secretOfBob) % 2 ** 32])
    for (const form of [Buffer.from(String(secret)), Buffer.from(secret.toString(16)), bytesOf(secret)])
      expect(kept.filter((bytes) => bytes.includes(form))).toEqual([]);
});
