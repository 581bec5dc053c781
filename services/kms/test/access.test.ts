/** Grants and policies: who may do what. */
import { describe, expect, test } from 'vitest';
import { grantToken } from '../engine/index.ts';
import { keyArn } from '../engine/key-record.ts';
import { allowing, callerOf, otherAccount, refusalOf, rootOf, userOf, World } from './support/world.ts';

const bytes = (length: number) => new Uint8Array(length);

async function world() {
  const one = new World();
  return { one, key: await one.newKey(), arn: (id: string) => keyArn(one.key(id)) };
}

describe('grants', () => {
  const grantee = userOf('grantee');
  const terms = { GranteePrincipal: grantee.arn, Operations: ['Encrypt', 'RetireGrant'] };

  test("are refused in KMS's words", async () => {
    const { one, key } = await world();
    const KeyId = key.keyId;
    const say = (input: object) => refusalOf(() => one.run('CreateGrant', { KeyId, ...terms, ...input }));
    expect(await say({ GranteePrincipal: 'nobody' })).toContain('InvalidArnException');
    expect(await say({ Operations: [] })).toContain('ValidationException');
    expect(await say({ Operations: ['Sign'] })).toContain('Grant operation Sign is not valid');
    expect(await say({ GrantTokens: ['?'] })).toContain('InvalidGrantTokenException');
    expect(await say({ DryRun: true })).toContain('DryRunOperationException');
    const revoke = (GrantId: string) => refusalOf(() => one.run('RevokeGrant', { KeyId, GrantId }));
    expect(await revoke('x')).toContain('InvalidGrantIdException');
    expect(await revoke('0'.repeat(64))).toBe(`NotFoundException: Grant ID ${'0'.repeat(64)} not found`);
    expect(await refusalOf(() => one.run('RetireGrant', {}))).toContain('ValidationException');
    const token = { GrantToken: grantToken(KeyId, '0'.repeat(64)) };
    expect(await refusalOf(() => one.run('RetireGrant', token))).toContain('NotFoundException');
  });

  test('allow use besides policies, within their constraints, until they are retired', async () => {
    const { one, key } = await world();
    const KeyId = key.keyId;
    const encrypt = (EncryptionContext: object) =>
      refusalOf(() =>
        one.as(callerOf(grantee), () =>
          one.use('Encrypt', { KeyId, Plaintext: bytes(1), EncryptionContext }),
        ),
      );
    expect(await encrypt({})).toBe(
      `AccessDeniedException: User: ${grantee.arn} is not authorized to perform: kms:Encrypt on resource: ${keyArn(key)} because no identity-based policy allows the kms:Encrypt action`,
    );
    const Constraints = { EncryptionContextSubset: { a: '1' } };
    const { output } = await one.run('CreateGrant', { KeyId, ...terms, Constraints, Name: 'n' });
    expect(await encrypt({})).toContain('AccessDeniedException');
    expect(await encrypt({ a: '1', b: '2' })).toContain('nothing was refused');
    const again = await one.run('CreateGrant', { KeyId, ...terms, Constraints, Name: 'n' });
    expect(again.output.GrantId).toBe(output.GrantId);
    expect(one.key(KeyId).grants).toBe(1);
    const stranger = () => one.run('RetireGrant', { GrantToken: output.GrantToken });
    expect(await refusalOf(() => one.as(callerOf(userOf('stranger')), stranger))).toContain(
      'AccessDeniedException',
    );
    await one.as(callerOf(grantee), stranger);
    expect(await encrypt({ a: '1' })).toContain('AccessDeniedException');
    expect(one.key(KeyId).grants).toBe(0);
  });

  test('who was granted CreateGrant passes on no more than it has', async () => {
    const { one, key } = await world();
    const KeyId = key.keyId;
    const Constraints = { EncryptionContextEquals: { a: '1' } };
    await one.run('CreateGrant', { KeyId, ...terms, Operations: ['CreateGrant', 'Encrypt'], Constraints });
    const pass = (input: object) =>
      refusalOf(() =>
        one.as(callerOf(grantee), () =>
          one.run('CreateGrant', { KeyId, GranteePrincipal: userOf('next').arn, ...input }),
        ),
      );
    expect(await pass({ Operations: ['Decrypt'], Constraints })).toContain('AccessDeniedException');
    expect(await pass({ Operations: ['Encrypt'] })).toContain('AccessDeniedException');
    expect(await pass({ Operations: ['Encrypt'], Constraints })).toContain('nothing was refused');
  });
});

describe('leave', () => {
  test('of other accounts needs both sides, and is there for no administration', async () => {
    const { one } = await world();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Allow', Principal: { AWS: otherAccount }, Action: 'kms:*', Resource: '*' },
      ],
    });
    const key = await one.newKey({ Policy });
    const use = (policies: readonly unknown[]) =>
      refusalOf(() =>
        one.as(callerOf(userOf('far', otherAccount), policies), () =>
          one.use('Encrypt', { KeyId: keyArn(key), Plaintext: bytes(1) }),
        ),
      );
    expect(await use([])).toContain('AccessDeniedException');
    expect(await use([allowing('kms:Encrypt')])).toContain('nothing was refused');
    const far = callerOf(rootOf(otherAccount));
    expect(await refusalOf(() => one.as(far, () => one.run('DisableKey', { KeyId: keyArn(key) })))).toContain(
      'AccessDeniedException',
    );
  });

  test('ends at a Deny, whatever else allows, and at conditions', async () => {
    const { one } = await world();
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'kms:Encrypt',
          Resource: '*',
          Condition: { StringNotEquals: { 'kms:EncryptionContext:tenant': 'a' } },
        },
        {
          Effect: 'Deny',
          Principal: '*',
          Action: 'kms:ScheduleKeyDeletion',
          Resource: '*',
          Condition: { NumericLessThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '10' } },
        },
      ],
    });
    const key = await one.newKey({ Policy });
    const KeyId = key.keyId;
    const encrypt = (EncryptionContext: object) =>
      refusalOf(() => one.use('Encrypt', { KeyId, Plaintext: bytes(1), EncryptionContext }));
    expect(await encrypt({})).toContain('with an explicit deny');
    expect(await encrypt({ tenant: 'a' })).toContain('nothing was refused');
    const days = (PendingWindowInDays: number) =>
      refusalOf(() => one.run('ScheduleKeyDeletion', { KeyId, PendingWindowInDays }));
    expect(await days(9)).toContain('with an explicit deny');
    expect(await days(10)).toContain('nothing was refused');
  });
});
