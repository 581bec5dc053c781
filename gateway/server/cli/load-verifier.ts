import type { Verifier } from '@hypergate/node/verifier';

/** The verifier of this version; loaded only when a document is there to be checked. */
export async function loadVerifier(): Promise<Verifier> {
  const { createVerifier } = await import('@hypergate/node/verifier');
  return await createVerifier();
}
