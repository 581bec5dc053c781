/**
 * What remains of a multi-party computation in public: a statement that all its parties signed. It names the circuit, who computed,
 * and the hash of the transcript that all of them saw; no input and no output. Runs in browsers.
 *
 *   encoding  `hypergate/mpc-computation/v1` ‖ circuit (33) ‖ level (1) ‖ session (32) ‖ run (8) ‖ transcript (32)
 *             ‖ parties (1) ‖ of each party, in the order of the roles: length (1), name in ASCII ‖ key (33)
 *
 * A signature is Ed25519 (RFC 8032) over the encoding, whose first bytes no other message of the project has. Numbers are
 * big-endian. A statement has one encoding, so that its SHA-256 names it.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { FieldReader, FieldWriter, ProofRefused, sameBytes } from '../proving/format/bytes.ts';

/** `SecurityLevel` of node/jobs/mpc/protocol.ts, which says what each means. A level's index is its code: only ever appended to. */
export const computationLevels = ['semi-honest', 'malicious', 'three-party', 'one-bit-leakage'] as const;
export type ComputationLevel = (typeof computationLevels)[number];

export const computationLimits = {
  partiesMin: 2,
  partiesMax: 16,
  nameCharsMax: 64,
  /** Of an encoding: more is not read. */
  encodingBytesMax: 2048,
} as const;

export interface ComputationParty {
  /** As the circuit names it: ASCII, from `nameOfParty`. */
  readonly name: string;
  /** Ed25519, tagged: 33 bytes. */
  readonly key: Uint8Array;
}

export interface ComputationStatement {
  readonly version: 1;
  /** Its commitment (node/jobs/mpc/circuit/encode.ts): a tagged SHA-256, 33 bytes. */
  readonly circuit: Uint8Array;
  readonly level: ComputationLevel;
  /** In the order of their roles; no name and no key twice. */
  readonly parties: readonly ComputationParty[];
  /** 32 bytes. */
  readonly sessionId: Uint8Array;
  /** Number of the run in its session. */
  readonly run: number;
  /** 32 bytes, the same for all parties. */
  readonly transcriptHash: Uint8Array;
}

/** Signs without giving away its key: `SigningKey` of node/crypto is one. */
export interface StatementSigner {
  /** Tagged, 33 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns the tagged signature, 65 bytes */
  sign(message: Uint8Array): Uint8Array;
}

export interface SignedComputation {
  readonly statement: ComputationStatement;
  /** Of the parties, in their order; tagged, 65 bytes. */
  readonly signatures: readonly Uint8Array[];
}

export const nameOfParty: RegExp = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

const prefix = new TextEncoder().encode('hypergate/mpc-computation/v1');
const tags = { sha256: 0x01, ed25519PublicKey: 0x10, ed25519Signature: 0x11 } as const;
const hashBytes = 32;
const keyBytes = 33;
const signatureBytes = 65;

/** @throws RangeError for what is no statement */
export function encodeStatement(statement: ComputationStatement): Uint8Array {
  const fault = faultOf(statement);
  if (fault !== undefined) throw new RangeError(fault);
  const { circuit, level, parties, sessionId, run, transcriptHash } = statement;
  const to = new FieldWriter().bytes(prefix).bytes(circuit).u8(computationLevels.indexOf(level));
  to.bytes(sessionId).u64(run).bytes(transcriptHash).u8(parties.length);
  for (const { name, key } of parties) to.u8(name.length).text(name).bytes(key);
  return to.done();
}

/** @throws ProofRefused unless it is exactly what `encodeStatement` makes */
export function decodeStatement(encoding: Uint8Array): ComputationStatement {
  if (encoding.length > computationLimits.encodingBytesMax)
    throw new ProofRefused('the statement is too long');
  const from = new FieldReader(encoding);
  if (!sameBytes(from.bytes(prefix.length, 'the statement'), prefix)) {
    throw new ProofRefused('the bytes are not the statement of a computation');
  }
  const circuit = from.bytes(keyBytes, 'the circuit');
  const level = computationLevels[from.u8('the level')];
  if (level === undefined) throw new ProofRefused('the statement has an unknown level');
  const sessionId = from.bytes(hashBytes, 'the session');
  const run = from.u64('the run');
  const transcriptHash = from.bytes(hashBytes, 'the transcript');
  const count = from.u8('the parties');
  if (count > computationLimits.partiesMax) throw new ProofRefused('the statement has too many parties');
  const parties = Array.from({ length: count }, () => readParty(from));
  from.end('the statement');
  return checkedStatement({ version: 1, circuit, level, parties, sessionId, run, transcriptHash });
}

function readParty(from: FieldReader): ComputationParty {
  const name = from.bytes(from.u8('the name of a party'), 'the name of a party');
  // What is not ASCII becomes a character that no name has.
  return { name: new TextDecoder('latin1').decode(name), key: from.bytes(keyBytes, 'the key of a party') };
}

/** @throws ProofRefused */
export function checkedStatement(statement: ComputationStatement): ComputationStatement {
  const fault = faultOf(statement);
  if (fault !== undefined) throw new ProofRefused(fault);
  return statement;
}

function faultOf(statement: ComputationStatement): string | undefined {
  const { version, circuit, level, parties, sessionId, run, transcriptHash } = statement;
  const { partiesMin, partiesMax } = computationLimits;
  if (version !== 1) return 'the statement has another version';
  if (circuit.length !== keyBytes || circuit[0] !== tags.sha256) {
    return 'the commitment of the circuit is not a tagged SHA-256';
  }
  if (!computationLevels.includes(level)) return 'the statement has an unknown level';
  if (sessionId.length !== hashBytes) return 'the id of the session has not 32 bytes';
  if (!Number.isSafeInteger(run) || run < 0) return 'the number of the run is not a safe integer';
  if (transcriptHash.length !== hashBytes) return 'the hash of the transcript has not 32 bytes';
  if (parties.length < partiesMin || parties.length > partiesMax) return 'a statement has 2 to 16 parties';
  if (level === 'three-party' && parties.length !== 3)
    return 'a statement of level three-party has 3 parties';
  if (!parties.every(({ name }) => nameOfParty.test(name))) return 'the name of a party is malformed';
  if (new Set(parties.map(({ name }) => name)).size !== parties.length) return 'two parties have one name';
  if (!parties.every(({ key }) => key.length === keyBytes && key[0] === tags.ed25519PublicKey)) {
    return 'the key of a party is not a tagged Ed25519 key';
  }
  const isTwice = parties.some(({ key }, at) =>
    parties.slice(0, at).some((each) => sameBytes(each.key, key)),
  );
  return isTwice ? 'two parties have one key' : undefined;
}

/** Names a statement: 32 bytes. */
export function computationId(statement: ComputationStatement): Uint8Array {
  return sha256(encodeStatement(statement));
}

/** @throws RangeError when the key is of none of the parties, or the statement is none */
export function signStatement(statement: ComputationStatement, signer: StatementSigner): Uint8Array {
  const encoding = encodeStatement(statement);
  if (!statement.parties.some(({ key }) => sameBytes(key, signer.publicKey))) {
    throw new RangeError('the key is of none of the parties');
  }
  return signer.sign(encoding);
}

/** Whether the party of that name signed exactly this. @throws RangeError when the statement is none */
export function isSignedBy(statement: ComputationStatement, name: string, signature: Uint8Array): boolean {
  const party = statement.parties.find((each) => each.name === name);
  return party !== undefined && isSignature(encodeStatement(statement), party.key, signature);
}

/**
 * RFC 8032 as FIPS 186-5 has it: canonical encodings of points, a scalar below the order, no keys of small order. One
 * implementation for nodes and browsers, so that all agree on every signature.
 */
function isSignature(message: Uint8Array, key: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== signatureBytes || signature[0] !== tags.ed25519Signature) return false;
  return ed25519.verify(signature.subarray(1), message, key.subarray(1), { zip215: false });
}

/** @throws ProofRefused unless all parties signed the statement */
export function verifyStatement({ statement, signatures }: SignedComputation): void {
  const encoding = encodeStatement(checkedStatement(statement));
  if (signatures.length !== statement.parties.length) {
    throw new ProofRefused(`${statement.parties.length} parties need as many signatures`);
  }
  statement.parties.forEach(({ name, key }, at) => {
    if (!isSignature(encoding, key, signatures[at]!)) {
      throw new ProofRefused(`the signature of ${name} does not hold`);
    }
  });
}
