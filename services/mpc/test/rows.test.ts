import { ed25519SigningKey } from '@hypergate/node/crypto';
import { ProofRefused } from '@hypergate/node/verifier';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { circuitsTable, computationsTable } from '../model/tables.ts';
import { type CircuitRow, readCircuitRow, readComputationRow, readRunRow } from '../verify/rows.ts';
import { signed, statementOf } from './support/statements.ts';

const u32 = fc.nat(0xffff_ffff);
const ascii = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/);
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 50 });
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const circuitRows: fc.Arbitrary<CircuitRow> = fc.record({
  commitment: bytes(33),
  createdMs: fc.maxSafeNat(),
  name: maybe(ascii),
  ands: u32,
  gates: u32,
  layers: u32,
  inputs: fc.array(fc.record({ party: ascii, name: ascii, bits: u32 }), { maxLength: 4 }),
  outputs: fc.array(
    fc.record({ name: ascii, to: fc.array(ascii, { minLength: 1, maxLength: 3 }), bits: u32 }),
    { maxLength: 4 },
  ),
  encoding: maybe(fc.record({ id: bytes(16), length: fc.maxSafeNat(), chunkBytes: u32 })),
  source: maybe(text),
  interface: maybe(text),
});

const [circuitFormat] = circuitsTable.formats;
const [computationFormat] = computationsTable.formats;

const computationRow = {
  ...signed(statementOf(`01${'33'.repeat(32)}`)),
  recordedMs: 2,
  endedMs: 1,
  outcome: 'completed',
} as const;

describe('rows', () => {
  test('of circuits are read as they were written', () => {
    fc.assert(
      fc.property(circuitRows, (row) => {
        expect(circuitFormat.decode(circuitFormat.encode(row))).toEqual(row);
      }),
    );
  });

  test('of computations are read as they were written', () => {
    const read = computationFormat.decode(computationFormat.encode(computationRow));
    expect({ ...read, signatures: read.signatures.map((one) => Buffer.from(one)) }).toEqual({
      ...computationRow,
      statement: read.statement,
    });
    expect(computationFormat.encode(read)).toEqual(computationFormat.encode(computationRow));
  });

  test('never change: what was stored once is read for ever', () => {
    const row: CircuitRow = {
      commitment: Uint8Array.of(1, ...new Uint8Array(32).fill(0xaa)),
      createdMs: 0x0102,
      name: 'sum',
      ands: 3,
      gates: 4,
      layers: 2,
      inputs: [{ party: 'a', name: 'x', bits: 8 }],
      outputs: [{ name: 'y', to: ['a', 'b'], bits: 1 }],
      encoding: { id: new Uint8Array(16).fill(0xbb), length: 9, chunkBytes: 8 },
      source: 'ä',
      interface: '{}',
    };
    const stored = [
      `01${'aa'.repeat(32)}`,
      '0000000000000102',
      '0373756d',
      '000000030000000400000002',
      '00010161017800000008',
      '00010179020161016200000001',
      `01${'bb'.repeat(16)}000000000000000900000008`,
      '00000002c3a4',
      '000000027b7d',
    ].join('');
    expect(Buffer.from(circuitFormat.encode(row)).toString('hex')).toBe(stored);
    expect(readCircuitRow(Buffer.from(stored, 'hex'))).toEqual(row);
  });

  test.each([
    ['circuit', readCircuitRow, circuitFormat.encode(fc.sample(circuitRows, { numRuns: 1, seed: 7 })[0]!)],
    ['computation', readComputationRow, computationFormat.encode(computationRow)],
    ['run', readRunRow, Buffer.alloc(32, 1)],
  ] as const)(
    'of a %s that were damaged are refused in one way, or read as something else',
    (_what, read, good) => {
      const change = fc.record({ at: fc.nat(good.length - 1), to: fc.nat(255) });
      fc.assert(
        fc.property(fc.array(change, { maxLength: 3 }), fc.nat(good.length), (changes, cut) => {
          const bad = Uint8Array.from(good).slice(0, good.length - cut);
          for (const { at, to } of changes) if (at < bad.length) bad[at] = to;
          try {
            read(bad);
          } catch (error) {
            expect(error).toBeInstanceOf(ProofRefused);
          }
        }),
        { numRuns: 1000 },
      );
    },
  );

  test('have the signatures of as many as there are parties', () => {
    const more = [...computationRow.signatures, ed25519SigningKey(Buffer.alloc(32)).sign(Buffer.alloc(1))];
    const longer = computationFormat.encode({ ...computationRow, signatures: more });
    expect(() => readComputationRow(longer)).toThrow(ProofRefused);
  });
});
