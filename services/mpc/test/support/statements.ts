/** Statements of parties with keys of their own, and their signatures. */
import type { ComputationFile } from '@hypergate/kit';
import { ed25519SigningKey, type SigningKey } from '@hypergate/node/crypto';
import {
  type ComputationStatement,
  computationJson,
  type SignedComputation,
  signStatement,
} from '@hypergate/node/verifier';

/** By the first letter of the party's name. */
export const keyOf = (name: string): SigningKey => ed25519SigningKey(Buffer.alloc(32, name.charCodeAt(0)));

export interface StatementOptions {
  readonly names?: readonly string[];
  readonly level?: ComputationStatement['level'];
  readonly session?: number;
  readonly run?: number;
  readonly transcript?: number;
}

/** @param circuit its commitment, 66 hex digits */
export function statementOf(circuit: string, options: StatementOptions = {}): ComputationStatement {
  const { names = ['alice', 'bob'], level = 'malicious', session = 1, run = 0, transcript = 2 } = options;
  return {
    version: 1,
    circuit: Buffer.from(circuit, 'hex'),
    level,
    parties: names.map((name) => ({ name, key: keyOf(name).publicKey })),
    sessionId: Buffer.alloc(32, session),
    run,
    transcriptHash: Buffer.alloc(32, transcript),
  };
}

/** By all its parties. */
export function signed(statement: ComputationStatement): SignedComputation {
  return {
    statement,
    signatures: statement.parties.map(({ name }) => signStatement(statement, keyOf(name))),
  };
}

export function fileOf(circuit: string, options: StatementOptions = {}): ComputationFile {
  return computationJson(signed(statementOf(circuit, options)));
}
