import type { ProofClaim, VerifiedDocument } from '@hypergate/table/verify';

/**
 * What a document says in the words of the service that its subject names: `describeProof` of the service's `verify/`.
 * @throws ProofRefused when the document proves something else than its subject
 */
export type ProofReader = (document: VerifiedDocument) => ProofClaim;
