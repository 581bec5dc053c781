import {
  AddPermissionCommand,
  type AddPermissionCommandInput,
  GetPolicyCommand,
  RemovePermissionCommand,
} from '@aws-sdk/client-lambda';
import { evaluate } from '@hypergate/kit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  account,
  errorOf,
  openSettings,
  otherAccount,
  region,
  type SettingsWorld,
} from './support/settings-world.ts';

let world: SettingsWorld;
beforeAll(async () => {
  world = await openSettings();
});
afterAll(() => world.close());

const arn = (name: string, qualifier?: string) =>
  `arn:aws:lambda:${region}:${account}:function:${name}${qualifier === undefined ? '' : `:${qualifier}`}`;
const add = (FunctionName: string, more: Partial<AddPermissionCommandInput> = {}) =>
  world.client().send(
    new AddPermissionCommand({
      FunctionName,
      StatementId: 's',
      Action: 'lambda:InvokeFunction',
      Principal: 's3.amazonaws.com',
      ...more,
    }),
  );
const policyOf = async (FunctionName: string, Qualifier?: string) => {
  const { Policy, RevisionId } = await world
    .client()
    .send(new GetPolicyCommand({ FunctionName, ...(Qualifier === undefined ? {} : { Qualifier }) }));
  return { policy: JSON.parse(Policy ?? ''), revision: RevisionId };
};

describe('statements', () => {
  test.each([
    ['*', '*'],
    [otherAccount, { AWS: `arn:aws:iam::${otherAccount}:root` }],
    [`arn:aws:iam::${otherAccount}:role/x/y`, { AWS: `arn:aws:iam::${otherAccount}:role/x/y` }],
    ['events.amazonaws.com', { Service: 'events.amazonaws.com' }],
    ['alexa-appkit.amazon.com', { Service: 'alexa-appkit.amazon.com' }],
  ])('the principal %s is formed as AWS forms it', async (principal, shown) => {
    const { name } = await world.putFunction(`p-${crypto.randomUUID().slice(0, 8)}`);
    const { Statement } = await add(name, { Principal: principal });
    expect(JSON.parse(Statement ?? '')).toEqual({
      Sid: 's',
      Effect: 'Allow',
      Principal: shown,
      Action: 'lambda:InvokeFunction',
      Resource: arn(name),
    });
  });

  test('conditions have the operators and keys of AWS', async () => {
    const { name } = await world.putFunction('conditions');
    await add(name, {
      SourceArn: 'arn:aws:s3:::bucket',
      SourceAccount: account,
      PrincipalOrgID: 'o-abcdef1234',
      EventSourceToken: 'amzn1.ask.skill',
    });
    await add(name, {
      StatementId: 'url',
      Action: 'lambda:InvokeFunctionUrl',
      Principal: '*',
      FunctionUrlAuthType: 'NONE',
    });
    await add(name, { StatementId: 'via', Principal: '*', InvokedViaFunctionUrl: true });
    const { policy } = await policyOf(name);
    expect(policy).toMatchObject({ Version: '2012-10-17', Id: 'default' });
    expect(policy.Statement.map(({ Condition }: { Condition: unknown }) => Condition)).toEqual([
      {
        StringEquals: {
          'AWS:SourceAccount': account,
          'aws:PrincipalOrgID': 'o-abcdef1234',
          'lambda:EventSourceToken': 'amzn1.ask.skill',
        },
        ArnLike: { 'AWS:SourceArn': 'arn:aws:s3:::bucket' },
      },
      { StringEquals: { 'lambda:FunctionUrlAuthType': 'NONE' } },
      { Bool: { 'lambda:InvokedViaFunctionUrl': 'true' } },
    ]);
  });

  test('a policy decides what it says', async () => {
    const { name } = await world.putFunction('decides');
    await add(name, { Principal: otherAccount, SourceArn: 'arn:aws:s3:::mine*' });
    const { policy } = await policyOf(name);
    const decide = (accountId: string, sourceArn: string) =>
      evaluate({
        principal: {
          kind: 'root',
          accountId,
          userId: accountId,
          arn: `arn:aws:iam::${accountId}:root`,
          displayName: '',
          accessKeyId: '',
        },
        action: 'lambda:InvokeFunction',
        resource: { arn: arn(name), ownerAccountId: account },
        identityPolicies: [],
        resourcePolicies: [policy],
        context: { 'aws:SourceArn': sourceArn },
      });
    expect(decide(otherAccount, 'arn:aws:s3:::mine-1')).toBe('allow');
    expect(decide(otherAccount, 'arn:aws:s3:::theirs')).toBe('implicit-deny');
    expect(decide('777788889999', 'arn:aws:s3:::mine-1')).toBe('implicit-deny');
  });

  test.each([
    [
      { Principal: 'somebody' },
      'InvalidParameterValueException: The provided principal was invalid. Please check the principal and try again.',
    ],
    [
      { StatementId: 'a b' },
      "ValidationException: 1 validation error detected: Value 'a b' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)",
    ],
    [
      { Action: 's3:GetObject' },
      "ValidationException: 1 validation error detected: Value 's3:GetObject' at 'action' failed to satisfy constraint: Member must satisfy regular expression pattern: (lambda:[*]|lambda:[a-zA-Z]+|[*])",
    ],
    [
      { SourceAccount: '12' },
      "ValidationException: 1 validation error detected: Value '12' at 'sourceAccount' failed to satisfy constraint: Member must satisfy regular expression pattern: \\d{12}",
    ],
    [
      { FunctionUrlAuthType: 'NONE' as const },
      'InvalidParameterValueException: FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action',
    ],
    [
      { Qualifier: '$LATEST' },
      'InvalidParameterValueException: We currently do not support adding policies for $LATEST.',
    ],
    [{ Qualifier: '7' }, `ResourceNotFoundException: Function not found: ${arn('refuses', '7')}`],
    [
      { RevisionId: 'other' },
      'PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id',
    ],
  ])('%o is refused', async (members, message) => {
    await world.putFunction('refuses');
    expect(await errorOf(add('refuses', members))).toBe(message);
    expect(await errorOf(policyOf('refuses'))).toBe(
      'ResourceNotFoundException: The resource you requested does not exist.',
    );
  });
});

test('a statement id is taken once, for each qualifier', async () => {
  const { name } = await world.putFunction('taken', { versions: ['1'], aliases: { live: '1' } });
  await add(name);
  await add(name, { Qualifier: 'live' });
  expect(await errorOf(add(name))).toBe(
    'ResourceConflictException: The statement id (s) provided already exists. Please provide a new statement id, or remove the existing statement.',
  );
  expect((await policyOf(name, 'live')).policy.Statement[0].Resource).toBe(arn(name, 'live'));
});

test('a policy changes only from the revision that its writer has seen', async () => {
  const { name } = await world.putFunction('revisions');
  await add(name);
  const first = await policyOf(name);
  await add(name, { StatementId: 't', RevisionId: first.revision });
  const remove = (StatementId: string, RevisionId?: string) =>
    world.client().send(
      new RemovePermissionCommand({
        FunctionName: name,
        StatementId,
        ...(RevisionId === undefined ? {} : { RevisionId }),
      }),
    );
  expect(await errorOf(remove('s', first.revision))).toMatch(/^PreconditionFailedException/);
  await remove('s', (await policyOf(name)).revision);
  expect((await policyOf(name)).policy.Statement.map(({ Sid }: { Sid: string }) => Sid)).toEqual(['t']);
  expect(await errorOf(remove('s'))).toBe(
    'ResourceNotFoundException: Statement s is not found in resource policy.',
  );
  await remove('t');
  expect(await errorOf(policyOf(name))).toMatch(/^ResourceNotFoundException/);
  expect(await errorOf(remove('t'))).toBe(
    'ResourceNotFoundException: No policy is associated with the given resource.',
  );
});

test('a policy holds 20 KiB, and what does not fit leaves it as it was', async () => {
  const { name } = await world.putFunction('full');
  const SourceArn = `arn:aws:s3:::${'b'.repeat(2000)}`;
  for (let at = 0; at < 9; at++) await add(name, { StatementId: `s${at}`, SourceArn });
  const refused = await errorOf(add(name, { StatementId: 's9', SourceArn }));
  expect(refused).toMatch(
    /^PolicyLengthExceededException: The final policy size \(2\d{4}\) is bigger than the limit \(20480\)\.$/,
  );
  expect((await policyOf(name)).policy.Statement).toHaveLength(9);
});

test('of permissions that are added at once none is lost, and no id is taken twice', async () => {
  const { name } = await world.putFunction('together');
  world.overtakeBy(() => add(name, { StatementId: 'first' }));
  await add(name, { StatementId: 'second' });
  world.overtakeBy(() => add(name, { StatementId: 'third' }));
  expect(await errorOf(add(name, { StatementId: 'third' }))).toMatch(/^ResourceConflictException/);
  const kept = (await policyOf(name)).policy.Statement.map(({ Sid }: { Sid: string }) => Sid);
  expect(kept).toEqual(['first', 'second', 'third']);
});

test('names of what every object has are aliases like others, or refused', async () => {
  const { name } = await world.putFunction('names', {
    versions: ['1'],
    aliases: { constructor: '1', ['__proto__']: '1' },
  });
  expect(await errorOf(policyOf(name, 'constructor'))).toMatch(/^ResourceNotFoundException/);
  expect(await errorOf(policyOf(name, '__proto__'))).toMatch(/^ResourceNotFoundException/);
  expect(await errorOf(add(name, { Qualifier: '__proto__' }))).toMatch(/^InvalidParameterValueException/);
  await add(name, { Qualifier: 'constructor' });
  expect((await policyOf(name, 'constructor')).policy.Statement).toHaveLength(1);
});

test('another account reads and changes no policy without leave', async () => {
  const { name } = await world.putFunction('closed');
  const other = world.client(otherAccount);
  const command = new AddPermissionCommand({
    FunctionName: arn(name),
    StatementId: 'x',
    Action: 'lambda:*',
    Principal: otherAccount,
  });
  expect(await errorOf(other.send(command))).toMatch(/^AccessDenied/);
});
