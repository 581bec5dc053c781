/**
 * A signed statement as JSON, for files and the admin API:
 *
 *   { "statement": { "version": 1, "circuit": hex, "level": "malicious", "parties": [{ "name": "alice", "key": hex }, …],
 *     "sessionId": hex, "run": 0, "transcriptHash": hex }, "signatures": { "alice": hex, … } }
 *
 * Keys, signatures and the circuit with their type tags; digits in lower case. Runs in browsers.
 */
import { hex, ProofRefused } from '../proving/format/bytes.ts';
import {
  type ComputationLevel,
  type ComputationParty,
  type ComputationStatement,
  checkedStatement,
  computationLimits,
  type SignedComputation,
} from './computation.ts';

/** Characters of a file: more is not read. */
export const computationTextMax = 16 * 1024;

export interface ComputationJson {
  readonly statement: {
    readonly version: 1;
    readonly circuit: string;
    readonly level: ComputationLevel;
    readonly parties: readonly { readonly name: string; readonly key: string }[];
    readonly sessionId: string;
    readonly run: number;
    readonly transcriptHash: string;
  };
  /** By name of the party. */
  readonly signatures: Readonly<Record<string, string>>;
}

/** The plain values, to be written as JSON. */
export function computationJson({ statement, signatures }: SignedComputation): ComputationJson {
  const { version, circuit, level, parties, sessionId, run, transcriptHash } = statement;
  return {
    statement: {
      version,
      circuit: hex(circuit),
      level,
      parties: parties.map(({ name, key }) => ({ name, key: hex(key) })),
      sessionId: hex(sessionId),
      run,
      transcriptHash: hex(transcriptHash),
    },
    signatures: Object.fromEntries(parties.map(({ name }, at) => [name, hex(signatures[at]!)])),
  };
}

/** @throws ProofRefused for what is not JSON of this form; signatures are not verified */
export function parseComputation(text: string): SignedComputation {
  if (text.length > computationTextMax) throw new ProofRefused('the text of the computation is too long');
  try {
    return readComputation(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new ProofRefused('the computation is not JSON', { cause: error });
  }
}

/** As `parseComputation`, of JSON that was parsed. @throws ProofRefused */
export function readComputation(value: unknown): SignedComputation {
  const { statement, signatures } = members(value, ['statement', 'signatures'], 'the computation');
  const read = readStatement(statement);
  const names = read.parties.map(({ name }) => name);
  const byName = members(signatures, names, 'the signatures');
  return { statement: read, signatures: names.map((name) => bytesOf(byName[name], 65, 'a signature')) };
}

const statementNames = [
  'version',
  'circuit',
  'level',
  'parties',
  'sessionId',
  'run',
  'transcriptHash',
] as const;

function readStatement(value: unknown): ComputationStatement {
  const from = members(value, statementNames, 'the statement');
  if (!Array.isArray(from.parties) || from.parties.length > computationLimits.partiesMax) {
    throw new ProofRefused('a statement has 2 to 16 parties');
  }
  return checkedStatement({
    // Both are checked with the rest.
    version: from.version as 1,
    level: from.level as ComputationLevel,
    circuit: bytesOf(from.circuit, 33, 'the circuit'),
    parties: from.parties.map(readParty),
    sessionId: bytesOf(from.sessionId, 32, 'the id of the session'),
    run: from.run as number,
    transcriptHash: bytesOf(from.transcriptHash, 32, 'the hash of the transcript'),
  });
}

function readParty(value: unknown): ComputationParty {
  const { name, key } = members(value, ['name', 'key'], 'a party');
  if (typeof name !== 'string') throw new ProofRefused('the name of a party is malformed');
  return { name, key: bytesOf(key, 33, 'the key of a party') };
}

/** Exactly these members, as their own: names come from outside, and `__proto__` is one of a party. */
function members<Name extends string>(
  value: unknown,
  names: readonly Name[],
  what: string,
): Record<Name, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).length !== names.length) {
    throw new ProofRefused(`${what} has not the members ${names.join(', ')}`);
  }
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) throw new ProofRefused(`${what} has no member ${missing}`);
  return value as Record<Name, unknown>;
}

function bytesOf(value: unknown, length: number, what: string): Uint8Array {
  if (typeof value !== 'string' || value.length !== 2 * length || !/^[0-9a-f]*$/.test(value)) {
    throw new ProofRefused(`${what} is not ${length} bytes in lower-case hex digits`);
  }
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(value.slice(2 * at, 2 * at + 2), 16));
}
