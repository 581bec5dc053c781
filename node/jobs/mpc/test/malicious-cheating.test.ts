/**
 * Parties of the two-party malicious level that cheat in a planned way. The honest one gets right outputs or ends with `cheating`
 * and the other's name; where a cheat is a guess, how often it ends does not depend on the inputs.
 */
import { expect, test } from 'vitest';
import type { SharedBits } from '../levels/malicious/authenticated-bits.ts';
import type { tossAfterEquality } from '../levels/malicious/equality.ts';
import { PieceGarbler } from '../levels/malicious/garble.ts';
import { kinds } from '../levels/malicious/kinds.ts';
import { digestBytes, packedBytes } from '../levels/malicious/link.ts';
import type { Piece } from '../levels/malicious/plan.ts';
import { type receiveMasked, setMasked } from '../levels/malicious/verify.ts';
import type { SetupCotSender } from '../ot/correlated.ts';
import { dealtCot } from './support/dealt-cot.ts';
import {
  changeMessage,
  ends,
  evaluator,
  flipBit,
  garbler,
  layeredCircuit,
  protocolWith,
  randomInputs,
} from './support/malicious.ts';

const circuit = layeredCircuit(8, 2);
const runs = [{ circuit, inputs: randomInputs('cheating', circuit) }];
const by = (party: string) => expect.objectContaining({ reason: 'cheating', party });

/** A garbler that takes whatever masked bits it hears. */
const takeMasked: typeof receiveMasked = async (link, _delta, wires, piece) => {
  const bytes = packedBytes(piece.ands);
  const body = await link.receive(kinds.maskedBits, bytes + digestBytes);
  link.nextStep();
  setMasked(wires, piece, link.unpack(body.subarray(0, bytes), piece.ands));
};

/** A garbler that opens its commitment whatever the evaluator said. */
const tossAnyway: typeof tossAfterEquality = async (link, secret, random) => {
  const step = link.nextStep();
  const opening = Buffer.from(random(64));
  const commitment = link.digest('commitment', step, true).update(secret).update(opening).digest();
  await link.send(kinds.equalityCommitment, commitment);
  const answer = await link.receive(kinds.equalityAnswer, 64);
  await link.send(kinds.equalityOpening, opening);
  return link.digest('toss', step, true).update(opening.subarray(0, 32)).update(answer.subarray(32)).digest();
};

/** A garbler whose first table is wrong in the lowest bit of a row: the output's masked bit is, where a masked input is 1. */
function wrongRow(row: 0 | 1): typeof PieceGarbler {
  return class extends PieceGarbler {
    override garble(piece: Piece, products: SharedBits, firstTweak: number): Buffer {
      return flipBit(128 * row)(super.garble(piece, products, firstTweak));
    }
  };
}

/** How many of some sessions end by the evaluator's finding that the garbler cheats; all others must end well. */
async function caught(inputs: readonly Uint8Array[], row: 0 | 1, sessions: number): Promise<number> {
  let count = 0;
  for (let i = 0; i < sessions; i++) {
    const seed = `row ${row} ${inputs[0]![0]} ${i}`;
    const steps = { Garbler: wrongRow(row), receiveMasked: takeMasked };
    const protocol = protocolWith(seed, {}, { [garbler]: steps });
    const { evaluator: end } = await ends(protocol, [{ circuit, inputs }], seed);
    if (end === undefined) continue;
    expect(end).toEqual(by(garbler));
    count++;
  }
  return count;
}

test('a wrong row for some inputs is found as often whatever the inputs are', async () => {
  for (const row of [0, 1] as const) {
    for (const bit of [0, 1]) {
      const inputs = circuit.inputs.map(({ bits }) => new Uint8Array(bits).fill(bit));
      const count = await caught(inputs, row, 40);
      // One half of 40, by some four standard deviations.
      expect(Math.abs(count - 20)).toBeLessThan(13);
    }
  }
});

test('a garbler that changes every row is found', async () => {
  const Garbler = class extends PieceGarbler {
    override garble(piece: Piece, products: SharedBits, firstTweak: number): Buffer {
      const message = super.garble(piece, products, firstTweak);
      for (let i = 0; i < 32 * piece.ands; i++) message[i]! ^= 0xff;
      return message;
    }
  };
  const protocol = protocolWith('rows', {}, { [garbler]: { Garbler, receiveMasked: takeMasked } });
  expect((await ends(protocol, runs, 'rows')).evaluator).toEqual(by(garbler));
});

test('a garbler that garbles another gate is found', async () => {
  // XOR in place of AND: the output's masked bit is told to be the other one, always.
  const Garbler = class extends PieceGarbler {
    override garble(piece: Piece, products: SharedBits, firstTweak: number): Buffer {
      return flipBit(8 * 32 * piece.ands)(super.garble(piece, products, firstTweak));
    }
  };
  const protocol = protocolWith('gate', {}, { [garbler]: { Garbler, receiveMasked: takeMasked } });
  expect((await ends(protocol, runs, 'gate')).evaluator).toEqual(by(garbler));
});

test.each([
  [garbler, evaluator],
  [evaluator, garbler],
])('%s is found to use a delta that is not that of the transfers', async (cheat, honest) => {
  const seed = `delta of ${cheat}`;
  const cot = dealtCot(seed);
  const setupCotSender: SetupCotSender = async (channel, options) => {
    const sender = await cot.setupCotSender(channel, options);
    return { delta: flipBit(77)(Buffer.from(sender.delta)), extend: (count) => sender.extend(count) };
  };
  const toss = cheat === garbler ? { toss: tossAnyway } : {};
  const protocol = protocolWith(seed, cot, { [cheat]: { setupCotSender, ...toss } });
  const result = await ends(protocol, runs, seed);
  expect(honest === garbler ? result.garbler : result.evaluator).toEqual(by(cheat));
});

test.each([
  [garbler, evaluator],
  [evaluator, garbler],
])('%s is found to have a delta with a wrong lowest bit', async (cheat, honest) => {
  const seed = `colour of ${cheat}`;
  const cot = dealtCot(seed);
  const setupCotSender: SetupCotSender = (channel, options) =>
    cot.setupCotSender(channel, { ...options, delta: flipBit(0)(Buffer.from(options.delta!)) });
  const result = await ends(protocolWith(seed, cot, { [cheat]: { setupCotSender } }), runs, seed);
  expect(honest === garbler ? result.garbler : result.evaluator).toEqual(by(cheat));
});

test.each([
  [garbler, evaluator],
  [evaluator, garbler],
])('%s is found to tell a wrong part of a leaky AND', async (cheat, honest) => {
  for (const bit of [0, 1, 500]) {
    const seed = `leaky ${cheat} ${bit}`;
    const toss = cheat === garbler ? { toss: tossAnyway } : {};
    const result = await ends(
      protocolWith(seed, {}, { [cheat]: toss }),
      runs,
      seed,
      changeMessage(cheat, kinds.leakyDifferences, flipBit(bit)),
    );
    expect(honest === garbler ? result.garbler : result.evaluator).toEqual(by(cheat));
  }
});

test.each([
  [garbler, evaluator],
  [evaluator, garbler],
])('%s guesses at a part of a leaky AND, and is found in half of all cases', async (cheat, honest) => {
  let count = 0;
  for (let i = 0; i < 40; i++) {
    const seed = `guess ${cheat} ${i}`;
    const toss = cheat === garbler ? { toss: tossAnyway } : {};
    const result = await ends(
      protocolWith(seed, {}, { [cheat]: toss }),
      runs,
      seed,
      changeMessage(cheat, kinds.leakyRows, flipBit(128 * 9 + 5)),
    );
    const end = honest === garbler ? result.garbler : result.evaluator;
    if (end === undefined) continue;
    expect(end).toEqual(by(cheat));
    count++;
  }
  expect(Math.abs(count - 20)).toBeLessThan(13);
});

test.each([
  ['a difference in a bucket', kinds.bucketDifferences],
  ['a masked input of an AND gate', kinds.productDifferences],
])('either party is found to open %s wrongly', async (_what, kind) => {
  for (const cheat of [garbler, evaluator]) {
    const seed = `opening ${kind} ${cheat}`;
    const result = await ends(protocolWith(seed), runs, seed, changeMessage(cheat, kind, flipBit(3)));
    expect(cheat === garbler ? result.evaluator : result.garbler).toEqual(by(cheat));
  }
});

test('a wrong opening of an output is found', async () => {
  const seed = 'output';
  const ofGarbler = changeMessage(garbler, kinds.garblerOutputShares, flipBit(0));
  expect((await ends(protocolWith(seed), runs, seed, ofGarbler)).evaluator).toEqual(by(garbler));
  const ofEvaluator = changeMessage(evaluator, kinds.evaluatorOutputShares, flipBit(0));
  expect((await ends(protocolWith(seed), runs, seed, ofEvaluator)).garbler).toEqual(by(evaluator));
});

test('an evaluator that tells another masked bit is found', async () => {
  for (const bit of [0, 7, 20]) {
    const result = await ends(
      protocolWith('masked'),
      runs,
      'masked',
      changeMessage(evaluator, kinds.maskedBits, flipBit(bit)),
    );
    expect(result.garbler).toEqual(by(evaluator));
  }
});

test('a session in which a party cheated takes no more runs', async () => {
  const protocol = protocolWith('ended');
  const seen: unknown[] = [];
  await ends(
    async (setup) => {
      const open = await protocol(setup);
      return {
        run: async (run) => {
          const first = await open.run(run).catch((error: unknown) => error);
          const again = await open.run(run).catch((error: unknown) => error);
          seen.push(first === again);
          throw first;
        },
      };
    },
    runs,
    'ended',
    changeMessage(evaluator, kinds.maskedBits, flipBit(0)),
  );
  expect(seen).toEqual([true, true]);
});
