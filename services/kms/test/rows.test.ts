/** Rows are read as they were written, for ever. */
import { ProofRefused } from '@hypergate/node/verifier';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AliasRecord,
  type GrantRecord,
  grantOperations,
  type KeyRecord,
  keyOrigins,
  keyStates,
  materialStates,
  versionCauses,
} from '../engine/key-record.ts';
import { keySpecs, keyUsages } from '../engine/specs.ts';
import { type AuditRow, decodeAudit, encodeAudit } from '../model/audit.ts';
import {
  type ControlRow,
  decodeControl,
  decodeControlV1,
  decodeImport,
  encodeControl,
  encodeImport,
  type ImportRow,
} from '../model/journal.ts';
import {
  decodeAlias,
  decodeGrant,
  decodeKey,
  encodeAlias,
  encodeGrant,
  encodeKey,
} from '../model/records.ts';
import {
  auditKey,
  auditTable,
  grantKey,
  grantsTable,
  keysTable,
  kmsTables,
  outcomeKey,
} from '../model/tables.ts';
import { decodeUndo, encodeUndo, type Inverse } from '../model/undo.ts';
import { readParameters, withheldParameters } from '../model/withheld.ts';

const hexText = (bytes: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${2 * bytes}}$`));
const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const ms = fc.maxSafeNat();
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const bytes = (max: number) => fc.uint8Array({ maxLength: max });
const contexts = fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true });

const versions = fc.record({
  handle: hexText(16),
  materialId: hexText(32),
  createdMs: ms,
  cause: fc.constantFrom(...versionCauses),
  state: fc.constantFrom(...materialStates),
  imported: maybe(fc.record({ present: fc.boolean(), validToMs: maybe(ms), description: maybe(text) })),
});

const keys: fc.Arbitrary<KeyRecord> = fc.record({
  keyId: text,
  account: text,
  region: text,
  spec: fc.constantFrom(...keySpecs),
  usage: fc.constantFrom(...keyUsages),
  origin: fc.constantFrom(...keyOrigins),
  state: fc.constantFrom(...keyStates),
  description: text,
  createdMs: ms,
  deletionMs: maybe(ms),
  pendingWindowDays: maybe(fc.nat(30)),
  multiRegion: maybe(
    fc.record({
      type: fc.constantFrom('PRIMARY' as const, 'REPLICA' as const),
      primaryRegion: text,
      replicaRegions: fc.array(text, { maxLength: 2 }),
    }),
  ),
  policy: text,
  tags: fc.array(fc.record({ key: text, value: text }), { maxLength: 3 }),
  aliases: fc.array(text, { maxLength: 3 }),
  versions: fc.array(versions, { maxLength: 3 }),
  rotation: maybe(fc.record({ periodDays: fc.nat(2560), nextMs: ms })),
  onDemandRotations: fc.nat(25),
  grants: fc.nat(50_000),
  dealer: fc.boolean(),
  publicKey: maybe(bytes(100)),
});

const grants: fc.Arbitrary<GrantRecord> = fc.record({
  grantId: hexText(32),
  keyId: text,
  name: maybe(text),
  granteePrincipal: text,
  retiringPrincipal: maybe(text),
  issuingAccount: text,
  createdMs: ms,
  operations: fc.subarray([...grantOperations]),
  contextSubset: maybe(contexts),
  contextEquals: maybe(contexts),
});

const audits: fc.Arbitrary<AuditRow> = fc.record({
  timeMs: ms,
  requestId: text,
  operation: text,
  principalArn: text,
  account: text,
  accessKeyId: text,
  region: text,
  keyIds: fc.array(text, { maxLength: 2 }),
  callHash: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  context: fc.array(fc.tuple(text, text), { maxLength: 2 }),
  parameters: maybe(text),
  control: maybe(
    fc.record({
      sequence: ms,
      nowMs: ms,
      choices: fc.record({
        keyId: maybe(text),
        handle: maybe(hexText(16)),
        materialId: maybe(hexText(32)),
        grantId: maybe(hexText(32)),
      }),
    }),
  ),
  resubmission: fc.boolean(),
  outcome: maybe(text),
});

const controls: fc.Arbitrary<ControlRow> = fc.record({
  sequence: ms,
  timeMs: ms,
  requestId: text,
  audit: bytes(20),
  call: bytes(20),
  open: fc.boolean(),
  undo: maybe(bytes(20)),
});

const imports: fc.Arbitrary<ImportRow> = fc.record({
  tokenId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  keyId: text,
  wrappingAlgorithm: text,
  wrappingKeySpec: text,
  createdMs: ms,
  validToMs: ms,
  privateKey: bytes(20),
});

const aliases: fc.Arbitrary<AliasRecord> = fc.record({
  name: text,
  account: text,
  targetKeyId: text,
  createdMs: ms,
  updatedMs: ms,
});

const undos: fc.Arbitrary<readonly Inverse[]> = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('key' as const), keyId: text, key: maybe(keys) }),
    fc.record({ kind: fc.constant('alias' as const), account: text, name: text, alias: maybe(aliases) }),
    fc.record({ kind: fc.constant('grant' as const), keyId: text, grantId: text, grant: maybe(grants) }),
    fc.record({ kind: fc.constant('no-grants' as const), keyId: text }),
  ),
  { maxLength: 3 },
);

function roundTrip<Row>(
  name: string,
  rows: fc.Arbitrary<Row>,
  encode: (row: Row) => Uint8Array,
  decode: (encoded: Uint8Array) => Row,
) {
  test(`of ${name}`, () => {
    fc.assert(
      fc.property(rows, (row) => {
        expect(decode(encode(row))).toEqual(row);
      }),
    );
    fc.assert(
      fc.property(rows, fc.nat(), (row, at) => {
        const encoded = encode(row);
        expect(() => decode(encoded.subarray(0, at % encoded.length))).toThrow(ProofRefused);
        expect(() => decode(Uint8Array.of(...encoded, 0))).toThrow(ProofRefused);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        try {
          decode(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(ProofRefused);
        }
      }),
    );
  });
}

describe('rows are read as they were written, and nothing else is read', () => {
  roundTrip('keys', keys, encodeKey, decodeKey);
  roundTrip('aliases', aliases, encodeAlias, decodeAlias);
  roundTrip('grants', grants, encodeGrant, decodeGrant);
  roundTrip('audit', audits, encodeAudit, decodeAudit);
  roundTrip('control', controls, encodeControl, decodeControl);
  roundTrip('what takes a call back', undos, encodeUndo, decodeUndo);
  roundTrip('imports', imports, encodeImport, decodeImport);
});

const key: KeyRecord = {
  keyId: '01234567-89ab-4def-8123-456789abcdef',
  account: '111122223333',
  region: 'us-east-1',
  spec: 'SYMMETRIC_DEFAULT',
  usage: 'ENCRYPT_DECRYPT',
  origin: 'EXTERNAL',
  state: 'PendingDeletion',
  description: 'd',
  createdMs: 1,
  deletionMs: 2,
  pendingWindowDays: 7,
  multiRegion: { type: 'PRIMARY', primaryRegion: 'us-east-1', replicaRegions: [] },
  policy: '{}',
  tags: [{ key: 'k', value: 'v' }],
  aliases: ['alias/a'],
  versions: [
    {
      handle: '00'.repeat(16),
      materialId: '11'.repeat(32),
      createdMs: 3,
      cause: 'ON_DEMAND',
      state: 'CURRENT',
      imported: { present: true, validToMs: 4, description: undefined },
    },
  ],
  rotation: { periodDays: 90, nextMs: 5 },
  onDemandRotations: 1,
  grants: 2,
  dealer: true,
  publicKey: Uint8Array.of(1, 2),
};
const grant: GrantRecord = {
  grantId: 'ab'.repeat(32),
  keyId: key.keyId,
  name: 'n',
  granteePrincipal: 'arn:aws:iam::111122223333:user/u',
  retiringPrincipal: 'arn:aws:iam::111122223333:user/r',
  issuingAccount: '111122223333',
  createdMs: 6,
  operations: ['Decrypt', 'DeriveSharedSecret'],
  contextSubset: { b: '2', a: '1' },
  contextEquals: undefined,
};
const audit: AuditRow = {
  timeMs: 7,
  requestId: 'r',
  operation: 'CreateKey',
  principalArn: 'arn:aws:iam::111122223333:root',
  account: '111122223333',
  accessKeyId: 'AKIA',
  region: 'us-east-1',
  keyIds: [key.keyId],
  callHash: new Uint8Array(32).fill(8),
  context: [['aws:SourceIp', '127.0.0.1']],
  parameters: '{}',
  control: {
    sequence: 9,
    nowMs: 10,
    choices: { keyId: key.keyId, handle: '22'.repeat(16), materialId: undefined, grantId: undefined },
  },
  resubmission: true,
};

test('bytes never change', () => {
  const hex = (row: Uint8Array) => Buffer.from(row).toString('hex');
  expect({
    key: hex(encodeKey(key)),
    grant: hex(encodeGrant(grant)),
    audit: hex(encodeAudit(audit)),
  }).toEqual(golden);
});

test('the journal of an earlier version is read', () => {
  const row = { sequence: 3, timeMs: 5, requestId: 'r', audit: Uint8Array.of(1), call: Uint8Array.of(2, 3) };
  const stored = Buffer.from('000000000000000300000000000000050000000172000000010100000002020301', 'hex');
  expect(decodeControlV1(new Uint8Array(stored))).toEqual({ ...row, open: true, undo: undefined });
});

test('keys of audit records and of the ends of calls never change', () => {
  const name = { timeMs: 7, requestId: '0123456789ABCDEF' };
  const hex = ({ partition, sort }: { readonly partition: Uint8Array; readonly sort: Uint8Array }) => [
    Buffer.from(partition).toString('hex'),
    Buffer.from(sort).toString('hex'),
  ];
  expect(hex(auditKey(name))).toEqual(['', '30313233343536373839414243444546']);
  expect(hex(outcomeKey(name))).toEqual(['', '000000000000000730313233343536373839414243444546']);
  const [byTime] = auditTable.secondary!({ ...audit, ...name }, auditKey(name));
  expect([byTime!.index, ...hex(byTime!)]).toEqual(['kms.audit.time', ...hex(outcomeKey(name))]);
});

describe('indexes', () => {
  test('a deleted key is in no listing, and one with a date is found by it', () => {
    const names = (row: KeyRecord) =>
      keysTable.secondary!(row, { partition: new Uint8Array(), sort: new Uint8Array() }).map(
        ({ index }) => index,
      );
    expect(names(key)).toEqual(['kms.keys.account', 'kms.keys.due']);
    expect(names({ ...key, state: 'Deleted' })).toEqual([]);
    expect(names({ ...key, state: 'Enabled', versions: [], rotation: undefined })).toEqual([
      'kms.keys.account',
    ]);
  });

  test('grants are listed by key and by who may retire them, audit rows by key', () => {
    const at = grantKey(grant.keyId, grant.grantId);
    expect(at.sort).toHaveLength(32);
    const [entry] = grantsTable.secondary!(grant, at);
    expect(Buffer.from(entry!.partition).toString()).toBe(grant.retiringPrincipal);
    expect(grantsTable.secondary!({ ...grant, retiringPrincipal: undefined }, at)).toEqual([]);
    expect(auditTable.secondary!({ ...audit, keyIds: ['a', 'b', 'a'] }, at)).toHaveLength(3);
    expect(new Set(kmsTables.map(({ name }) => name)).size).toBe(6);
  });
});

test('parameters of withheld bodies come back, without what is secret', () => {
  const encrypt = { KeyId: 'k', Plaintext: Uint8Array.of(1), EncryptionContext: { a: 'b' }, DryRun: false };
  const kept = withheldParameters('Encrypt', encrypt)!;
  expect(kept).not.toContain('Plaintext');
  expect(readParameters('Encrypt', kept)).toEqual({
    KeyId: 'k',
    EncryptionContext: { a: 'b' },
    DryRun: false,
  });
  const ValidTo = new Date(1_800_000_000_123);
  expect(readParameters('ImportKeyMaterial', withheldParameters('ImportKeyMaterial', { ValidTo })!)).toEqual({
    ValidTo,
  });
  expect(withheldParameters('Decrypt', {})).toBeUndefined();
  for (const text of ['', '[]', '1', '{"Plaintext":"x"}'])
    expect(readParameters('Encrypt', text)).toBeUndefined();
});

const golden = {
  key: '0000002430313233343536372d383961622d346465662d383132332d3435363738396162636465660000000c3131313132323232333333330000000975732d656173742d31000101030000000164000000000000000101000000000000000201000701000000000975732d656173742d3100000000000000027b7d00000001000000016b00000001760000000100000007616c6961732f61000000010000000000000000000000000000000011111111111111111111111111111111111111111111111111111111111111110000000000000003020001010100000000000000040001005a0000000000000005000100000002010100020102',
  grant:
    'abababababababababababababababababababababababababababababababab0000002430313233343536372d383961622d346465662d383132332d34353637383961626364656601000000016e0000002061726e3a6177733a69616d3a3a3131313132323232333333333a757365722f75010000002061726e3a6177733a69616d3a3a3131313132323232333333333a757365722f720000000c31313131323232323333333300000000000000060000000200100100000002000000016100000001310000000162000000013200',
  audit:
    '00000000000000070000000172000000094372656174654b65790000001e61726e3a6177733a69616d3a3a3131313132323232333333333a726f6f740000000c31313131323232323333333300000004414b49410000000975732d656173742d31000000010000002430313233343536372d383961622d346465662d383132332d3435363738396162636465660808080808080808080808080808080808080808080808080808080808080808000000010000000c6177733a536f757263654970000000093132372e302e302e3101000000027b7d010000000000000009000000000000000a010000002430313233343536372d383961622d346465662d383132332d343536373839616263646566012222222222222222222222222222222200000100',
};
