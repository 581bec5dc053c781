/** One of three parties cheats on purpose: the two others take no wrong output, and say who it was where that can be seen. */
import { describe, expect, test } from 'vitest';
import { type Bit, CircuitBuilder } from '../circuit/builder.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { MpcAbort } from '../errors.ts';
import { kinds } from '../levels/three-party/kinds.ts';
import type { Interceptor, Message } from './support/memory-channel.ts';
import type { PartyResult, PartyRun } from './support/run-parties.ts';
import { checkHonest, holders, plain, runDeviating } from './support/three-party.ts';

/** Each holder's bit and that of the next are multiplied; everybody gets all products. */
function products(
  change: (builder: CircuitBuilder, bits: readonly Bit[], product: Bit, at: number) => Bit,
): Circuit {
  const builder = new CircuitBuilder();
  const bits = holders.flatMap((party) => builder.input(party, 'x', 2));
  const all = bits.map((bit, at) => {
    const product = builder.and(bit, bits[(at + 3) % bits.length]!);
    return change(builder, bits, product, at);
  });
  builder.output('all', ['p1', 'p2', 'p3'], all);
  builder.output('first', ['p1'], all.slice(0, 6));
  builder.output('second', ['p2'], all.slice(6, 12));
  return builder.build();
}

const circuit = products((_builder, _bits, product) => product);
/** The same ports and lengths of messages; one product is of another bit. */
const other = products((builder, bits, product, at) =>
  at === 4 ? builder.and(bits[4]!, bits[8]!) : product,
);

function runOf(bit: (input: number, at: number) => number): PartyRun {
  return {
    circuit,
    inputs: circuit.inputs.map(({ bits }, input) =>
      Uint8Array.from({ length: bits }, (_, at) => bit(input, at)),
    ),
  };
}

const runs = [runOf((input, at) => (input + at) & 1), runOf(() => 1)];

/** Changes messages of one kind, of the second run, from one party. */
function changing(kind: number, change: (body: Buffer, nth: number) => Buffer): Interceptor {
  let seen = 0;
  return (_from, _number, message) => {
    if (message.kind !== kind) return [message];
    return [{ kind, body: change(Buffer.from(message.body), seen++) }];
  };
}

const flip = (byte: number) => (body: Buffer) => {
  body[byte]! ^= 1;
  return body;
};

function abortOf(results: readonly PartyResult[], party: string): MpcAbort {
  const { error } = results.find((each) => each.party === party)!;
  expect(error).toBeInstanceOf(MpcAbort);
  return error as MpcAbort;
}

const inputOf = (party: string) => circuit.inputs.findIndex((input) => input.party === party);

describe('a garbler', () => {
  test.each(['p1', 'p2'])('%s garbles another circuit: P3 sees that one of them lies', async (party) => {
    expect(other.ands).toBe(circuit.ands);
    // Whatever the inputs are: whether P3 ends the run does not tell what they are.
    for (let bits = 0; bits < 4; bits++) {
      const given = [runOf((_input, at) => (bits >> at) & 1)];
      const results = await runDeviating(given, `circuit ${bits}`, {
        party,
        run: (run) => ({ ...run, circuit: other }),
      });
      checkHonest(results, given, party);
      expect(abortOf(results, 'p3')).toMatchObject({ reason: 'cheating', party: undefined });
      expect(results.every(({ outputs }) => outputs.length === 0)).toBe(true);
    }
  });

  test.each([
    ['p1', 'p1+p2', undefined],
    ['p2', 'p1+p2', undefined],
    ['p1', 'p1+p2+p3', undefined],
    ['p2', 'p1+p2+p3', undefined],
    ['p1', 'p1+p3', 'p1'],
    ['p2', 'p2+p3', 'p2'],
  ])('%s gives another bit for the input of %s', async (party, holder, blamed) => {
    const results = await runDeviating(runs, 'bit', {
      party,
      run: (run) => {
        const inputs = [...run.inputs];
        inputs[inputOf(holder)] = inputs[inputOf(holder)]!.map((bit, at) => (at === 1 ? bit ^ 1 : bit));
        return { ...run, inputs };
      },
    });
    checkHonest(results, runs, party);
    expect(abortOf(results, 'p3')).toMatchObject({ reason: 'cheating', party: blamed });
  });

  test.each(['p1', 'p2'])(
    '%s opens with a label, or random bytes, that were not committed to',
    async (party) => {
      for (const byte of [0, 5, 16, 31, 32]) {
        const results = await runDeviating(runs, 'opening', {
          party,
          intercept: changing(kinds.openings, flip(byte)),
        });
        checkHonest(results, runs, party);
        expect(abortOf(results, 'p3')).toMatchObject({ reason: 'cheating', party });
      }
    },
  );

  test.each([
    ['p1', kinds.commitments],
    ['p1', kinds.permutation],
    ['p1', kinds.commonLabels],
    ['p2', kinds.frontDigest],
    ['p1', kinds.tables],
    ['p1', kinds.decoding],
    ['p2', kinds.rearDigest],
  ])('%s changes a message of kind %i: P3 gives out nothing', async (party, kind) => {
    const results = await runDeviating(runs, 'garbling', { party, intercept: changing(kind, flip(0)) });
    checkHonest(results, runs, party);
    expect(abortOf(results, 'p3')).toMatchObject({ reason: 'cheating', party: undefined });
    expect(results.every(({ outputs }) => outputs.length === 0)).toBe(true);
  });

  test.each([
    ['p1', 'p2'],
    ['p2', 'p1'],
  ])('%s has another seed than it says: %s sees it', async (party, honest) => {
    const results = await runDeviating(runs, 'seed', { party, intercept: changing(kinds.seedPart, flip(7)) });
    checkHonest(results, runs, party);
    expect(abortOf(results, honest)).toMatchObject({ reason: 'cheating', party });
  });
});

describe('the evaluator', () => {
  /** Outputs go in two messages to each garbler: the lowest bits and a hash, first all for P1. */
  test.each([
    ['p1', 0, 'another bit'],
    ['p1', 1, 'another hash'],
    ['p2', 2, 'another bit'],
    ['p2', 3, 'another hash'],
  ])('tells %s (message %i) %s', async (honest, nth) => {
    const intercept = changing(kinds.outputs, (body, at) => (at === nth ? flip(0)(body) : body));
    const results = await runDeviating(runs, 'outputs', { party: 'p3', intercept });
    checkHonest(results, runs, 'p3');
    expect(abortOf(results, honest)).toMatchObject({ reason: 'cheating', party: 'p3' });
  });

  test('gives one garbler the output of the other, or of an earlier run', async () => {
    for (const [from, at] of [
      [0, 2],
      [4, 0],
      [6, 2],
    ] as const) {
      const bodies: Buffer[] = [];
      const intercept = changing(kinds.outputs, (body, nth) => {
        bodies.push(body);
        const swapped = nth === from ? bodies[at] : nth === from + 1 ? bodies[at + 1] : undefined;
        return swapped ?? body;
      });
      const results = await runDeviating(runs, 'swap', { party: 'p3', intercept });
      checkHonest(results, runs, 'p3');
    }
  });

  test('deals a share that it does not stand by: nobody takes an output', async () => {
    for (const nth of [0, 1]) {
      const intercept = changing(kinds.share, (body, at) => (at === nth ? flip(0)(body) : body));
      const results = await runDeviating(runs, 'shares', { party: 'p3', intercept });
      checkHonest(results, runs, 'p3');
      expect(results.every(({ outputs }) => outputs.length === 0)).toBe(true);
    }
  });

  test('has another input than agreed: the output is that of its input', async () => {
    const at = inputOf('p3');
    const inputs = runs[0]!.inputs.map((bits, input) => (input === at ? bits.map((bit) => bit ^ 1) : bits));
    const results = await runDeviating([runs[0]!], 'input', {
      party: 'p3',
      run: (run) => ({ ...run, inputs: run.inputs.map((bits, input) => (input === at ? inputs[at] : bits)) }),
    });
    expect(checkHonest(results, [{ circuit, inputs }], 'p3')).toEqual([]);
  });

  test('learns nothing of the garbling while a share has not come', async () => {
    const sent: string[] = [];
    const seen: Interceptor = (from, _number, message) => {
      sent.push(`${from} ${message.kind}`);
      return [message];
    };
    let shares = 0;
    const withheld: Interceptor = (from, number, message: Message) =>
      from === 'p3' && message.kind === kinds.share && shares++ === 1 ? 'end' : seen(from, number, message);
    const results = await runDeviating([runs[0]!], 'withheld', { party: 'p3', intercept: withheld }, seen);
    checkHonest(results, runs, 'p3');
    expect(sent.filter((each) => !each.startsWith('p3')).every((each) => /^p[12] [124]$/.test(each))).toBe(
      true,
    );
  });

  test('gives out nothing before both garblings were compared', async () => {
    const sent: number[] = [];
    await runDeviating(
      runs,
      'order',
      { party: 'p2', intercept: changing(kinds.rearDigest, flip(3)) },
      (from, _number, message) => {
        if (from === 'p3') sent.push(message.kind);
        return [message];
      },
    );
    expect(sent).toEqual([kinds.share, kinds.share]);
  });
});

test('a garbler that should get nothing learns no output', async () => {
  const results = await runDeviating(runs, 'private', { party: 'p1' });
  const of = (party: string) => plain(results.find((each) => each.party === party)!.outputs[0]!);
  expect(of('p1')[2]).toBeNull();
  expect(of('p2')[1]).toBeNull();
  expect(of('p3').slice(1)).toEqual([null, null]);
});
