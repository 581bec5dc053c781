import { ComputationRefused } from '@hypergate/kit';
import { NodeError, type NodeErrorCode } from '@hypergate/node/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mpcServiceLimits } from '../limits.ts';
import { allSet, commitmentOf, wide } from './support/circuits.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const encoding = allSet(3);
const commitment = commitmentOf(encoding);

async function refusal(asked: Promise<unknown>): Promise<ComputationRefused> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ComputationRefused)) throw new Error('no refusal', { cause: error });
  return error;
}

async function bytesOf(name: string): Promise<Buffer | undefined> {
  const found = await world.computations.encoding(name);
  if (found === undefined) return undefined;
  const whole = Buffer.concat(await Array.fromAsync(found.bytes));
  expect(whole.length).toBe(found.length);
  return whole;
}

describe('an uploaded circuit', () => {
  test('is found by its commitment, with what the node sees in it', async () => {
    const { circuit, created } = await world.computations.putCircuit(encoding, {
      name: 'all set',
      keep: true,
    });
    expect(created).toBe(true);
    expect(circuit).toEqual({
      commitment,
      name: 'all set',
      parties: ['alice', 'bob'],
      ands: 5,
      gates: 5,
      layers: expect.any(Number),
      encodingBytes: encoding.length,
      createdMs: world.clock.ms,
      inputs: [
        { party: 'alice', name: 'a', bits: 3 },
        { party: 'bob', name: 'b', bits: 3 },
      ],
      outputs: [{ name: 'all', to: ['alice', 'bob'], bits: 1 }],
      source: undefined,
      interface: undefined,
    });
    expect(await world.computations.circuit(commitment)).toEqual(circuit);
    expect(await bytesOf(commitment)).toEqual(encoding);
  });

  test('is there once, however often and by how many it is uploaded', async () => {
    const uploads = Array.from({ length: 3 }, () => world.computations.putCircuit(encoding, { keep: true }));
    const stored = await Promise.all(uploads);
    expect(stored.filter(({ created }) => created)).toHaveLength(1);
    world.clock.ms += 1000;
    const again = await world.computations.putCircuit(encoding, { keep: true });
    expect(again).toEqual({ circuit: stored[0]!.circuit, created: false });
    expect((await world.computations.circuits({})).items).toHaveLength(1);
    expect(await bytesOf(commitment)).toEqual(encoding);
  });

  test('gains what its first upload left out, and keeps what it has', async () => {
    await world.computations.putCircuit(encoding, { keep: false });
    expect(await bytesOf(commitment)).toBeUndefined();
    await world.computations.putCircuit(encoding, { name: 'first', keep: false });
    const { circuit } = await world.computations.putCircuit(encoding, { name: 'second', keep: true });
    expect(circuit).toMatchObject({ name: 'first', encodingBytes: encoding.length });
    expect(await bytesOf(commitment)).toEqual(encoding);
    expect((await world.computations.putCircuit(encoding, { keep: false })).circuit).toEqual(circuit);
  });

  test('may be as large as an upload, and comes back as it was', async () => {
    const large = wide(1_200_000);
    expect(large.length).toBeGreaterThan(10 * 1024 * 1024);
    const { circuit } = await world.computations.putCircuit(large, { keep: true });
    expect(circuit).toMatchObject({ ands: 1_200_000, layers: 1, commitment: commitmentOf(large) });
    expect((await bytesOf(circuit.commitment))!.equals(large)).toBe(true);
  });

  test('is still there after a power cut, also in listings', async () => {
    const { circuit } = await world.computations.putCircuit(encoding, { name: 'all set', keep: true });
    const again = await openWorld({ state: world.crashed() });
    try {
      expect(await again.computations.circuit(commitment)).toEqual(circuit);
      expect((await again.computations.circuits({})).items).toMatchObject([{ commitment, name: 'all set' }]);
      const found = await again.computations.encoding(commitment);
      expect(Buffer.concat(await Array.fromAsync(found!.bytes))).toEqual(encoding);
    } finally {
      await again.close();
    }
  });

  test('that is none is refused with what is wrong, and leaves nothing', async () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('no circuit'),
      encoding.subarray(1),
      Buffer.concat([encoding, encoding]),
    ]) {
      expect((await refusal(world.computations.putCircuit(bytes, { keep: true }))).status).toBe(400);
    }
    const large = Buffer.alloc(mpcServiceLimits.encodingBytesMax + 1);
    expect((await refusal(world.computations.putCircuit(large, { keep: true }))).status).toBe(413);
    expect((await world.computations.circuits({})).items).toEqual([]);
  });
});

test('a circuit that nobody uploaded is not there', async () => {
  expect(await world.computations.circuit(commitment)).toBeUndefined();
  expect(await bytesOf(commitment)).toBeUndefined();
});

describe('listings', () => {
  test('show the newest first, in pages of any size', async () => {
    const names: string[] = [];
    for (const bits of [1, 2, 3, 4, 5]) {
      // Two of them at the same time.
      world.clock.ms += bits === 3 ? 0 : 1000;
      const { circuit } = await world.computations.putCircuit(allSet(bits), { keep: false });
      names.push(circuit.commitment);
    }
    const whole = await world.computations.circuits({});
    expect(whole.next).toBeUndefined();
    const listed = whole.items.map((item) => item.commitment);
    expect(new Set(listed)).toEqual(new Set(names));
    expect(listed.slice(0, 2)).toEqual([names[4], names[3]]);
    expect(listed[4]).toBe(names[0]);
    for (const limit of [1, 2, 4, 5]) {
      const pages: string[] = [];
      let before: string | undefined;
      do {
        const { items, next } = await world.computations.circuits({ limit, before });
        expect(items.length).toBeGreaterThan(0);
        expect(items.length).toBeLessThanOrEqual(limit);
        pages.push(...items.map((item) => item.commitment));
        before = next;
      } while (before !== undefined);
      expect(pages, `${limit}`).toEqual(listed);
    }
  });

  test('have a largest page', async () => {
    for (const limit of [0, mpcServiceLimits.pageMax + 1]) {
      expect((await refusal(world.computations.circuits({ limit }))).status).toBe(400);
    }
  });
});

const source = `import type { u32 } from 'hypergate:mpc';
export default function main(alice: { a: u32 }, bob: { b: u32 }) {
  return { all: { sum: alice.a + bob.b } };
}
`;

describe('a source', () => {
  test('is compiled by the node, and kept with its circuit and its types', async () => {
    const { circuit, created, warnings } = await world.computations.compileCircuit(source, { name: 'sum' });
    expect([created, warnings]).toEqual([true, []]);
    expect(circuit).toMatchObject({ name: 'sum', source, parties: ['alice', 'bob'] });
    expect(circuit.interface).toMatchObject({ version: 1, parties: ['alice', 'bob'] });
    const kept = await bytesOf(circuit.commitment);
    expect(commitmentOf(kept!)).toBe(circuit.commitment);
    expect(await world.computations.compileCircuit(source, {})).toEqual({
      circuit,
      created: false,
      warnings: [],
    });
    expect((await world.computations.putCircuit(kept!, { keep: true })).circuit).toEqual(circuit);
  });

  test('is added to a circuit that was uploaded before', async () => {
    const { circuit } = await world.computations.compileCircuit(source, {});
    const kept = await bytesOf(circuit.commitment);
    await world.service.reset();
    await world.computations.putCircuit(kept!, { keep: false });
    const again = await world.computations.compileCircuit(source, {});
    expect(again).toMatchObject({ created: false, circuit: { source, encodingBytes: kept!.length } });
  });

  test('with an error is refused with its place', async () => {
    const refused = await refusal(world.computations.compileCircuit(source.replace('+', '+ missing +'), {}));
    expect([refused.status, refused.message]).toEqual([400, expect.stringMatching(/:\d+:\d+: /)]);
    expect((await refusal(world.computations.compileCircuit('\ud800', {}))).status).toBe(400);
    const long = ' '.repeat(mpcServiceLimits.sourceBytesMax + 1);
    expect((await refusal(world.computations.compileCircuit(long, {}))).status).toBe(413);
    expect((await world.computations.circuits({})).items).toEqual([]);
  });
});

describe('the service', () => {
  test('tells why the node does not inspect', async () => {
    const codes: [NodeErrorCode, number][] = [
      ['overloaded', 503],
      ['not-supported', 503],
      ['malformed', 400],
    ];
    for (const [code, status] of codes) {
      const job = () => Promise.reject(new NodeError(code, 'the reason'));
      const other = await openWorld({ job });
      const refused = await refusal(other.computations.putCircuit(encoding, { keep: true }));
      expect([refused.status, refused.message]).toEqual([status, 'the reason']);
      await other.close();
    }
  });

  test('takes nothing any more once it drains, and finishes what it took', async () => {
    const upload = world.computations.putCircuit(encoding, { keep: true });
    await world.service.drain(new AbortController().signal);
    expect((await upload).created).toBe(true);
    expect((await refusal(world.computations.circuits({}))).status).toBe(503);
    expect(world.service.health().ready).toBe(false);
  });

  test('is empty after a reset', async () => {
    for (const bits of [1, 2]) await world.computations.putCircuit(allSet(bits), { keep: true });
    await world.service.reset();
    expect((await world.computations.circuits({})).items).toEqual([]);
    expect(await world.computations.circuit(commitmentOf(allSet(1)))).toBeUndefined();
  });
});
