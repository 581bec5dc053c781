/**
 * Rows as they are stored (version 1), read without Node.js: the service reads its own rows with this too. Numbers are
 * big-endian; names are ASCII with a length of 1 byte in front.
 *
 *   circuit      commitment (33) ‖ created (8) ‖ name ‖ ands (4) ‖ gates (4) ‖ layers (4)
 *                ‖ inputs (2), of each: party ‖ name ‖ bits (4)
 *                ‖ outputs (2), of each: name ‖ parties (1), each a name ‖ bits (4)
 *                ‖ kept (1) [‖ blob id (16) ‖ length (8) ‖ chunk bytes (4)]
 *                ‖ length (4), source in UTF-8 ‖ length (4), interface as JSON in UTF-8
 *   computation  recorded (8) ‖ ended (8) ‖ outcome (1) ‖ length (2), statement ‖ of each party: signature (65)
 *   run          id of the computation (32)
 *
 * An empty name, source or interface stands for none.
 */
import {
  type ComputationStatement,
  decodeStatement,
  FieldReader,
  ProofRefused,
  type SignedComputation,
} from '@hypergate/node/verifier';

export const rowVersion = 1;

export interface CircuitInput {
  readonly party: string;
  readonly name: string;
  readonly bits: number;
}

export interface CircuitOutput {
  readonly name: string;
  readonly to: readonly string[];
  readonly bits: number;
}

export interface BlobFacts {
  readonly id: Uint8Array;
  readonly length: number;
  readonly chunkBytes: number;
}

export interface CircuitRow {
  /** Tagged, 33 bytes. */
  readonly commitment: Uint8Array;
  readonly createdMs: number;
  readonly name: string | undefined;
  readonly ands: number;
  readonly gates: number;
  readonly layers: number;
  readonly inputs: readonly CircuitInput[];
  readonly outputs: readonly CircuitOutput[];
  /** Where the encoding is kept. */
  readonly encoding: BlobFacts | undefined;
  readonly source: string | undefined;
  /** JSON. */
  readonly interface: string | undefined;
}

export const outcomes = ['completed'] as const;

export interface ComputationRow extends SignedComputation {
  readonly recordedMs: number;
  /** As who recorded it said. */
  readonly endedMs: number;
  readonly outcome: (typeof outcomes)[number];
}

const signatureBytes = 65;

/** @throws ProofRefused */
export function readCircuitRow(bytes: Uint8Array): CircuitRow {
  const from = new FieldReader(bytes);
  const row = {
    commitment: from.bytes(33, 'the commitment'),
    createdMs: from.u64('the time'),
    name: readName(from) || undefined,
    ands: from.u32('the gates'),
    gates: from.u32('the gates'),
    layers: from.u32('the layers'),
    inputs: list(from, from.u16('the inputs'), () => ({
      party: readName(from),
      name: readName(from),
      bits: from.u32('the bits of an input'),
    })),
    outputs: list(from, from.u16('the outputs'), () => ({
      name: readName(from),
      to: list(from, from.u8('the parties of an output'), () => readName(from)),
      bits: from.u32('the bits of an output'),
    })),
    encoding: readBlob(from),
    source: readText(from) || undefined,
    interface: readText(from) || undefined,
  };
  from.end('the row of a circuit');
  return row;
}

/** @throws ProofRefused; signatures are not verified */
export function readComputationRow(bytes: Uint8Array): ComputationRow {
  const from = new FieldReader(bytes);
  const recordedMs = from.u64('the time');
  const endedMs = from.u64('the time');
  const outcome = outcomes[from.u8('the outcome')];
  if (outcome === undefined) throw new ProofRefused('the computation has an unknown outcome');
  const statement: ComputationStatement = decodeStatement(
    from.bytes(from.u16('the statement'), 'the statement'),
  );
  const signatures = statement.parties.map(() => from.bytes(signatureBytes, 'a signature'));
  from.end('the row of a computation');
  return { recordedMs, endedMs, outcome, statement, signatures };
}

/** @throws ProofRefused */
export function readRunRow(bytes: Uint8Array): Uint8Array {
  const from = new FieldReader(bytes);
  const id = from.bytes(32, 'the id of a computation');
  from.end('the row of a run');
  return id;
}

/** Each takes at least a byte, so that a count is no reason to make room. */
function list<Item>(from: FieldReader, count: number, read: () => Item): Item[] {
  if (count > from.left) throw new ProofRefused('the bytes end inside a list');
  return Array.from({ length: count }, read);
}

function readName(from: FieldReader): string {
  const bytes = from.bytes(from.u8('a name'), 'a name');
  if (bytes.some((byte) => byte < 0x20 || byte > 0x7e)) throw new ProofRefused('a name is not ASCII');
  return String.fromCharCode(...bytes);
}

function readText(from: FieldReader): string {
  const bytes = from.bytes(from.u32('a text'), 'a text');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ProofRefused('a text is not UTF-8', { cause: error });
  }
}

function readBlob(from: FieldReader): BlobFacts | undefined {
  const kept = from.u8('the place of the encoding');
  if (kept > 1) throw new ProofRefused('an encoding is kept or not');
  if (kept === 0) return undefined;
  return {
    id: from.bytes(16, 'the id of a blob'),
    length: from.u64('the length of a blob'),
    chunkBytes: from.u32('the length of a chunk'),
  };
}
