/**
 * Whether a call that uses a key, or reads of it, may run, in the order in which KMS asks: shape, name, leave, state, usage and
 * algorithm, sizes, and last the dry run. The gateway asks before it records the call, every custodian before it works on it.
 */
import type { Caller } from './access/caller.ts';
import { contextOf, encryptionAlgorithm } from './access/condition-keys.ts';
import { checkGrantTokens } from './access/grants.ts';
import { requireAccess } from './access/require-access.ts';
import { type BlobHeader, readBlobHeader } from './crypto/blob.ts';
import { peerPoint } from './crypto/public-key.ts';
import { checkContext } from './encryption-context.ts';
import { invalid, kmsError, unsupported } from './errors.ts';
import { viewAt } from './expiry.ts';
import { bytesOf, flagOf, type Input, numberOf, required, textOf, textsOf } from './input.ts';
import { type EncryptionContext, type KeyRecord, keyArn } from './key-record.ts';
import { checkPlaintext, checkSignedMessage, dataKeyBytes, type MessageType } from './message-sizes.ts';
import { factsOf, type Operation } from './operations.ts';
import {
  isAsymmetric,
  isSymmetric,
  requireAlgorithm,
  requireSymmetric,
  requireUsage,
  rsaBits,
} from './specs.ts';
import { checkState } from './states.ts';
import { validate } from './validate.ts';
import { type ControlView, type Found, resolveKey } from './view.ts';

export interface UseCall {
  readonly operation: Operation;
  readonly input: Input;
  readonly caller: Caller;
  /** When the gateway took the call: milliseconds since 1970. */
  readonly timeMs: number;
  /** The input is what the audit row repeats of a body that stays at the gateway: its secret members are missing. */
  readonly withheld?: boolean;
}

export interface Admission {
  readonly key: KeyRecord;
  readonly algorithm?: string | undefined;
  /** Of symmetric encryption. */
  readonly context: EncryptionContext;
  /** Of ciphertext of a symmetric key that is to be opened. */
  readonly blob?: BlobHeader | undefined;
  /** ReEncrypt: what is opened; the rest is about what is sealed. */
  readonly source?: Admission | undefined;
}

/** @throws KmsError what the caller is answered */
export async function admit(view: ControlView, call: UseCall): Promise<Admission> {
  const { operation, input } = call;
  validate(operation, input, call.withheld);
  checkGrantTokens(textsOf(input, 'GrantTokens'));
  const admission = await admitted(viewAt(view, call.timeMs), call);
  if (flagOf(input, 'DryRun')) throw kmsError('DryRunOperationException');
  return admission;
}

async function admitted(view: ControlView, call: UseCall): Promise<Admission> {
  switch (call.operation) {
    case 'Decrypt':
      return admitOpening(view, call, 'CiphertextBlob', 'KeyId', undefined);
    case 'ReEncrypt':
      return admitReEncrypt(view, call);
    default: {
      const { key: member = 'KeyId' } = factsOf(call.operation);
      const found = await findKey(view, call, member);
      await requireAccess(view, call.caller, { ...call, ...found });
      checkState(found.key, call.operation);
      return checkUse(found.key, call);
    }
  }
}

function findKey(view: ControlView, { input, caller, operation }: UseCall, member: string): Promise<Found> {
  const account = caller.principal.accountId;
  return resolveKey(
    view,
    required(textOf(input, member), member),
    { account, region: caller.region },
    operation,
  );
}

/** Usage, algorithm and sizes of the operations that name their key. @throws KmsError */
function checkUse(key: KeyRecord, { operation, input, withheld }: UseCall): Admission {
  const arn = keyArn(key);
  switch (operation) {
    case 'Encrypt':
      return sealing(key, operation, input, withheld === true ? undefined : 'Plaintext');
    case 'GenerateDataKey':
    case 'GenerateDataKeyWithoutPlaintext':
      requireSymmetric(key, operation, arn);
      dataKeyBytes(textOf(input, 'KeySpec'), numberOf(input, 'NumberOfBytes'));
      refuseRecipient(input);
      return sealing(key, operation, input, undefined);
    case 'GenerateDataKeyPair':
    case 'GenerateDataKeyPairWithoutPlaintext':
      requireSymmetric(key, operation, arn);
      if (textOf(input, 'KeyPairSpec') === 'SM2')
        throw unsupported('KeyPairSpec SM2 is not supported in this region.');
      refuseRecipient(input);
      return sealing(key, operation, input, undefined);
    case 'Sign':
    case 'Verify': {
      requireUsage(key, 'SIGN_VERIFY', operation, arn);
      const algorithm = required(textOf(input, 'SigningAlgorithm'), 'SigningAlgorithm');
      requireAlgorithm(key, algorithm);
      checkSignedMessage(algorithm, messageType(input), required(bytesOf(input, 'Message'), 'Message'));
      return { key, algorithm, context: {} };
    }
    case 'GenerateMac':
    case 'VerifyMac': {
      requireUsage(key, 'GENERATE_VERIFY_MAC', operation, arn);
      const algorithm = required(textOf(input, 'MacAlgorithm'), 'MacAlgorithm');
      requireAlgorithm(key, algorithm);
      return { key, algorithm, context: {} };
    }
    case 'DeriveSharedSecret':
      requireUsage(key, 'KEY_AGREEMENT', operation, arn);
      refuseRecipient(input);
      peerPoint(key.spec, required(bytesOf(input, 'PublicKey'), 'PublicKey'));
      return { key, algorithm: 'ECDH', context: {} };
    case 'GetPublicKey':
      if (!isAsymmetric(key))
        throw unsupported(`${arn} key spec is ${key.spec} which is not valid for this operation.`);
      return { key, context: {} };
    default:
      return { key, context: {} };
  }
}

export const messageType = (input: Input): MessageType =>
  (textOf(input, 'MessageType') ?? 'RAW') as MessageType;

/** @param member with what is encrypted, when it is at hand */
function sealing(key: KeyRecord, operation: Operation, input: Input, member: string | undefined): Admission {
  requireUsage(key, 'ENCRYPT_DECRYPT', operation, keyArn(key));
  const { algorithm, context } = encryption(key, operation, input, 'destination');
  const plaintext = member === undefined ? undefined : bytesOf(input, member);
  if (plaintext !== undefined) checkPlaintext(key.spec, algorithm, plaintext);
  return { key, algorithm, context };
}

/** @throws KmsError */
function encryption(key: KeyRecord, operation: Operation, input: Input, side: 'source' | 'destination') {
  const algorithm = required(encryptionAlgorithm(operation, input, side), 'algorithm');
  requireAlgorithm(key, algorithm);
  // Also one that an asymmetric key has no use for.
  const named = contextOf(operation, input, { side }) ?? {};
  checkContext(named);
  if (isSymmetric(key)) return { algorithm, context: named };
  if (Object.keys(named).length > 0)
    throw invalid(`EncryptionContext is not valid for key spec ${key.spec}.`);
  return { algorithm, context: {} };
}

/** The key of symmetric ciphertext stands in it; that of other ciphertext has to be named. */
async function admitOpening(
  view: ControlView,
  call: UseCall,
  member: string,
  keyMember: string,
  destination: KeyRecord | undefined,
): Promise<Admission> {
  const { operation, input, caller } = call;
  const side = operation === 'ReEncrypt' ? 'source' : undefined;
  // Required by its meaning: AWS leaves it out of the shape for dry runs.
  const ciphertext = bytesOf(input, member);
  if (ciphertext === undefined) throw invalid('CiphertextBlob is required.');
  refuseRecipient(input);
  const named = textOf(input, keyMember) === undefined ? undefined : await findKey(view, call, keyMember);
  const algorithm = encryptionAlgorithm(operation, input, side);
  const symmetric = algorithm === 'SYMMETRIC_DEFAULT';
  if (!symmetric && named === undefined)
    throw invalid('KeyId is required for asymmetric encryption algorithms.');
  // A key that cannot encrypt made no ciphertext: KMS says so before it looks at the bytes.
  const unfit = named !== undefined && named.key.usage !== 'ENCRYPT_DECRYPT';
  const blob = symmetric && !unfit ? readBlobHeader(ciphertext) : undefined;
  const found = blob === undefined ? named : await ownerOf(view, blob, named, caller.region);
  const { key, alias } = required(found, keyMember);
  await requireAccess(view, caller, {
    operation,
    input,
    key,
    alias,
    side,
    action: operation === 'ReEncrypt' ? 'ReEncryptFrom' : operation,
    onSameKey: destination?.keyId === key.keyId,
  });
  if (unfit) throw kmsError('IncorrectKeyException');
  checkState(key, operation);
  const { context } = encryption(key, operation, input, side ?? 'destination');
  if (!symmetric && ciphertext.length !== (rsaBits(key.spec) ?? 0) / 8)
    throw kmsError('InvalidCiphertextException');
  if (blob !== undefined && !key.versions.some(({ handle }) => handle === blob.handle))
    throw kmsError('InvalidCiphertextException');
  return { key, algorithm, context, blob };
}

/** @throws KmsError IncorrectKeyException, AccessDeniedException */
async function ownerOf(
  view: ControlView,
  { keyId }: BlobHeader,
  named: Found | undefined,
  region: string,
): Promise<Found> {
  if (named !== undefined) {
    if (named.key.keyId !== keyId) throw kmsError('IncorrectKeyException');
    return named;
  }
  const key = await view.key(keyId);
  if (key === undefined || key.state === 'Deleted' || key.region !== region) {
    throw kmsError(
      'AccessDeniedException',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    );
  }
  return { key };
}

async function admitReEncrypt(view: ControlView, call: UseCall): Promise<Admission> {
  const { input, caller } = call;
  const target = await findKey(view, call, 'DestinationKeyId');
  const source = await admitOpening(view, call, 'CiphertextBlob', 'SourceKeyId', target.key);
  await requireAccess(view, caller, {
    ...call,
    ...target,
    side: 'destination',
    action: 'ReEncryptTo',
    onSameKey: source.key.keyId === target.key.keyId,
  });
  checkState(target.key, 'ReEncrypt');
  requireUsage(target.key, 'ENCRYPT_DECRYPT', 'ReEncrypt', keyArn(target.key));
  const { algorithm, context } = encryption(target.key, 'ReEncrypt', input, 'destination');
  return { key: target.key, algorithm, context, source };
}

/** Enclaves are none of ours: an answer that only one could read must not be given in the clear. */
function refuseRecipient(input: Input): void {
  if (input.Recipient !== undefined && input.Recipient !== null)
    throw unsupported('The Recipient parameter is not supported.');
}
