/** Three honest parties compute what the circuit says, whoever holds its inputs and gets its outputs. */
import { expect, test } from 'vitest';
import { CircuitBuilder } from '../circuit/builder.ts';
import { CircuitError, MpcAbort } from '../errors.ts';
import { threeParty, threePartyLimits } from '../levels/three-party/index.ts';
import { kinds } from '../levels/three-party/kinds.ts';
import type { Interceptor } from './support/memory-channel.ts';
import { type PartyRun, runParties } from './support/run-parties.ts';
import { seededRandom } from './support/seeded-random.ts';
import {
  expectedOutputs,
  holders,
  plain,
  randomCircuit,
  randomInputs,
  roles,
  seededNumbers,
} from './support/three-party.ts';

const everyOutput = [['p1'], ['p2'], ['p3'], ['p1', 'p2'], ['p3', 'p1'], ['p1', 'p2', 'p3']];

async function expectRight(runs: readonly PartyRun[], seed: string, intercept?: Interceptor): Promise<void> {
  const results = await runParties(threeParty, runs, { roles, seed, ...(intercept && { intercept }) });
  for (const { party, outputs, error } of results) {
    expect(error, `${party}, seed ${seed}`).toBeUndefined();
    expect(outputs.map(plain), `${party}, seed ${seed}`).toEqual(
      runs.map((run) => plain(expectedOutputs(run, party))),
    );
  }
}

test('random circuits with inputs of one, two and three holders give what evaluation gives', async () => {
  for (let index = 0; index < 30; index++) {
    const seed = `all holders ${index}`;
    const below = seededNumbers(seed);
    const inputs = Object.fromEntries(holders.map((party) => [party, 1 + below(40)]));
    const runs = Array.from({ length: 3 }, (_, run) => {
      const circuit = randomCircuit(`${seed} ${run}`, { inputs, gates: 1 + below(400), to: everyOutput });
      return { circuit, inputs: randomInputs(`${seed} ${run}`, circuit) };
    });
    await expectRight(runs, seed);
  }
});

test('some parties have no input, or no output', async () => {
  for (const [index, party] of holders.entries()) {
    for (const to of everyOutput) {
      const seed = `${party} alone, output to ${to}`;
      const circuit = randomCircuit(seed, { inputs: { [party]: 9 + index }, gates: 30, to: [to] });
      await expectRight([{ circuit, inputs: randomInputs(seed, circuit) }], seed);
    }
  }
});

test('outputs that are inputs, constants and negations', async () => {
  const builder = new CircuitBuilder();
  const [x, y] = [builder.input('p1', 'x', 3), builder.input('p3', 'y', 3)];
  builder.output('same', ['p1', 'p2', 'p3'], [...x, ...y]);
  builder.output(
    'not',
    ['p1', 'p2', 'p3'],
    [builder.not(x[0]!), builder.not(y[0]!), builder.xor(x[1]!, y[1]!)],
  );
  builder.output('constant', ['p1', 'p2', 'p3'], [0, 1, 1, 0]);
  const circuit = builder.build();
  const runs = Array.from({ length: 4 }, (_, index) => ({
    circuit,
    inputs: randomInputs(`${index}`, circuit),
  }));
  await expectRight(runs, 'linear');
});

test('what is longer than a message goes in pieces', async () => {
  const to = [['p1', 'p2', 'p3']];
  const circuit = randomCircuit('wide', { inputs: { p1: 9000, 'p1+p2': 17000, p3: 5000 }, gates: 22000, to });
  expect(32 * circuit.ands).toBeLessThan(threePartyLimits.pieceBytes);
  const builder = new CircuitBuilder();
  const [a, b] = [builder.input('p1', 'a', 20_000), builder.input('p2+p3', 'b', 20_000)];
  const products = a.map((bit, i) => builder.and(bit, b[i]!));
  builder.output('all', ['p2', 'p3'], products);
  const many = builder.build();
  expect(32 * many.ands).toBeGreaterThan(2 * threePartyLimits.pieceBytes);
  const sizes: number[] = [];
  const runs = [circuit, many].map((each) => ({ circuit: each, inputs: randomInputs('wide', each) }));
  await expectRight(runs, 'wide', (_from, _number, message) => {
    sizes.push(message.body.length);
    return [message];
  });
  expect(Math.max(...sizes)).toBe(threePartyLimits.pieceBytes);
});

test('the same inputs are garbled anew in each run', async () => {
  const circuit = randomCircuit('again', { inputs: { p1: 8, p2: 8 }, gates: 60, to: [['p3']] });
  const run = { circuit, inputs: randomInputs('again', circuit) };
  const tables = new Set<string>();
  let sent = 0;
  await expectRight([run, run], 'again', (from, _number, message) => {
    if (from === 'p1' && message.kind === kinds.tables) {
      tables.add(message.body.toString('hex'));
      sent++;
    }
    return [message];
  });
  expect(sent).toBe(2);
  expect(tables.size).toBe(2);
});

test('roles, names and inputs that do not fit are refused before anything is sent', async () => {
  const random = seededRandom('refused');
  const setup = { roles, me: 'p3', channels: new Map(), random, sessionId: random(32) };
  await expect(threeParty({ ...setup, roles: ['p1', 'p2'], me: 'p1' })).rejects.toThrow(CircuitError);
  await expect(threeParty({ ...setup, roles: ['p1', 'p1', 'p3'] })).rejects.toThrow(CircuitError);
  await expect(threeParty({ ...setup, me: 'p4' })).rejects.toThrow(CircuitError);
  await expect(threeParty(setup)).rejects.toThrow('no channel to p1');

  const stranger = randomCircuit('stranger', { inputs: { p1: 4 }, gates: 9, to: [['p4']] });
  const builder = new CircuitBuilder();
  builder.output('x', ['p1'], builder.input('p3', 'x', threePartyLimits.inputLabelsMax / 2 + 1).slice(0, 1));
  const circuit = randomCircuit('short', { inputs: { 'p1+p2+p3': 4 }, gates: 9, to: [['p1']] });
  const short = [new Uint8Array(3)];
  for (const [each, inputs] of [
    [stranger, randomInputs('x', stranger)],
    [builder.build(), [new Uint8Array(threePartyLimits.inputLabelsMax / 2 + 1)]],
    [circuit, short],
  ] as const) {
    const results = await runParties(threeParty, [{ circuit: each, inputs }], { roles, seed: 'refused' });
    for (const { error } of results) expect(error).toBeInstanceOf(CircuitError);
  }
});

test('no run follows one that failed', async () => {
  const random = seededRandom('failed');
  const circuit = randomCircuit('failed', { inputs: { p1: 4 }, gates: 9, to: [['p1']] });
  const ended = (peer: string) => ({
    peer,
    send: async () => undefined,
    receive: async () => {
      throw new MpcAbort('disconnected', peer, 'ended');
    },
  });
  const channels = new Map(['p1', 'p2'].map((peer) => [peer, ended(peer)]));
  const open = await threeParty({ roles, me: 'p3', channels, random, sessionId: random(32) });
  const run = { circuit, inputs: [undefined], runId: random(32) };
  await expect(open.run(run)).rejects.toMatchObject({ reason: 'disconnected', party: 'p1' });
  await expect(open.run(run)).rejects.toThrow('an earlier run');
});
