/** CreateKey, and what changes a key's state, description, policy and tags. */
import { checkLockout, checkPolicy, defaultPolicy, policyName } from '../access/key-policy.ts';
import { requireIdentity } from '../access/require-access.ts';
import { internal, invalid, kmsError, unsupported } from '../errors.ts';
import { flagOf, type Input, numberOf, objectsOf, required, textOf, textsOf } from '../input.ts';
import { keyMetadata } from '../key-metadata.ts';
import { isKeyId } from '../key-names.ts';
import { type KeyRecord, keyArn, type Tag } from '../key-record.ts';
import { dayMs, kmsLimits } from '../limits.ts';
import { newKeyKind, schemeOf } from '../specs.ts';
import type { ControlView } from '../view.ts';
import { type ControlCall, type ControlOutcome, changedKey, chosen } from './call.ts';
import { onKey } from './on-key.ts';
import { freshHandle, hasMaterial, madeVersion } from './versions.ts';

export async function createKey(view: ControlView, call: ControlCall): Promise<ControlOutcome> {
  const { input, caller, choices, nowMs } = call;
  const account = caller.principal.accountId;
  const request = { operation: 'CreateKey', input } as const;
  requireIdentity(caller, request, '*', account);
  const tags = readTags(objectsOf(input, 'Tags'), []);
  if (tags.length > 0) requireIdentity(caller, { ...request, action: 'TagResource' }, '*', account);
  const kind = newKeyKind(specOf(input), textOf(input, 'KeyUsage'));
  const origin = originOf(input);
  const policy = textOf(input, 'Policy') ?? defaultPolicy(account);
  checkPolicy(policy);
  const multiRegion = flagOf(input, 'MultiRegion');
  const keyId = chosen(choices, 'keyId', multiRegion ? /^mrk-/ : /^(?!mrk-)/);
  if (!isKeyId(keyId) || (await view.key(keyId)) !== undefined) throw internal('the key id is in use');
  const handle = origin === 'EXTERNAL' ? undefined : await freshHandle(view, choices);
  const key: KeyRecord = {
    keyId,
    account,
    region: caller.region,
    ...kind,
    origin,
    state: handle === undefined ? 'PendingImport' : 'Enabled',
    description: textOf(input, 'Description') ?? '',
    createdMs: nowMs,
    multiRegion: multiRegion
      ? { type: 'PRIMARY', primaryRegion: caller.region, replicaRegions: [] }
      : undefined,
    policy,
    tags,
    aliases: [],
    versions: handle === undefined ? [] : [madeVersion(handle, nowMs, 'initial')],
    onDemandRotations: 0,
    grants: 0,
    // RSA keys are made by a dealer; imported ones were whole at the moment of import.
    dealer: handle === undefined || kind.spec.startsWith('RSA_'),
  };
  if (!flagOf(input, 'BypassPolicyLockoutSafetyCheck')) checkLockout(key, policy, caller);
  return {
    keyId,
    changes: [changedKey(key)],
    output: { KeyMetadata: keyMetadata(key) },
    material: handle === undefined ? undefined : { kind: 'create', handle, scheme: schemeOf(kind) },
  };
}

function specOf(input: Input): string {
  const spec = textOf(input, 'KeySpec');
  const old = textOf(input, 'CustomerMasterKeySpec');
  if (spec !== undefined && old !== undefined)
    throw invalid(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  return spec ?? old ?? 'SYMMETRIC_DEFAULT';
}

function originOf(input: Input): 'AWS_KMS' | 'EXTERNAL' {
  const origin = textOf(input, 'Origin') ?? 'AWS_KMS';
  const store = textOf(input, 'CustomKeyStoreId');
  if (origin === 'AWS_CLOUDHSM' || origin === 'EXTERNAL_KEY_STORE' || store !== undefined) {
    if (store === undefined) throw invalid(`Origin ${origin} needs a CustomKeyStoreId.`);
    throw kmsError('CustomKeyStoreNotFoundException', `Custom key store ${store} does not exist.`);
  }
  if (textOf(input, 'XksKeyId') !== undefined)
    throw invalid('XksKeyId is valid only for keys in an external key store.');
  return origin === 'EXTERNAL' ? 'EXTERNAL' : 'AWS_KMS';
}

const silent = {};

export const enableKey = onKey((key) => ({
  key: { ...key, state: 'Enabled' },
  output: silent,
}));

export const disableKey = onKey((key) => ({ key: { ...key, state: 'Disabled' }, output: silent }));

export const updateKeyDescription = onKey((key, { input }) => ({
  key: { ...key, description: required(textOf(input, 'Description'), 'Description') },
  output: silent,
}));

export const scheduleKeyDeletion = onKey((key, { input, nowMs }) => {
  const days = numberOf(input, 'PendingWindowInDays') ?? kmsLimits.pendingWindowDaysDefault;
  const { pendingWindowDaysMin: min, pendingWindowDaysMax: max } = kmsLimits;
  if (days < min || days > max) throw invalid(`PendingWindowInDays must be between ${min} and ${max}`);
  const replicas =
    (key.multiRegion?.type === 'PRIMARY' && key.multiRegion.replicaRegions.length > 0) === true;
  const leaving: KeyRecord = {
    ...key,
    state: replicas ? 'PendingReplicaDeletion' : 'PendingDeletion',
    pendingWindowDays: days,
    deletionMs: replicas ? undefined : nowMs + days * dayMs,
  };
  return {
    key: leaving,
    output: {
      KeyId: keyArn(key),
      DeletionDate: leaving.deletionMs === undefined ? undefined : new Date(leaving.deletionMs),
      KeyState: leaving.state,
      PendingWindowInDays: days,
    },
  };
});

export const cancelKeyDeletion = onKey((key, { nowMs }) => {
  // What is due is gone, even when nobody has said so yet.
  if (key.deletionMs !== undefined && key.deletionMs <= nowMs)
    throw kmsError('NotFoundException', `Key '${keyArn(key)}' does not exist`);
  const kept: KeyRecord = {
    ...key,
    state: hasMaterial(key.versions) ? 'Disabled' : 'PendingImport',
    deletionMs: undefined,
    pendingWindowDays: undefined,
  };
  return { key: kept, output: { KeyId: keyArn(key) } };
});

export const putKeyPolicy = onKey((key, { input, caller }) => {
  const name = textOf(input, 'PolicyName') ?? policyName;
  if (name !== policyName) throw kmsError('NotFoundException', 'No such policy exists');
  const policy = required(textOf(input, 'Policy'), 'Policy');
  checkPolicy(policy);
  if (!flagOf(input, 'BypassPolicyLockoutSafetyCheck')) checkLockout(key, policy, caller);
  return { key: { ...key, policy }, output: silent };
});

export const tagResource = onKey((key, { input }) => ({
  key: { ...key, tags: readTags(objectsOf(input, 'Tags'), key.tags) },
  output: silent,
}));

export const untagResource = onKey((key, { input }) => {
  const gone = new Set(textsOf(input, 'TagKeys'));
  for (const name of gone) checkTagKey(name);
  return { key: { ...key, tags: key.tags.filter((tag) => !gone.has(tag.key)) }, output: silent };
});

/** The tags that were there and the new ones, sorted. @throws KmsError TagException, LimitExceededException */
function readTags(wanted: readonly Input[], before: readonly Tag[]): readonly Tag[] {
  // What one request may name and what a key may have are refused in different words.
  if (wanted.length > kmsLimits.tagsPerKeyMax) throw kmsError('TagException', 'Too many tags');
  const tags = new Map(before.map(({ key, value }) => [key, value]));
  const seen = new Set<string>();
  for (const tag of wanted) {
    const key = required(textOf(tag, 'TagKey'), 'TagKey');
    checkTagKey(key);
    if (seen.has(key)) throw kmsError('TagException', 'Duplicate tag keys');
    seen.add(key);
    tags.set(key, required(textOf(tag, 'TagValue'), 'TagValue'));
  }
  if (tags.size > kmsLimits.tagsPerKeyMax)
    throw kmsError('LimitExceededException', `A key has at most ${kmsLimits.tagsPerKeyMax} tags.`);
  return [...tags]
    .map(([key, value]) => ({ key, value }))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
}

function checkTagKey(key: string): void {
  if (key.toLowerCase().startsWith('aws:'))
    throw kmsError('TagException', 'aws: prefixed tag key names are not allowed for external use.');
}

/** This deployment is one region: no other can hold a replica or become primary. */
export const replicateKey = onKey((key, { input }) => {
  const region = required(textOf(input, 'ReplicaRegion'), 'ReplicaRegion');
  requirePrimary(key);
  if (region === key.region)
    throw kmsError('AlreadyExistsException', `${keyArn(key)} already exists in ${region}.`);
  throw otherRegion(region);
});

export const updatePrimaryRegion = onKey((key, { input }) => {
  const region = required(textOf(input, 'PrimaryRegion'), 'PrimaryRegion');
  requirePrimary(key);
  if (region === key.region) throw unsupported(`${region} is already the primary region of ${keyArn(key)}.`);
  throw otherRegion(region);
});

function requirePrimary(key: KeyRecord): void {
  if (key.multiRegion?.type !== 'PRIMARY')
    throw unsupported(`${keyArn(key)} is not a multi-Region primary key.`);
}

const otherRegion = (region: string) => unsupported(`Region ${region} is not available.`);
