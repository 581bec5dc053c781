import type { Verifier } from '@hypergate/node/verifier';
import { StartError } from '../errors.ts';

/** The verifier of this version; loaded only when a document is there to be checked. */
export async function loadVerifier(): Promise<Verifier> {
  const module: Readonly<Record<string, unknown>> = await import('@hypergate/node/verifier');
  const { createVerifier } = module;
  if (typeof createVerifier !== 'function') throw new StartError('this version cannot verify proofs');
  return (await createVerifier()) as Verifier;
}
