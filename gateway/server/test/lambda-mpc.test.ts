/** Functions of runtime `mpc` end to end: the gateway with other people, and the gateway as all parties. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { computationId, hex } from '@hypergate/node/verifier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from './gateway-process.ts';
import {
  answerOf,
  exampleOf,
  sumManifest as manifest,
  openWorld,
  People,
  sum,
  type World,
} from './lambda-mpc-world.ts';
import { temporaryFolder } from './temporary.ts';

const secretOfAlice = 3_735_928_559;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

describe.each(['semi-honest', 'malicious'])('%s', (level) => {
  test('the gateway is one party and somebody else the other: each learns its outputs', async () => {
    const circuit = await world.create({ ...manifest, level }, sum);
    const people = await People.meet(world, 'alice', manifest.parties, `one-${level}`);
    const inputs = { alice: { x: secretOfAlice } };
    const [result, bob] = await Promise.all([
      world.invoke(circuit, { as: 'alice', inputs, session: people.session }),
      people.play('bob', sum, { y: 5 }, { level }),
    ]);
    const answer = answerOf(result);
    expect(answer).toEqual({
      outputs: { sum: secretOfAlice + 5, larger: true },
      ...{ party: 'alice', level, circuit: circuit.commitment },
      transcriptHash: hex(bob.receipt.statement.transcriptHash),
      recorded: hex(computationId(bob.receipt.statement)),
    });
    expect(bob.outputs).toEqual({ larger: true });
    const record = await world.computations.computation(String(answer.recorded));
    expect(record).toMatchObject({ statement: { level, circuit: circuit.commitment } });
  });

  test('the gateway is all parties, and says so', async () => {
    const circuit = await world.create({ ...manifest, level }, sum);
    const inputs = { alice: { x: 7 }, bob: { y: 8 } };
    const result = await world.invoke(circuit, { as: ['bob', 'alice'], inputs });
    expect(answerOf(result)).toMatchObject({
      outputs: { alice: { sum: 15, larger: false }, bob: { larger: false } },
      ...{ parties: 'local', party: ['alice', 'bob'], level },
      recorded: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });
});

test('a person with the command line and a gateway compute together', async () => {
  const circuit = await world.create(manifest, sum);
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'sum.mpc.ts'), sum);
  const bob = await run(['mpc', 'identity', 'bob.key'], { cwd: folder });
  const { session } = await People.meet(world, 'alice', manifest.parties, 'with-a-person');
  session.parties[1]!.key = bob.out.trim();
  await writeFile(join(folder, 's.json'), JSON.stringify({ ...session, level: 'semi-honest' }));
  const [result, ran] = await Promise.all([
    world.invoke(circuit, { as: 'alice', inputs: { alice: { x: 1 } }, session }),
    run(
      [
        ...['mpc', 'run', 'sum.mpc.ts', '--session', 's.json', '--as', 'bob'],
        ...['--identity', 'bob.key', '--input', 'y=2'],
      ],
      { cwd: folder },
    ),
  ]);
  expect([answerOf(result).outputs, JSON.parse(ran.out)]).toEqual([
    { sum: 3, larger: false },
    { larger: false },
  ]);
});

test('three parties, of which the gateway is the second', async () => {
  const { source, manifest: of } = await exampleOf('sealed-bid-auction');
  const circuit = await world.create(of, source);
  const people = await People.meet(world, 'ben', ['ann', 'ben', 'cem'], 'three');
  const level = 'three-party';
  const [result, ann, cem] = await Promise.all([
    world.invoke(circuit, { as: 'ben', inputs: { ben: { bid: 30 } }, session: people.session }),
    people.play('ann', source, { bid: 20 }, { level }),
    people.play('cem', source, { bid: 10 }, { level }),
  ]);
  expect(answerOf(result).outputs).toEqual({ winner: 2, toPay: 30 });
  expect([ann.outputs, cem.outputs]).toEqual([
    { winner: 2, toPay: 0 },
    { winner: 2, toPay: 0 },
  ]);
});

test('two invocations at once do not disturb each other', async () => {
  const circuit = await world.create(manifest, sum);
  const one = async (x: number) => {
    const people = await People.meet(world, 'alice', manifest.parties, `at-once-${x}`);
    const [result] = await Promise.all([
      world.invoke(circuit, { as: 'alice', inputs: { alice: { x } }, session: people.session }),
      people.play('bob', sum, { y: 100 }, { level: 'semi-honest' }),
    ]);
    return answerOf(result);
  };
  const local = world.invoke(circuit, {
    as: ['alice', 'bob'],
    inputs: { alice: { x: 1 }, bob: { y: 1 } },
  });
  const [first, second] = await Promise.all([one(11), one(22)]);
  expect([first, second]).toMatchObject([{ outputs: { sum: 111 } }, { outputs: { sum: 122 } }]);
  expect(first.transcriptHash).not.toBe(second.transcriptHash);
  expect(answerOf(await local)).toMatchObject({ outputs: { alice: { sum: 2 } } });
});
