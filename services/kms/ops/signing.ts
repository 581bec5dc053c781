/**
 * From a call of Sign to the custodians' task and back. RAW messages are hashed here, but for Ed25519, whose nonces and challenge hash
 * the message themselves; padding of RSA is put on here (RFC 8017, 8.1 and 8.2), and custodians check that it is of this message.
 */

import type { RandomSource } from '@hypergate/kit';
import type { KeyTask } from '@hypergate/node/api';
import { type Admission, messageType } from '../engine/admit.ts';
import { signatureToDer } from '../engine/crypto/ecdsa-signature.ts';
import { encodePkcs1, encodePss } from '../engine/crypto/emsa.ts';
import { digestOf } from '../engine/crypto/verify-signature.ts';
import { bytesOf, type Input, required } from '../engine/input.ts';
import { hashBytes, hashOf } from '../engine/message-sizes.ts';
import { type KeySpec, rsaBits } from '../engine/specs.ts';
import { handleOf, usableVersion } from './key-versions.ts';

export function signingTask({ key, algorithm = '' }: Admission, input: Input, random: RandomSource): KeyTask {
  const handle = handleOf(usableVersion(key));
  const message = required(bytesOf(input, 'Message'), 'Message');
  if (algorithm === 'ED25519_SHA_512') return { kind: 'sign', handle, message };
  if (algorithm === 'ED25519_PH_SHA_512') return { kind: 'sign', handle, message, prehashed: true };
  const digest = digestOf({ algorithm, type: messageType(input), message });
  const bits = rsaBits(key.spec);
  if (bits === undefined) return { kind: 'sign', handle, message: digest };
  const hash = hashOf(algorithm);
  const value = algorithm.startsWith('RSASSA_PSS')
    ? encodePss(digest, bits / 8, hash, random.bytes(hashBytes[hash]))
    : encodePkcs1(digest, bits / 8, hash);
  return { kind: 'power', handle, value };
}

/** As KMS answers: DER of ECDSA, of others the bytes that the task gives. */
export const signatureOf = (spec: KeySpec, output: Uint8Array): Uint8Array =>
  spec.startsWith('ECC_') && spec !== 'ECC_NIST_EDWARDS25519' ? signatureToDer(output) : output;
