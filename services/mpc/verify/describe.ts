/**
 * What a verified document says about a circuit, or about a computation of one: that its parties signed a statement, which is
 * verified here again, or that there is no such record. It says nothing about inputs and outputs: nobody but their parties has
 * them. Everything in the document must be part of the claim. Runs in browsers.
 */
import { computationId, hex, ProofRefused, sameBytes, verifyStatement } from '@hypergate/node/verifier';
import {
  type ProofClaim,
  refuseUnused,
  type UsedParts,
  type VerifiedDocument,
  type VerifiedRecord,
} from '@hypergate/table/verify';
import { sha256 } from '@noble/hashes/sha2.js';
import { type CircuitRow, readCircuitRow, readComputationRow, rowVersion } from './rows.ts';
import { type MpcSubject, parseSubject } from './subject.ts';

/** The same in every gateway. */
export const mpcDomain: Uint8Array = sha256(new TextEncoder().encode('hypergate/mpc/v1'));
const tables = { circuit: 'mpc.circuits', computation: 'mpc.computations' } as const;

type Facts = [name: string, value: string][];

/** @throws ProofRefused when the document proves something else than its subject */
export function describeProof(document: VerifiedDocument): ProofClaim {
  const used: UsedParts = new Set();
  const subject = parseSubject(document.subject);
  const claim = describe(subject, document, used);
  refuseUnused(document, used);
  return { ...claim, content: undefined };
}

function describe(
  subject: MpcSubject,
  document: VerifiedDocument,
  used: UsedParts,
): Omit<ProofClaim, 'content'> {
  const absent = document.absences.find((part) => isRecordOf(part, subject));
  if (absent !== undefined) {
    used.add(absent);
    return { statement: `there is no record of the ${subject.kind} ${hex(subject.name)}`, facts: [] };
  }
  const record = document.records.find((part) => isRecordOf(part, subject));
  if (record === undefined) throw new ProofRefused(`the ${subject.kind} is not proven`);
  used.add(record);
  if (record.rowVersion !== rowVersion)
    throw new ProofRefused(`unknown version of the row of a ${subject.kind}`);
  return subject.kind === 'circuit' ? describeCircuit(record, subject) : describeComputation(record, subject);
}

function isRecordOf(part: VerifiedDocument['absences'][number], { kind, name }: MpcSubject): boolean {
  return (
    part.table === tables[kind] &&
    sameBytes(part.domain, mpcDomain) &&
    part.partition.length === 0 &&
    sameBytes(part.sort, name)
  );
}

function describeCircuit({ row }: VerifiedRecord, { name }: MpcSubject): Omit<ProofClaim, 'content'> {
  const circuit = readCircuitRow(row);
  if (!sameBytes(circuit.commitment, name)) throw new ProofRefused('another circuit is proven');
  const facts: Facts = [
    ['circuit', hex(name)],
    ...(circuit.name === undefined ? [] : ([['name', JSON.stringify(circuit.name)]] as Facts)),
    ...circuit.inputs.map(({ party, name, bits }): Facts[0] => [
      'input',
      `${name} of ${party}, ${bitsText(bits)}`,
    ]),
    ...circuit.outputs.map(({ name, to, bits }): Facts[0] => [
      'output',
      `${name} to ${to.join(', ')}, ${bitsText(bits)}`,
    ]),
    ['gates', `${circuit.gates}, of them AND ${circuit.ands} in ${circuit.layers} layers`],
    ...sourceFacts(circuit),
    ['recorded', timeText(circuit.createdMs)],
  ];
  return { statement: `the circuit ${hex(name)} is recorded with these inputs and outputs`, facts };
}

function sourceFacts({ source, encoding }: CircuitRow): Facts {
  const facts: Facts = [];
  if (encoding !== undefined) facts.push(['encoding', `${encoding.length} bytes`]);
  if (source !== undefined) {
    facts.push(['sha256 of the source', hex(sha256(new TextEncoder().encode(source)))]);
  }
  return facts;
}

function describeComputation({ row }: VerifiedRecord, { name }: MpcSubject): Omit<ProofClaim, 'content'> {
  const computation = readComputationRow(row);
  verifyStatement(computation);
  const { statement, outcome, endedMs, recordedMs } = computation;
  if (!sameBytes(computationId(statement), name)) throw new ProofRefused('another computation is proven');
  const { parties, circuit, level, sessionId, run, transcriptHash } = statement;
  const names = parties.map((party) => party.name);
  const facts: Facts = [
    ['circuit', hex(circuit)],
    ['level', level],
    ...parties.map((party): Facts[0] => [`key of ${party.name}`, hex(party.key)]),
    ['session', hex(sessionId)],
    ['run', String(run)],
    ['transcript', hex(transcriptHash)],
    ['outcome', outcome],
    ['ended', `${timeText(endedMs)}, as who recorded it said`],
    ['recorded', timeText(recordedMs)],
  ];
  const who = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  return {
    statement: `${who} signed that they computed the circuit ${hex(circuit)} together at level ${level}`,
    facts,
  };
}

function bitsText(bits: number): string {
  return bits === 1 ? '1 bit' : `${bits} bits`;
}

function timeText(timeMs: number): string {
  if (timeMs > 8.64e15) return `${timeMs} ms after 1970`;
  return new Date(timeMs).toISOString();
}
