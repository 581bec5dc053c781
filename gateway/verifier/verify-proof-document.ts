import { createVerifier, type Verifier } from '@hypergate/node/verifier';
import { type CheckedDocument, checkDocument } from './check-document.ts';
import { parseTrustRoot } from './trust-root.ts';

let verifier: Promise<Verifier> | undefined;

/**
 * Checks a document with the reference strings that come with the project.
 * @param document a file of `hypergate prove`
 * @param trustRootHex what `hypergate trust-root` printed, learned from whom you trust
 * @throws ProofRefused with the reason; RangeError when the trust root is none
 */
export async function verifyProofDocument(
  document: string | Uint8Array,
  trustRootHex: string,
): Promise<CheckedDocument> {
  const trustRoot = parseTrustRoot(trustRootHex);
  verifier ??= createVerifier();
  return checkDocument(document, trustRoot, { verifier: await verifier });
}
