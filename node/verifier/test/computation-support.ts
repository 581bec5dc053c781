import { ed25519SigningKey, type SigningKey } from '../../crypto/index.ts';
import {
  type ComputationLevel,
  type ComputationStatement,
  computationLevels,
  type SignedComputation,
  signStatement,
} from '../computation.ts';

export const keyOf = (seed: number): SigningKey => ed25519SigningKey(Buffer.alloc(32, seed));

export interface StatementOptions {
  readonly names?: readonly string[];
  readonly level?: ComputationLevel;
  readonly run?: number;
  readonly fill?: number;
}

/** Party n signs with `keyOf(n + 1)`. */
export function statementOf(options: StatementOptions = {}): ComputationStatement {
  const { names = ['alice', 'bob'], level = computationLevels[1], run = 7, fill = 3 } = options;
  return {
    version: 1,
    circuit: Buffer.concat([Buffer.of(0x01), Buffer.alloc(32, fill)]),
    level,
    parties: names.map((name, at) => ({ name, key: keyOf(at + 1).publicKey })),
    sessionId: Buffer.alloc(32, fill + 1),
    run,
    transcriptHash: Buffer.alloc(32, fill + 2),
  };
}

export function signedBy(statement: ComputationStatement, keys: readonly SigningKey[]): SignedComputation {
  return { statement, signatures: keys.map((key) => signStatement(statement, key)) };
}
