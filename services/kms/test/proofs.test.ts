/** Proofs of keys, aliases and recorded calls: the service and its tables as they run, and a prover without cryptography. */
import { createHash } from 'node:crypto';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { PlainProver } from '@hypergate/node/sim';
import { ProofRefused } from '@hypergate/node/verifier';
import { type ProofClaim, verifyDocument } from '@hypergate/table/verify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { dayMs } from '../engine/limits.ts';
import { domainAddress, keyKey, keysTable } from '../model/tables.ts';
import { describeProof, kmsDomain } from '../verify/index.ts';
import { type KeyPortWorld, openKeyPortWorld } from './support/key-port-world.ts';
import { auditTrail } from './support/trail.ts';
import { account, otherAccount, region } from './support/world.ts';

let prover: PlainProver;
let world: KeyPortWorld;
let keyId: string;
beforeEach(async () => {
  prover = new PlainProver({});
  world = await openKeyPortWorld({ prover });
  const input = { Description: 'of "tests"', Tags: [{ TagKey: 'team', TagValue: 'a' }] };
  keyId = (await world.root.send(new CreateKeyCommand(input))).KeyMetadata!.KeyId!;
});
afterEach(() => world.close());

const prove = (target: string, query: Partial<ProofQuery> = {}): Promise<string> =>
  world.gateway.service.prove({ target, discloseAddressKeys: false, delay: false, ...query });

const describeText = (text: string): ProofClaim =>
  describeProof(verifyDocument(text, prover.trustRoot, prover.verifier));

const claimOf = async (target: string, query: Partial<ProofQuery> = {}) =>
  describeText(await prove(target, query));

async function refusal(asked: Promise<unknown>): Promise<[number, string]> {
  const error = await asked.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ProofUnavailable)) throw new Error('no refusal', { cause: error });
  return [error.status, error.message];
}

const time = (ms: number) => new Date(ms).toISOString();
const recordOf = async (id: string) => (await world.gateway.domain.get(keysTable, keyKey(id)))!.row;
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('the verifier knows the domain of keys', () => {
  expect(Buffer.from(kmsDomain)).toEqual(domainAddress);
});

describe('a key', () => {
  test('is proven with what can be done with it and how it came to be', async () => {
    await world.root.send(new CreateAliasCommand({ AliasName: 'alias/team/a', TargetKeyId: keyId }));
    const { policy, versions } = await recordOf(keyId);
    const now = time(world.gateway.clock.ms);
    expect(await claimOf(`kms://key/${keyId}`)).toEqual({
      statement: `the key ${keyId} of the account "${account}" is Enabled`,
      facts: [
        ['region', `"${region}"`],
        ['spec', 'SYMMETRIC_DEFAULT'],
        ['usage', 'ENCRYPT_DECRYPT'],
        ['origin', 'AWS_KMS'],
        ['manager', 'CUSTOMER'],
        ['secret', 'was never in one place'],
        ['created', now],
        ['description', '"of \\"tests\\""'],
        ['sha256 of the key policy', sha256(policy)],
        ['tag', '"team": "a"'],
        ['alias', '"alias/team/a"'],
        ['grants', '0'],
        ['version', `${versions[0]!.materialId}, CURRENT, initial ${now}`],
      ],
      content: undefined,
    });
  });

  test('whose secret was in one place once says so, and shows its public key', async () => {
    const { KeyMetadata } = await world.root.send(
      new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }),
    );
    const id = KeyMetadata!.KeyId!;
    const { PublicKey } = await world.root.send(new GetPublicKeyCommand({ KeyId: id }));
    const { facts } = await claimOf(`kms://key/${id}`);
    const named = new Map(facts);
    expect(named.get('secret')).toContain('was in one place when the key was made or imported');
    expect(named.get('sha256 of the public key')).toBe(sha256((await recordOf(id)).publicKey!));
    expect(PublicKey).toBeDefined();
  });

  test('is shown until it is gone, and as deleted after that', async () => {
    await world.root.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }));
    const leaving = await claimOf(`kms://key/${keyId}`);
    expect(leaving.statement).toContain('is PendingDeletion');
    expect(new Map(leaving.facts).get('will be deleted')).toBe(time(world.gateway.clock.ms + 7 * dayMs));
    world.advance(7 * dayMs);
    await world.gateway.service.settle();
    expect((await claimOf(`kms://key/${keyId}`)).statement).toBe(
      `the key ${keyId} of the account "${account}" was deleted`,
    );
  });
});

test('an alias is proven with the key that it means, the root account’s unless another is named', async () => {
  await world.root.send(new CreateAliasCommand({ AliasName: 'alias/team/a', TargetKeyId: keyId }));
  const now = time(world.gateway.clock.ms);
  const claim = {
    statement: `the alias "alias/team/a" of the account ${account} means the key "${keyId}"`,
    facts: [
      ['created', now],
      ['changed', now],
    ],
    content: undefined,
  };
  expect(await claimOf('kms://alias/team/a')).toEqual(claim);
  expect(await claimOf(`kms://${account}/alias/team/a`)).toEqual(claim);
  const other = await claimOf(`kms://${otherAccount}/alias/team/a`, { discloseAddressKeys: true });
  expect(other.statement).toBe(`there is no alias "alias/team/a" of the account ${otherAccount}`);
});

describe('a recorded call is proven', () => {
  test('by the request id of its answer, with who called and the context, without the plaintext', async () => {
    const plaintext = Buffer.from('nobody else reads this');
    const { $metadata } = await world.root.send(
      new EncryptCommand({ KeyId: keyId, Plaintext: plaintext, EncryptionContext: { a: 'b"' } }),
    );
    expect($metadata.requestId).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const text = await prove(`kms://audit/${$metadata.requestId}`);
    const { statement, facts } = describeText(text);
    const principal = `arn:aws:iam::${account}:root`;
    const now = time(world.gateway.clock.ms);
    expect(statement).toBe(`"${principal}" called "Encrypt" at ${now}, as the gateway recorded`);
    const row = (await auditTrail(world.gateway)).find((one) => one.requestId === $metadata.requestId)!;
    expect(facts).toEqual([
      ['account', `"${account}"`],
      ['access key', `"AKIA${account}"`],
      ['region', `"${region}"`],
      ['key', `"${keyId}"`],
      ['sha256 of the signed call', Buffer.from(row.callHash).toString('hex')],
      ['encryption context', '{"a":"b\\""}'],
      ...row.context.map(([name, value]) => [JSON.stringify(name), JSON.stringify(value)]),
      ['outcome', 'not in this record, which was made before it'],
    ]);
    expect(row.context.length).toBeGreaterThan(0);
    expect(text).not.toContain(plaintext.toString('hex'));
    expect(text).not.toContain(plaintext.toString('base64'));
  });

  test('that was refused, with its outcome', async () => {
    const requestId = await world.root.send(new GetPublicKeyCommand({ KeyId: keyId })).then(
      () => undefined,
      (error: { readonly $metadata: { readonly requestId: string } }) => error.$metadata.requestId,
    );
    const { facts } = await claimOf(`kms://audit/${requestId}`);
    expect(new Map(facts).get('outcome')).toBe('"UnsupportedOperationException"');
  });

  test('that a service made for its caller, with the service’s operation', async () => {
    const context = { 'aws:s3:arn': 'arn:aws:s3:::album/photo' };
    const use = await world.use('root', { operation: 'PutObject', bucket: 'album', key: 'photo' });
    await world.port.generateDataKey({ ...use, key: keyId, context });
    const { statement, facts } = await claimOf(`kms://audit/${use.requestId}`);
    expect(statement).toContain('called "GenerateDataKey" through "s3" at');
    const named = new Map(facts);
    expect(named.get('request to the service')).toBe('"PutObject"');
    expect(named.get('encryption context')).toBe(JSON.stringify(context));
    expect(named.get('sha256 of the signed call')).toBe(sha256(use.call));
  });

  test('that nobody made but time', async () => {
    await world.root.send(new ScheduleKeyDeletionCommand({ KeyId: keyId, PendingWindowInDays: 7 }));
    world.advance(7 * dayMs);
    await world.gateway.service.settle();
    const row = (await auditTrail(world.gateway)).find(({ operation }) => operation === 'DeleteKey')!;
    const { statement, facts } = await claimOf(`kms://audit/${row.requestId}`);
    expect(statement).toMatch(/^the gateway, which nobody called, called "DeleteKey" at /);
    expect(new Map(facts).get('number')).toBe(String(row.control!.sequence));
  });
});

test('that there is no such record is proven only when the address key may be given', async () => {
  const none = '00000000-0000-4000-8000-000000000000';
  for (const [target, table, statement] of [
    [`kms://key/${none}`, 'kms.keys', `there is no key ${none}`],
    ['kms://alias/none', 'kms.aliases', `there is no alias "alias/none" of the account ${account}`],
    ['kms://audit/0123456789ABCDEF', 'kms.audit', 'there is no audit record of the request 0123456789ABCDEF'],
  ] as const) {
    const [status, message] = await refusal(prove(target));
    expect([status, message]).toEqual([409, expect.stringContaining(`the address key of ${table}`)]);
    const claim = await claimOf(target, { discloseAddressKeys: true });
    expect(claim).toEqual({ statement, facts: [], content: undefined });
  }
});

test('a record is shown to be the only one of its name when the address key may be given', async () => {
  const text = await prove(`kms://key/${keyId}`, { discloseAddressKeys: true });
  const document = verifyDocument(text, prover.trustRoot, prover.verifier);
  expect(document.namesBound).toBe(true);
  expect(describeProof(document).statement).toContain('is Enabled');
});

test('one changed letter anywhere is refused', async () => {
  await world.root.send(new CreateAliasCommand({ AliasName: 'alias/a', TargetKeyId: keyId }));
  const { requestId } = (await auditTrail(world.gateway))[0]!;
  for (const text of [
    await prove(`kms://key/${keyId}`),
    await prove('kms://alias/a'),
    await prove(`kms://audit/${requestId}`),
    await prove('kms://alias/b', { discloseAddressKeys: true }),
  ]) {
    expect(() => describeText(text)).not.toThrow();
    for (let at = 0; at < text.length; at += 3) {
      const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << (at % 7)));
      const bad = text.slice(0, at) + other + text.slice(at + 1);
      expect(() => describeText(bad), `${at}: ${bad}`).toThrow(ProofRefused);
    }
  }
});

test('a key’s record under the name of another key is refused by who verifies', async () => {
  const { tables, domain } = world.gateway;
  const wrong = '00000000-0000-4000-8000-00000000000f';
  await tables.transact([
    { kind: 'put', domain, table: keysTable, key: keyKey(wrong), row: await recordOf(keyId) },
  ]);
  const text = await prove(`kms://key/${wrong}`);
  expect(() => describeText(text)).toThrow('another key is proven');
});

test('a target that is none is refused with what it should be', async () => {
  for (const target of [
    'kms://',
    'kms://key/',
    `kms://key/${keyId.toUpperCase()}`,
    `kms://key/${keyId}/`,
    `kms://keys/${keyId}`,
    'kms://alias/',
    'kms://alias/a b',
    'kms://123/alias/a',
    'kms://audit/',
    'kms://audit/a?b',
  ]) {
    const [status, message] = await refusal(prove(target, { discloseAddressKeys: true }));
    expect([status, message], target).toEqual([
      400,
      expect.stringContaining('is not of the form kms://key/KEYID'),
    ]);
  }
  const [status, message] = await refusal(prove(`kms://key/${keyId}`, { versionId: '1' }));
  expect([status, message]).toEqual([400, expect.stringContaining('it is proven whole')]);
});
