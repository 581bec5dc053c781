/** From a document's bytes to what it says: the proof, the sealed atoms, and their meaning to the service of the subject. */
import { ProofRefused, type Verifier } from '@hypergate/node/verifier';
import { documentText, type ProofClaim, verifyDocument } from '@hypergate/table/verify';
import { proofReaders } from './gen/readers.ts';
import type { ProofReader } from './proof-reader.ts';
import { type ProofReport, reportOf } from './report.ts';

export { documentBytesMax } from '@hypergate/table/verify';

export interface CheckedDocument extends ProofReport {
  /** Of an object its bytes, or hashes of them, for `compareFile`; undefined when the proof is about no content. */
  readonly content: ProofClaim['content'];
}

export interface CheckModules {
  readonly verifier: Verifier;
  /** By the scheme of the subject; those of this version unless given. */
  readonly readers?: ReadonlyMap<string, ProofReader>;
}

/**
 * @param document its file as it is: a text that was made of bytes with replacements could be that of another file
 * @param trustRoot 32 bytes
 * @throws ProofRefused with the reason, whatever the document is
 */
export function checkDocument(
  document: string | Uint8Array,
  trustRoot: Uint8Array,
  { verifier, readers = proofReaders }: CheckModules,
): CheckedDocument {
  const text = typeof document === 'string' ? document : documentText(document);
  const verified = verifyDocument(text, trustRoot, verifier);
  const scheme = /^([a-z][a-z0-9-]{0,31}):\/\//.exec(verified.subject)?.[1];
  const describeProof = scheme === undefined ? undefined : readers.get(scheme);
  if (describeProof === undefined) {
    throw new ProofRefused('its subject is of a service that this version cannot verify');
  }
  const claim = describeProof(verified);
  return { ...reportOf(verified, claim), content: claim.content };
}
