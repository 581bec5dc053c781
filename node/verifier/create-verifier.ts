/** The verifier with the curve's kernel and the reference strings that come with the project. */
import { loadWasmCurve } from '../crypto/bls48581/wasm/index.ts';
import { defaultVerifierKey } from '../crypto/srs/default/index.ts';
import type { VerifierKey } from '../crypto/srs/index.ts';
import type { Verifier } from './types.ts';
import { createVerifierOver } from './verify-proof.ts';

/** @param keys of other reference strings that proofs may be made with */
export async function createVerifier(keys: readonly VerifierKey[] = []): Promise<Verifier> {
  return createVerifierOver({ curve: await loadWasmCurve(), keys: [defaultVerifierKey, ...keys] });
}
