/** The reference string that comes with the project; README.md tells who made it. Runs in browsers too. */
import type { Curve } from '../../bls48581/index.ts';
import { decodeSrs } from '../format/v1.ts';
import type { Srs } from '../srs.ts';
import { srsBase64 } from './gen/srs-64.ts';

export { verifierKey as defaultVerifierKey } from './gen/verifier-key.ts';

/** Width 64, for provers. Verifiers need `defaultVerifierKey` only. */
export function defaultSrs(curve: Curve): Srs {
  return decodeSrs(
    curve,
    Uint8Array.from(atob(srsBase64), (character) => character.charCodeAt(0)),
  );
}
