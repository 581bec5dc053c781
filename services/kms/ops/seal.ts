/**
 * Encryption under a KMS key. Symmetric: custodians evaluate their function at the point of the new blob (engine/crypto/blob.ts), and
 * the gateway seals under the element. RSA: with the public key, by node:crypto, without custodians.
 */
import { constants, publicEncrypt } from 'node:crypto';
import type { RandomSource } from '@hypergate/kit';
import type { Admission } from '../engine/admit.ts';
import { alphaOf, encodePoint, pointOf, rhoBytes, sealBlob } from '../engine/crypto/blob.ts';
import { checkPlaintext, hashOf } from '../engine/message-sizes.ts';
import { isSymmetric } from '../engine/specs.ts';
import type { KmsCall } from '../store/call.ts';
import type { KmsContext } from '../store/context.ts';
import { CustodiansRefused, useKeys } from '../store/use-key.ts';
import { handleOf, type Recorded, usableVersion } from './key-versions.ts';
import { publicKeyOf } from './public-keys.ts';

export interface Sealed {
  readonly ciphertext: Uint8Array;
  /** Of symmetric keys: `KeyMaterialId` of the answer. */
  readonly materialId: string | undefined;
}

/** Records the call, and seals under its record. If that fails nobody is told the message, and it is overwritten. @throws KmsError */
export async function sealRecorded(
  context: KmsContext,
  call: KmsCall,
  admission: Admission,
  message: Uint8Array,
): Promise<Sealed> {
  try {
    return await useKeys(context, call, { keyIds: [admission.key.keyId] }, (perform, revision) =>
      seal({ perform, revision }, context.random, admission, message),
    );
  } catch (error) {
    // It may be tried once more (ops/row.ts), which overwrites it in the end.
    if (!(error instanceof CustodiansRefused)) message.fill(0);
    throw error;
  }
}

/** @throws KmsError */
export async function seal(
  { revision, perform }: Recorded,
  random: RandomSource,
  admission: Admission,
  message: Uint8Array,
): Promise<Sealed> {
  const { key, algorithm = '', context } = admission;
  const version = usableVersion(key);
  checkPlaintext(key.spec, algorithm, message);
  if (!isSymmetric(key)) return { ciphertext: sealRsa(admission, message), materialId: undefined };
  const rho = random.bytes(rhoBytes);
  const header = { keyId: key.keyId, handle: version.handle, revision, alpha: alphaOf(message, rho) };
  const input = encodePoint(pointOf(header, context));
  const element = await perform({ kind: 'evaluate', handle: handleOf(version), input });
  const ciphertext = sealBlob(header, context, { message, rho, element });
  element.fill(0);
  rho.fill(0);
  return { ciphertext, materialId: version.materialId };
}

function sealRsa({ key, algorithm = '' }: Admission, message: Uint8Array): Uint8Array {
  const oaep = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hashOf(algorithm) };
  return new Uint8Array(publicEncrypt({ key: publicKeyOf(key).object, ...oaep }, message));
}
