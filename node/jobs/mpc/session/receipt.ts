/**
 * What remains of a run in public: a statement that all parties sign once they have found the same transcript. No output is released
 * before every signature is there, so whoever has an output can show who computed it.
 */
import {
  type ComputationStatement,
  isSignedBy,
  type SignedComputation,
  signStatement,
} from '../../../verifier/computation.ts';
import { MpcAbort } from '../errors.ts';
import { controlKind } from './format/control.ts';
import { type Identity, signatureBytes } from './identity.ts';
import type { Links } from './links.ts';

/** @throws MpcAbort `cheating` for a party whose signature does not hold */
export async function signRun(
  links: Links,
  statement: ComputationStatement,
  me: string,
  identity: Identity,
): Promise<SignedComputation> {
  const own = signStatement(statement, identity);
  const others = await links.exchange(controlKind.signature, signatureBytes, () => own);
  const signatures = statement.parties.map(({ name }) => {
    if (name === me) return own;
    const signature = others.get(name)!;
    if (!isSignedBy(statement, name, signature)) {
      throw new MpcAbort('cheating', name, 'its signature of the statement does not hold');
    }
    return signature;
  });
  return { statement, signatures };
}
