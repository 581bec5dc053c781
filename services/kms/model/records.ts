/** Format v1 of keys, aliases and grants: rows of the gateway's tables, and, but for public keys, what custodians keep and compare. */
import {
  type AliasRecord,
  type EncryptionContext,
  type GrantRecord,
  grantOperations,
  type KeyRecord,
  type KeyVersion,
  keyOrigins,
  keyStates,
  materialStates,
  versionCauses,
} from '../engine/key-record.ts';
import { keySpecs, keyUsages } from '../engine/specs.ts';
import { type RowReader, RowWriter, readAll } from './fields.ts';

export const recordVersion = 1;

const regionKinds = ['PRIMARY', 'REPLICA'] as const;

export function encodeKey(key: KeyRecord): Uint8Array {
  const to = new RowWriter().string(key.keyId).string(key.account).string(key.region);
  to.member(keySpecs, key.spec).member(keyUsages, key.usage).member(keyOrigins, key.origin);
  to.member(keyStates, key.state).string(key.description).u64(key.createdMs);
  to.maybe(key.deletionMs, (ms) => to.u64(ms));
  to.maybe(key.pendingWindowDays, (days) => to.u16(days));
  to.maybe(key.multiRegion, ({ type, primaryRegion, replicaRegions }) => {
    to.member(regionKinds, type).string(primaryRegion);
    to.list(replicaRegions, (region) => to.string(region));
  });
  to.string(key.policy);
  to.list(key.tags, (tag) => to.string(tag.key).string(tag.value));
  to.list(key.aliases, (name) => to.string(name));
  to.list(key.versions, (version) => writeVersion(to, version));
  to.maybe(key.rotation, ({ periodDays, nextMs }) => to.u16(periodDays).u64(nextMs));
  to.u16(key.onDemandRotations)
    .u32(key.grants)
    .u8(key.dealer ? 1 : 0);
  to.maybe(key.publicKey, (bytes) => to.u16(bytes.length).bytes(bytes));
  return to.done();
}

/** @throws ProofRefused */
export function decodeKey(bytes: Uint8Array): KeyRecord {
  return readAll(bytes, (from) => ({
    keyId: from.string('the key id'),
    account: from.string('the account'),
    region: from.string('the region'),
    spec: from.member(keySpecs, 'the key spec'),
    usage: from.member(keyUsages, 'the key usage'),
    origin: from.member(keyOrigins, 'the origin'),
    state: from.member(keyStates, 'the key state'),
    description: from.string('the description'),
    createdMs: from.u64('the time of creation'),
    deletionMs: from.maybe('the time of deletion', () => from.u64('the time of deletion')),
    pendingWindowDays: from.maybe('the window', () => from.u16('the window')),
    multiRegion: from.maybe('the regions', () => ({
      type: from.member(regionKinds, 'the kind of key'),
      primaryRegion: from.string('the primary region'),
      replicaRegions: from.list('the replicas', () => from.string('a region')),
    })),
    policy: from.string('the policy'),
    tags: from.list('the tags', () => ({ key: from.string('a tag'), value: from.string('a tag') })),
    aliases: from.list('the aliases', () => from.string('an alias')),
    versions: from.list('the versions', () => readVersion(from)),
    rotation: from.maybe('the rotation', () => ({
      periodDays: from.u16('the period'),
      nextMs: from.u64('the next rotation'),
    })),
    onDemandRotations: from.u16('the rotations on demand'),
    grants: from.u32('the number of grants'),
    dealer: from.flag('the mark of a dealer'),
    publicKey: from.maybe('the public key', () => from.bytes(from.u16('the public key'), 'the public key')),
  }));
}

function writeVersion(to: RowWriter, version: KeyVersion): void {
  to.hex(version.handle).hex(version.materialId).u64(version.createdMs);
  to.member(versionCauses, version.cause).member(materialStates, version.state);
  to.maybe(version.imported, ({ present, validToMs, description }) => {
    to.u8(present ? 1 : 0);
    to.maybe(validToMs, (ms) => to.u64(ms));
    to.maybe(description, (text) => to.string(text));
  });
}

function readVersion(from: RowReader): KeyVersion {
  return {
    handle: from.hex(16, 'a handle'),
    materialId: from.hex(32, 'a key material id'),
    createdMs: from.u64('the time of a version'),
    cause: from.member(versionCauses, 'the cause of a version'),
    state: from.member(materialStates, 'the state of a version'),
    imported: from.maybe('imported material', () => ({
      present: from.flag('imported material'),
      validToMs: from.maybe('its end', () => from.u64('its end')),
      description: from.maybe('its description', () => from.string('its description')),
    })),
  };
}

export function writeAlias(to: RowWriter, alias: AliasRecord): RowWriter {
  to.string(alias.name).string(alias.account).string(alias.targetKeyId);
  return to.u64(alias.createdMs).u64(alias.updatedMs);
}

export const readAlias = (from: RowReader): AliasRecord => ({
  name: from.string('the name'),
  account: from.string('the account'),
  targetKeyId: from.string('the key id'),
  createdMs: from.u64('the time of creation'),
  updatedMs: from.u64('the time of the last change'),
});

export const encodeAlias = (alias: AliasRecord): Uint8Array => writeAlias(new RowWriter(), alias).done();
/** @throws ProofRefused */
export const decodeAlias = (bytes: Uint8Array): AliasRecord => readAll(bytes, readAlias);

export function writeGrant(to: RowWriter, grant: GrantRecord): RowWriter {
  to.hex(grant.grantId).string(grant.keyId);
  to.maybe(grant.name, (name) => to.string(name));
  to.string(grant.granteePrincipal);
  to.maybe(grant.retiringPrincipal, (arn) => to.string(arn));
  to.string(grant.issuingAccount).u64(grant.createdMs);
  to.list(grant.operations, (operation) => to.member(grantOperations, operation));
  to.maybe(grant.contextSubset, (context) => writeContext(to, context));
  return to.maybe(grant.contextEquals, (context) => writeContext(to, context));
}

export const readGrant = (from: RowReader): GrantRecord => ({
  grantId: from.hex(32, 'the grant id'),
  keyId: from.string('the key id'),
  name: from.maybe('the name', () => from.string('the name')),
  granteePrincipal: from.string('the grantee'),
  retiringPrincipal: from.maybe('who may retire it', () => from.string('who may retire it')),
  issuingAccount: from.string('the account'),
  createdMs: from.u64('the time of creation'),
  operations: from.list('the operations', () => from.member(grantOperations, 'an operation')),
  contextSubset: from.maybe('a constraint', () => readContext(from)),
  contextEquals: from.maybe('a constraint', () => readContext(from)),
});

export const encodeGrant = (grant: GrantRecord): Uint8Array => writeGrant(new RowWriter(), grant).done();
/** @throws ProofRefused */
export const decodeGrant = (bytes: Uint8Array): GrantRecord => readAll(bytes, readGrant);

/** Sorted: the same bytes wherever the same context is kept. */
function writeContext(to: RowWriter, context: EncryptionContext): void {
  const pairs = Object.entries(context).sort(([left], [right]) => (left < right ? -1 : 1));
  to.list(pairs, ([key, value]) => to.string(key).string(value));
}

const readContext = (from: RowReader): EncryptionContext =>
  Object.fromEntries(
    from.list('an encryption context', () => [from.string('a key'), from.string('a value')] as const),
  );
