/** Whether a task is the one that a call asks for, and no other: another key, another input, another message are refused. */
import type { Bytes, KeyScheme, KeyTask } from '@hypergate/node/api';
import { sameBytes } from '@hypergate/node/verifier';
import { type Admission, messageType } from '../engine/admit.ts';
import type { NewMaterial } from '../engine/control/call.ts';
import { decodePoint, encodePoint, pointOf } from '../engine/crypto/blob.ts';
import { isEncodedFor } from '../engine/crypto/emsa.ts';
import { peerPoint } from '../engine/crypto/public-key.ts';
import { digestOf } from '../engine/crypto/verify-signature.ts';
import { contextHash } from '../engine/encryption-context.ts';
import { bytesOf, type Input, required } from '../engine/input.ts';
import { currentVersion, type KeyRecord } from '../engine/key-record.ts';
import type { Operation } from '../engine/operations.ts';
import { isSymmetric, rsaBits } from '../engine/specs.ts';

export interface AdmittedCall {
  readonly operation: Operation;
  readonly input: Input;
  readonly admission: Admission;
  /** Of the call's audit record. */
  readonly revision: number;
}

const text = (handle: Bytes): string => Buffer.from(handle).toString('hex');

export function isTaskOf(task: KeyTask, call: AdmittedCall): boolean {
  const { operation, input, admission } = call;
  switch (operation) {
    case 'Encrypt':
    case 'GenerateDataKey':
    case 'GenerateDataKeyWithoutPlaintext':
    case 'GenerateDataKeyPair':
    case 'GenerateDataKeyPairWithoutPlaintext':
      return seals(task, admission, call.revision);
    case 'Decrypt':
      return opens(task, admission, input);
    case 'ReEncrypt':
      return (
        seals(task, admission, call.revision) ||
        (admission.source !== undefined && opens(task, admission.source, input))
      );
    case 'Sign':
      return usesCurrent(task, admission.key) && signs(task, admission, input);
    case 'GenerateMac':
    case 'VerifyMac':
      return (
        usesCurrent(task, admission.key) && task.kind === 'mac' && sameBytes(task.message, messageOf(input))
      );
    case 'DeriveSharedSecret': {
      const der = required(bytesOf(input, 'PublicKey'), 'PublicKey');
      return (
        usesCurrent(task, admission.key) &&
        task.kind === 'agree' &&
        sameBytes(task.point, peerPoint(admission.key.spec, der))
      );
    }
    default:
      return false;
  }
}

const messageOf = (input: Input): Uint8Array => required(bytesOf(input, 'Message'), 'Message');

function usesCurrent(task: KeyTask, key: KeyRecord): boolean {
  const version = currentVersion(key);
  return version !== undefined && version.handle === text(task.handle) && version.imported?.present !== false;
}

/** At a point that no ciphertext before this call has. */
function seals(task: KeyTask, { key, context }: Admission, revision: number): boolean {
  if (!isSymmetric(key) || task.kind !== 'evaluate' || !usesCurrent(task, key)) return false;
  const point = decodePoint(task.input);
  return (
    point !== undefined &&
    point.handle === text(task.handle) &&
    point.revision === revision &&
    sameBytes(point.contextHash, contextHash(context))
  );
}

function opens(task: KeyTask, { key, context, blob }: Admission, input: Input): boolean {
  if (blob === undefined) {
    const ciphertext = required(bytesOf(input, 'CiphertextBlob'), 'CiphertextBlob');
    return usesCurrent(task, key) && task.kind === 'power' && sameBytes(task.value, ciphertext);
  }
  const version = key.versions.find(({ handle }) => handle === blob.handle);
  return (
    task.kind === 'evaluate' &&
    version !== undefined &&
    version.imported?.present !== false &&
    text(task.handle) === blob.handle &&
    sameBytes(task.input, encodePoint(pointOf(blob, context)))
  );
}

function signs(task: KeyTask, { key, algorithm = '' }: Admission, input: Input): boolean {
  const message = messageOf(input);
  const type = messageType(input);
  const bits = rsaBits(key.spec);
  if (bits !== undefined) {
    const digest = digestOf({ algorithm, type, message });
    return (
      task.kind === 'power' && task.value.length === bits / 8 && isEncodedFor(algorithm, task.value, digest)
    );
  }
  if (task.kind !== 'sign') return false;
  const prehashed = task.prehashed === true;
  if (algorithm === 'ED25519_SHA_512') return !prehashed && sameBytes(task.message, message);
  if (algorithm === 'ED25519_PH_SHA_512') return prehashed && sameBytes(task.message, message);
  return !prehashed && sameBytes(task.message, digestOf({ algorithm, type, message }));
}

/** Key material of a control call. */
export function isMaterialOf(task: KeyTask, material: NewMaterial | undefined): boolean {
  if (material === undefined || (task.kind !== 'create' && task.kind !== 'import')) return false;
  const scheme: KeyScheme = material.scheme;
  return task.kind === material.kind && task.scheme === scheme && text(task.handle) === material.handle;
}
