/** The same work with other secrets: inputs, deltas, labels, masks, choices. What is public stays the same: circuit, ids. */
import type { RandomSource } from '../../channel.ts';
import { bytesOfBits } from '../../circuit/bits.ts';
import { CircuitBuilder } from '../../circuit/builder.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { Evaluator } from '../../garble/evaluator.ts';
import { Garbler } from '../../garble/garbler.ts';
import { labelsOf, permuteBits, secretsFromSeed } from '../../garble/wires.ts';
import { maliciousProtocol } from '../../levels/malicious/session.ts';
import { open as openSemiHonest } from '../../levels/semi-honest/semi-honest.ts';
import { threeParty } from '../../levels/three-party/index.ts';
import {
  boundRunId,
  dealReplicated,
  replicatedInput,
  withReplicated,
} from '../../levels/three-party/replicated-inputs.ts';
import { setupCotReceiver, setupCotSender } from '../../ot/correlated.ts';
import { TransferReceiver, TransferSender } from '../../ot/transfer.ts';
import type { Protocol } from '../../protocol.ts';
import { BlockCounter, type Comparison, compareCounts } from './block-counts.ts';
import { dealtCotReceiver, dealtCotSender } from './dealt-transfers.ts';
import { memoryChannels } from './memory-channel.ts';
import { planted, withoutBranches } from './planted-branches.ts';
import { randomCircuit } from './random-circuit.ts';
import { runParties } from './run-parties.ts';
import { seededRandom } from './seeded-random.ts';
import { holders, randomCircuit as jointCircuit, roles as threeRoles } from './three-party.ts';

interface Variant {
  /** Secret bits, as many as are asked for. */
  readonly bits: (count: number, of: string) => Uint8Array;
  readonly random: (of: string) => RandomSource;
}

const seeded = (seed: string): Variant => ({
  bits: (count, of) => Uint8Array.from(seededRandom(`${seed} bits of ${of}`)(count), (byte) => byte & 1),
  random: (of) => seededRandom(`${seed} ${of}`),
});

/** Random ones twice; the extremes; and random ones for inputs that are all the same. */
const variants: readonly Variant[] = [
  seeded('a'),
  seeded('b'),
  { bits: (count) => new Uint8Array(count), random: () => (bytes) => new Uint8Array(bytes) },
  {
    bits: (count) => new Uint8Array(count).fill(1),
    random: () => (bytes) => new Uint8Array(bytes).fill(0xff),
  },
  { ...seeded('c'), bits: (count) => new Uint8Array(count) },
  { ...seeded('c'), bits: (count) => new Uint8Array(count).fill(1) },
];

const publicBytes = (name: string) => Buffer.from(seededRandom(`public ${name}`)(32));

type Work = (variant: Variant) => unknown;

const garbled = randomCircuit({ seed: 'control flow', ands: 60, depth: 5 });

function garbling({ bits, random }: Variant): void {
  const { delta, inputLabels } = secretsFromSeed(random('garbling')(16), garbled.inputBits);
  const key = publicBytes('garbling').subarray(0, 16);
  const garbler = new Garbler(garbled, { delta, inputLabels }, key);
  const values = bits(garbled.inputBits, 'inputs');
  const evaluator = new Evaluator(garbled, labelsOf(inputLabels, values, delta), key);
  for (const piece of garbler.tables(1024)) evaluator.push(piece);
  for (const { wires } of garbled.outputs) {
    permuteBits(garbler.zeroLabels, wires);
    permuteBits(evaluator.labels, wires);
  }
}

/** Extension over dealt base transfers, and chosen transfers on top. */
const transfers =
  (senderOf: typeof setupCotSender, receiverOf: typeof setupCotReceiver): Work =>
  async ({ bits, random }) => {
    const sessionId = publicBytes('transfers');
    const [toReceiver, toSender] = memoryChannels('receiver', 'sender').reverse() as ReturnType<
      typeof memoryChannels
    >;
    const strings = {
      zeros: Buffer.from(random('zeros')(16 * 50)),
      ones: Buffer.from(random('ones')(16 * 50)),
    };
    await Promise.all([
      (async () => {
        const cot = await senderOf(toReceiver, { random: random('sender'), sessionId });
        await cot.extend(300);
        await new TransferSender(toReceiver, cot, sessionId).send(strings);
      })(),
      (async () => {
        const cot = await receiverOf(toSender, { random: random('receiver'), sessionId });
        await cot.extend(bits(300, 'choices'));
        await new TransferReceiver(toSender, cot, sessionId).receive(bits(50, 'more choices'));
      })(),
    ]);
  };

/** Two runs, so that what is kept from one to the next is met. */
const level =
  (protocol: Protocol, roles: readonly string[], circuit: Circuit): Work =>
  async ({ bits, random }) => {
    const inputs = circuit.inputs.map((input, at) => bits(input.bits, `input ${at}`));
    const results = await runParties(
      (setup) => protocol({ ...setup, random: random(setup.me) }),
      [0, 1].map(() => ({ circuit, inputs })),
      { roles, seed: 'public' },
    );
    for (const { error } of results) if (error !== undefined) throw error;
  };

/** A secret that three custodians keep, dealt, checked and put where a circuit reads it. */
function replicated({ bits, random }: Variant): void {
  const [first, second, third] = threeRoles;
  const secret = bytesOfBits(bits(64, 'secret'));
  const dealt = dealReplicated(secret, [first, second, third], publicBytes('key id'), random('dealer'));
  const builder = new CircuitBuilder();
  const key = replicatedInput(builder, 'key', dealt[0].known);
  builder.output('key', threeRoles, key);
  const circuit = builder.build();
  const none = circuit.inputs.map(() => undefined);
  for (const [at, me] of threeRoles.entries()) {
    withReplicated(circuit, none, { name: 'key', shares: dealt[at]!, me });
  }
  boundRunId(publicBytes('run'), [dealt[0].known]);
}

const dealt = { setupCotSender: dealtCotSender, setupCotReceiver: dealtCotReceiver };
const two = ['a', 'b'];
const joint = jointCircuit('control flow', {
  inputs: Object.fromEntries(holders.map((party, index) => [party, 3 + index])),
  gates: 60,
  to: [['p1', 'p2', 'p3'], ['p1'], ['p2'], ['p3']],
});

const works: Readonly<Record<string, Work>> = {
  garbling,
  'extended transfers': transfers(dealtCotSender, dealtCotReceiver),
  'base transfers': transfers(setupCotSender, setupCotReceiver),
  'semi-honest': level((setup) => openSemiHonest(setup, dealt), two, garbled),
  malicious: level(maliciousProtocol(dealt), two, garbled),
  'three-party': level(threeParty, threeRoles, joint),
  'replicated secrets': replicated,
};

const root = new URL('../../', import.meta.url).href;
/** What handles secrets. */
const counted = /^(?:block|garble|ot|levels)\/|^circuit\/bits\.ts$|^messages\.ts$/;
const compare = new URL('../../../../crypto/compare.ts', import.meta.url).href;

/** By name of the work. */
export async function countWork(): Promise<Record<string, Comparison>> {
  return countAll(
    works,
    variants,
    (url) => url === compare || (url.startsWith(root) && counted.test(url.slice(root.length))),
  );
}

/** The same of functions that must be found, and of one that must not. */
export async function countPlanted(): Promise<Record<string, Comparison>> {
  const [zero, one] = [new Uint8Array(8), Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 0)];
  const cases = { ...planted, 'no branch': withoutBranches };
  const runs = Object.fromEntries(
    Object.entries(cases).map(([name, run]) => [name, (bits: Uint8Array) => run(bits)]),
  );
  return countAll(runs, [zero, one], (url) => url === new URL('planted-branches.ts', import.meta.url).href);
}

async function countAll<Secret>(
  works: Readonly<Record<string, (secret: Secret) => unknown>>,
  secrets: readonly Secret[],
  isCounted: (url: string) => boolean,
): Promise<Record<string, Comparison>> {
  const counter = await BlockCounter.open(isCounted);
  const compared: Record<string, Comparison> = {};
  for (const [name, work] of Object.entries(works)) {
    // What is made once, such as the plan of a circuit, is made before.
    await work(secrets[0]!);
    const runs = [];
    for (const secret of secrets) runs.push(await counter.of(() => work(secret)));
    compared[name] = compareCounts(runs, nameOf);
  }
  await counter.close();
  return compared;
}

const nameOf = (url: string): string =>
  url.startsWith(root) ? url.slice(root.length) : url.slice(url.lastIndexOf('/') + 1);
