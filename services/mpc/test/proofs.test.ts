/** Proofs of circuits and computations: the service and its tables as they run, and a prover without cryptography. */
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { computationId, hex, ProofRefused } from '@hypergate/node/verifier';
import { type ProofClaim, verifyDocument } from '@hypergate/table/verify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { computationKey, computationsTable, domainAddress } from '../model/tables.ts';
import { describeProof } from '../verify/index.ts';
import { allSet } from './support/circuits.ts';
import { fileOf, keyOf, signed, statementOf } from './support/statements.ts';
import { openWorld, type World } from './support/world.ts';

let world: World;
let circuit: string;
beforeEach(async () => {
  world = await openWorld();
  const upload = { name: 'all set', keep: true };
  circuit = (await world.computations.putCircuit(allSet(2), upload)).circuit.commitment;
});
afterEach(() => world.close());

const prove = (target: string, query: Partial<ProofQuery> = {}): Promise<string> =>
  world.service.prove!({ target, discloseAddressKeys: false, delay: false, ...query });

const describeText = (text: string): ProofClaim =>
  describeProof(verifyDocument(text, world.prover.trustRoot, world.prover.verifier));

const claimOf = async (target: string, query: Partial<ProofQuery> = {}) =>
  describeText(await prove(target, query));

async function refusal(asked: Promise<unknown>): Promise<[number, string]> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProofUnavailable)) throw new Error('no refusal', { cause: error });
  return [error.status, error.message];
}

test('a circuit is proven with what it takes and gives', async () => {
  const claim = await claimOf(`mpc://circuits/${circuit}`);
  expect(claim.statement).toBe(`the circuit ${circuit} is recorded with these inputs and outputs`);
  expect(claim.facts).toEqual([
    ['circuit', circuit],
    ['name', '"all set"'],
    ['input', 'a of alice, 2 bits'],
    ['input', 'b of bob, 2 bits'],
    ['output', 'all to alice, bob, 1 bit'],
    ['gates', expect.stringMatching(/^3, of them AND 3 in \d layers$/)],
    ['encoding', `${allSet(2).length} bytes`],
    ['recorded', new Date(world.clock.ms).toISOString()],
  ]);
});

test('a computation is proven with who signed what', async () => {
  const { computation } = await world.computations.record(fileOf(circuit, { run: 4 }), 1000);
  const claim = await claimOf(`mpc://computations/${computation.id}`);
  expect(claim.statement).toBe(
    `alice and bob signed that they computed the circuit ${circuit} together at level malicious`,
  );
  expect(claim.facts).toEqual([
    ['circuit', circuit],
    ['level', 'malicious'],
    ['key of alice', hex(keyOf('alice').publicKey)],
    ['key of bob', hex(keyOf('bob').publicKey)],
    ['session', '01'.repeat(32)],
    ['run', '4'],
    ['transcript', '02'.repeat(32)],
    ['outcome', 'completed'],
    ['ended', '1970-01-01T00:00:01.000Z, as who recorded it said'],
    ['recorded', new Date(world.clock.ms).toISOString()],
  ]);
  expect(claim.content).toBeUndefined();
});

test('that there is no such record is proven only when the address key may be given', async () => {
  for (const target of [`mpc://circuits/01${'00'.repeat(32)}`, `mpc://computations/${'00'.repeat(32)}`]) {
    const [status, message] = await refusal(prove(target));
    expect([status, message]).toEqual([409, expect.stringContaining('the address key of mpc.c')]);
    const claim = await claimOf(target, { discloseAddressKeys: true });
    const [, kind, name] = /^mpc:..(\w+)s\/(\w+)$/.exec(target)!;
    expect(claim).toEqual({
      statement: `there is no record of the ${kind} ${name}`,
      facts: [],
      content: undefined,
    });
  }
});

test('a record is shown to be the only one of its name when the address key may be given', async () => {
  const text = await prove(`mpc://circuits/${circuit}`, { discloseAddressKeys: true });
  const document = verifyDocument(text, world.prover.trustRoot, world.prover.verifier);
  expect(document.namesBound).toBe(true);
  expect(describeProof(document).statement).toContain('is recorded');
});

test('one changed letter anywhere is refused', async () => {
  const { computation } = await world.computations.record(fileOf(circuit), undefined);
  for (const text of [
    await prove(`mpc://circuits/${circuit}`),
    await prove(`mpc://computations/${computation.id}`),
    await prove(`mpc://computations/${'00'.repeat(32)}`, { discloseAddressKeys: true }),
  ]) {
    expect(() => describeText(text)).not.toThrow();
    for (let at = 0; at < text.length; at += 3) {
      const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << (at % 7)));
      const bad = text.slice(0, at) + other + text.slice(at + 1);
      expect(() => describeText(bad), `${at}: ${bad}`).toThrow(ProofRefused);
    }
  }
});

describe('a record that somebody else than the service wrote', () => {
  const now = { recordedMs: 1, endedMs: 1, outcome: 'completed' } as const;

  /** With the keys of the tables, as a dishonest gateway could. */
  async function plant(id: Uint8Array, row: object): Promise<string> {
    const domain = await world.tables.openDomain(domainAddress);
    await world.tables.transact([
      { kind: 'put', domain, table: computationsTable, key: computationKey(id), row },
    ]);
    return prove(`mpc://computations/${hex(id)}`);
  }

  test('with a signature that does not hold is refused by who verifies', async () => {
    const { statement, signatures } = signed(statementOf(circuit));
    const forged = [signatures[0], signatures[0]];
    const text = await plant(computationId(statement), { statement, signatures: forged, ...now });
    expect(() => describeText(text)).toThrow('the signature of bob does not hold');
  });

  test('under the name of another statement is refused by who verifies', async () => {
    const text = await plant(Buffer.alloc(32, 7), { ...signed(statementOf(circuit)), ...now });
    expect(() => describeText(text)).toThrow('another computation is proven');
  });
});

test('a target that is none is refused with what it should be', async () => {
  for (const target of [
    'mpc://',
    'mpc://circuits/',
    `mpc://circuits/${circuit.slice(2)}`,
    `mpc://circuits/${circuit.toUpperCase()}`,
    `mpc://circuits/${circuit}/`,
    `mpc://computations/${circuit}`,
    `mpc://others/${circuit}`,
  ]) {
    const [status, message] = await refusal(prove(target, { discloseAddressKeys: true }));
    expect([status, message]).toEqual([
      400,
      expect.stringContaining('is not of the form mpc://circuits/COMMITMENT'),
    ]);
  }
  expect((await refusal(prove(`mpc://circuits/${circuit}`, { versionId: 'x' })))[0]).toBe(400);
});
