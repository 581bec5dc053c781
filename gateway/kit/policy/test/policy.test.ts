// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../service.ts';
import { type Decision, type EvaluationRequest, evaluate, PolicyError, parsePolicy } from '../index.ts';

const OWNER = '111122223333';
const OTHER = '444455556666';

function user(name: string, accountId = OWNER): Principal {
  const arn = `arn:aws:iam::${accountId}:user/${name}`;
  return {
    kind: 'user',
    accountId,
    userId: `AIDA${name.toUpperCase()}`,
    arn,
    displayName: name,
    accessKeyId: 'K',
  };
}
function root(accountId = OWNER): Principal {
  const arn = `arn:aws:iam::${accountId}:root`;
  return {
    kind: 'root',
    accountId,
    userId: `canonical-${accountId}`,
    arn,
    displayName: 'root',
    accessKeyId: 'K',
  };
}
const role: Principal = {
  kind: 'role',
  accountId: OWNER,
  userId: 'AROAX:session',
  arn: `arn:aws:sts::${OWNER}:assumed-role/reader/session`,
  displayName: 'reader',
  accessKeyId: 'K',
};
const anonymous: Principal = {
  kind: 'anonymous',
  accountId: '',
  userId: '',
  arn: '',
  displayName: '',
  accessKeyId: '',
};

interface Case {
  readonly principal?: Principal;
  readonly action?: string;
  readonly arn?: string;
  readonly owner?: string;
  readonly identity?: readonly object[];
  readonly resource?: readonly object[];
  readonly context?: EvaluationRequest['context'];
  readonly delegates?: boolean;
}

const ARN = 'arn:aws:s3:::bucket/home/alice/a.txt';

function decide(c: Case): Decision {
  const policy = (statements: readonly object[] | undefined) =>
    statements === undefined ? [] : [{ Version: '2012-10-17', Statement: statements }];
  return evaluate({
    principal: c.principal ?? user('alice'),
    action: c.action ?? 's3:GetObject',
    resource: { arn: c.arn ?? ARN, ownerAccountId: c.owner ?? OWNER },
    identityPolicies: policy(c.identity),
    resourcePolicies: policy(c.resource),
    context: c.context ?? {},
    ...(c.delegates === undefined ? {} : { resourcePolicyDelegates: c.delegates }),
  });
}

const allow = (more: object = {}) => ({
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: 'arn:aws:s3:::bucket/*',
  ...more,
});
const deny = (more: object = {}) => ({ ...allow(more), Effect: 'Deny' });
const names = (...AWS: string[]) => ({ Principal: { AWS } });
const everyone = { Principal: '*' };
const aliceArn = user('alice').arn;

const CASES: readonly (readonly [name: string, c: Case, expected: Decision])[] = [
  ['nothing said: refused', {}, 'implicit-deny'],
  ["the caller's policy allows within its account", { identity: [allow()] }, 'allow'],
  [
    'a resource policy naming the caller allows within the account',
    { resource: [allow(names(aliceArn))] },
    'allow',
  ],
  [
    'a resource policy naming another user does not',
    { resource: [allow(names(user('bob').arn))] },
    'implicit-deny',
  ],
  ['naming the account only delegates to its policies', { resource: [allow(names(OWNER))] }, 'implicit-deny'],
  [
    "an explicit deny of the caller's policies wins",
    { identity: [allow(), deny()], resource: [allow(everyone)] },
    'explicit-deny',
  ],
  [
    'an explicit deny of the resource wins',
    { identity: [allow()], resource: [deny(everyone)] },
    'explicit-deny',
  ],
  [
    'a deny on an account reaches its users',
    { identity: [allow()], resource: [deny(names(`arn:aws:iam::${OWNER}:root`))] },
    'explicit-deny',
  ],

  [
    'across accounts the resource alone is not enough',
    { principal: user('eve', OTHER), resource: [allow(names(OTHER))] },
    'implicit-deny',
  ],
  [
    "across accounts the caller's policy alone is not enough",
    { principal: user('eve', OTHER), identity: [allow()] },
    'implicit-deny',
  ],
  [
    'across accounts both together are',
    { principal: user('eve', OTHER), identity: [allow()], resource: [allow(names(OTHER))] },
    'allow',
  ],
  [
    'the root of a named account needs no policy of its own',
    { principal: root(OTHER), resource: [allow(names(OTHER))] },
    'allow',
  ],
  ['the root of another account may nothing by itself', { principal: root(OTHER) }, 'implicit-deny'],

  ['the root of the owning account may do everything', { principal: root() }, 'allow'],
  ['but not past an explicit deny', { principal: root(), resource: [deny(everyone)] }, 'explicit-deny'],
  [
    'except to mend the policy itself',
    {
      principal: root(),
      action: 's3:DeleteBucketPolicy',
      arn: 'arn:aws:s3:::bucket',
      resource: [{ ...deny(everyone), Action: 's3:*', Resource: '*' }],
    },
    'allow',
  ],

  [
    'callers without credentials need a policy for everyone',
    { principal: anonymous, resource: [allow(everyone)] },
    'allow',
  ],
  [
    '{"AWS": "*"} is everyone too',
    { principal: anonymous, resource: [allow({ Principal: { AWS: '*' } })] },
    'allow',
  ],
  [
    'a policy for an account does not reach them',
    { principal: anonymous, resource: [allow(names(OWNER))] },
    'implicit-deny',
  ],
  ['their identity policies do not exist', { principal: anonymous, identity: [allow()] }, 'implicit-deny'],

  [
    'a role session is named by its role',
    { principal: role, resource: [allow(names(`arn:aws:iam::${OWNER}:role/reader`))] },
    'allow',
  ],
  ['or by its session', { principal: role, resource: [allow(names(role.arn))] }, 'allow'],
  [
    'a canonical user id names a root',
    { principal: root(OTHER), resource: [allow({ Principal: { CanonicalUser: root(OTHER).userId } })] },
    'allow',
  ],
  ['a unique id names a user', { resource: [allow(names('AIDAALICE'))] }, 'allow'],
  [
    'a service principal is nobody here',
    { resource: [allow({ Principal: { Service: 'logging.s3.amazonaws.com' } })] },
    'implicit-deny',
  ],

  [
    'deny with NotPrincipal spares the named caller',
    { identity: [allow()], resource: [deny({ NotPrincipal: { AWS: aliceArn } })] },
    'allow',
  ],
  [
    'and reaches all others',
    { principal: user('bob'), identity: [allow()], resource: [deny({ NotPrincipal: { AWS: aliceArn } })] },
    'explicit-deny',
  ],
  [
    'allow with NotPrincipal leaves the named account out',
    { resource: [allow({ NotPrincipal: { AWS: OWNER } })] },
    'implicit-deny',
  ],

  ['actions match without case', { identity: [allow({ Action: 'S3:getobject' })] }, 'allow'],
  ['actions take wildcards', { identity: [allow({ Action: ['s3:Put*', 's3:Get?bject'] })] }, 'allow'],
  ['another action does not match', { identity: [allow({ Action: 's3:GetObjectAcl' })] }, 'implicit-deny'],
  [
    'NotAction allows what it does not name',
    { identity: [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }] },
    'allow',
  ],
  [
    'NotAction does not allow what it names',
    { identity: [{ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }] },
    'implicit-deny',
  ],
  [
    'resources match with case',
    { identity: [allow({ Resource: 'arn:aws:s3:::Bucket/*' })] },
    'implicit-deny',
  ],
  [
    'the bucket is not its objects',
    { identity: [allow({ Resource: 'arn:aws:s3:::bucket' })] },
    'implicit-deny',
  ],
  [
    'a star in one part of an ARN does not reach over a colon',
    { identity: [allow({ Resource: 'arn:aws:s3*:::bucket/home' })], arn: 'arn:aws:s3:x:y:bucket/home' },
    'implicit-deny',
  ],
  [
    'a star takes slashes and colons of the resource',
    { identity: [allow({ Resource: 'arn:aws:s3:::bu*.txt' })], arn: 'arn:aws:s3:::bucket/a:b/c.txt' },
    'allow',
  ],
  [
    'NotResource allows elsewhere',
    { identity: [{ Effect: 'Allow', Action: 's3:*', NotResource: 'arn:aws:s3:::secret/*' }] },
    'allow',
  ],

  [
    "a variable is the caller's name",
    { identity: [allow({ Resource: 'arn:aws:s3:::bucket/home/${aws:username}/*' })] },
    'allow',
  ],
  [
    'for another caller it is another',
    { principal: user('bob'), identity: [allow({ Resource: 'arn:aws:s3:::bucket/home/${aws:username}/*' })] },
    'implicit-deny',
  ],
  [
    'a variable without value matches nothing',
    { identity: [allow({ Resource: 'arn:aws:s3:::bucket/${aws:PrincipalTag/team}*' })] },
    'implicit-deny',
  ],
  [
    'unless it has a default',
    { identity: [allow({ Resource: "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'home'}/*" })] },
    'allow',
  ],
  [
    "a star in a variable's value is no wildcard",
    { principal: user('*'), identity: [allow({ Resource: 'arn:aws:s3:::bucket/home/${aws:username}/*' })] },
    'implicit-deny',
  ],
  [
    '${*} is a star itself',
    { identity: [allow({ Resource: 'arn:aws:s3:::bucket/${*}' })], arn: 'arn:aws:s3:::bucket/*' },
    'allow',
  ],

  [
    'keys: a resource policy that names nobody lets no identity policy count',
    { identity: [allow()], delegates: true },
    'implicit-deny',
  ],
  [
    'keys: one that names the account does',
    { identity: [allow()], resource: [allow(names(OWNER))], delegates: true },
    'allow',
  ],
  [
    'keys: the root has no way around a resource policy that names others',
    { principal: root(), resource: [allow(names(`arn:aws:iam::${OWNER}:user/alice`))], delegates: true },
    'implicit-deny',
  ],
  [
    'keys: one that names the account lets the root',
    { principal: root(), resource: [allow(names(OWNER))], delegates: true },
    'allow',
  ],
];

describe('policy evaluation', () => {
  it.each(CASES)('%s', (_name, c, expected) => {
    expect(decide(c)).toBe(expected);
  });

  it('variables are plain text in documents of 2008', () => {
    const statement = allow({ Resource: 'arn:aws:s3:::bucket/home/${aws:username}/*' });
    const request = { ...baseRequest(), identityPolicies: [{ Version: '2008-10-17', Statement: statement }] };
    expect(evaluate(request)).toBe('implicit-deny');
  });

  it('a stored document that is malformed decides nothing', () => {
    expect(() => evaluate({ ...baseRequest(), resourcePolicies: ['{"Version":'] })).toThrow(PolicyError);
  });

  it('keys of the request cannot pose as the principal', () => {
    const statement = allow({ Condition: { StringEquals: { 'aws:username': 'root' } } });
    const context = { 'aws:username': 'root', 'aws:PrincipalAccount': '999999999999' };
    expect(decide({ identity: [statement], context })).toBe('implicit-deny');
  });
});

function baseRequest(): EvaluationRequest {
  return {
    principal: user('alice'),
    action: 's3:GetObject',
    resource: { arn: ARN, ownerAccountId: OWNER },
    identityPolicies: [],
    resourcePolicies: [],
    context: {},
  };
}

describe('conditions', () => {
  const context = {
    'aws:SourceIp': '203.0.113.7',
    'aws:SecureTransport': 'true',
    'aws:CurrentTime': '2026-06-01T12:00:00Z',
    'aws:EpochTime': '1780315200',
    's3:max-keys': '10',
    's3:prefix': 'home/Alice',
    'aws:TagKeys': ['team', 'stage'],
    'aws:SourceArn': 'arn:aws:sns:us-east-1:111122223333:topic',
    'kms:Digest': 'aGVsbG8=',
    empty: [],
  };
  it.each<readonly [operator: string, key: string, values: unknown, holds: boolean]>([
    ['StringEquals', 's3:prefix', 'home/Alice', true],
    ['StringEquals', 's3:prefix', 'home/alice', false],
    ['StringEquals', 's3:prefix', ['a', 'home/Alice'], true],
    ['StringEquals', 'S3:PREFIX', 'home/Alice', true],
    ['StringEquals', 's3:prefix', 'home/*', false],
    ['StringEquals', 'missing', 'x', false],
    ['StringEqualsIfExists', 'missing', 'x', true],
    ['StringEqualsIfExists', 's3:prefix', 'x', false],
    ['StringNotEquals', 's3:prefix', ['a', 'b'], true],
    ['StringNotEquals', 's3:prefix', ['a', 'home/Alice'], false],
    ['StringNotEquals', 'missing', 'x', true],
    ['StringEqualsIgnoreCase', 's3:prefix', 'HOME/alice', true],
    ['StringNotEqualsIgnoreCase', 's3:prefix', 'HOME/alice', false],
    ['StringLike', 's3:prefix', 'home/*', true],
    ['StringLike', 's3:prefix', 'home/${aws:username}', false],
    ['StringNotLike', 's3:prefix', 'home/*', false],
    ['NumericEquals', 's3:max-keys', 10, true],
    ['NumericEquals', 's3:max-keys', '10.0', true],
    ['NumericNotEquals', 's3:max-keys', '10', false],
    ['NumericLessThan', 's3:max-keys', '10', false],
    ['NumericLessThanEquals', 's3:max-keys', '10', true],
    ['NumericGreaterThan', 's3:max-keys', '9', true],
    ['NumericGreaterThanEquals', 's3:max-keys', '11', false],
    ['NumericLessThanIfExists', 'missing', '1', true],
    ['NumericEquals', 's3:prefix', '1', false],
    ['DateLessThan', 'aws:CurrentTime', '2026-06-01T12:00:01Z', true],
    ['DateGreaterThan', 'aws:CurrentTime', '2026-06-01T12:00:00Z', false],
    ['DateGreaterThanEquals', 'aws:CurrentTime', '2026-06-01T14:00:00+02:00', true],
    ['DateEquals', 'aws:EpochTime', '2026-06-01T12:00:00Z', true],
    ['DateNotEquals', 'aws:CurrentTime', '2026-06-01T12:00:00Z', false],
    ['DateLessThanEquals', 'aws:CurrentTime', '1780315200', true],
    ['Bool', 'aws:SecureTransport', 'true', true],
    ['Bool', 'aws:SecureTransport', false, false],
    ['BoolIfExists', 'aws:MultiFactorAuthPresent', 'true', true],
    ['Bool', 'aws:MultiFactorAuthPresent', 'false', false],
    ['BinaryEquals', 'kms:Digest', 'aGVsbG8=', true],
    ['BinaryEquals', 'kms:Digest', 'aGVsbGw=', false],
    ['IpAddress', 'aws:SourceIp', '203.0.113.0/24', true],
    ['IpAddress', 'aws:SourceIp', ['10.0.0.0/8', '203.0.113.7'], true],
    ['IpAddress', 'aws:SourceIp', '203.0.113.8/29', false],
    ['IpAddress', 'aws:SourceIp', '2001:db8::/32', false],
    ['IpAddress', 'aws:SourceIp', '0.0.0.0/0', true],
    ['NotIpAddress', 'aws:SourceIp', '203.0.113.0/24', false],
    ['ArnLike', 'aws:SourceArn', 'arn:aws:sns:*:111122223333:*', true],
    ['ArnEquals', 'aws:SourceArn', 'arn:aws:sns:us-east-1:*:topic', true],
    ['ArnLike', 'aws:SourceArn', 'arn:aws:sns:*:topic:x:y', false],
    ['ArnNotLike', 'aws:SourceArn', 'arn:aws:sqs:*:*:*', true],
    ['ArnNotEquals', 'aws:SourceArn', 'arn:aws:sns:us-east-1:111122223333:topic', false],
    ['Null', 'missing', 'true', true],
    ['Null', 's3:prefix', 'true', false],
    ['Null', 's3:prefix', 'false', true],
    ['ForAllValues:StringEquals', 'aws:TagKeys', ['team', 'stage', 'cost'], true],
    ['ForAllValues:StringEquals', 'aws:TagKeys', ['team'], false],
    ['ForAllValues:StringEquals', 'missing', ['team'], true],
    ['ForAllValues:StringEquals', 'empty', ['team'], true],
    ['ForAnyValue:StringEquals', 'aws:TagKeys', ['team'], true],
    ['ForAnyValue:StringEquals', 'aws:TagKeys', ['cost'], false],
    ['ForAnyValue:StringEquals', 'missing', ['team'], false],
    ['ForAllValues:StringNotEquals', 'aws:TagKeys', ['cost'], true],
    ['ForAllValues:StringNotEquals', 'aws:TagKeys', ['team'], false],
    ['ForAnyValue:StringNotEquals', 'aws:TagKeys', ['team'], true],
    ['ForAnyValue:StringLike', 'aws:TagKeys', ['st*'], true],
  ])('%s %s %j: %s', (operator, key, values, holds) => {
    const statement = allow({ Condition: { [operator]: { [key]: values } } });
    expect(decide({ identity: [statement], context })).toBe(holds ? 'allow' : 'implicit-deny');
  });

  it('all operators and keys of a block must hold', () => {
    const both = {
      StringLike: { 's3:prefix': 'home/*', missing: 'x' },
      Bool: { 'aws:SecureTransport': 'true' },
    };
    expect(decide({ identity: [allow({ Condition: both })], context })).toBe('implicit-deny');
  });

  it('IPv6 ranges and IPv4 written as IPv6 are understood', () => {
    const within = (ip: string, range: string) =>
      decide({
        identity: [allow({ Condition: { IpAddress: { 'aws:SourceIp': range } } })],
        context: { 'aws:SourceIp': ip },
      });
    expect(within('2001:db8::1', '2001:db8::/32')).toBe('allow');
    expect(within('2001:db9::1', '2001:db8::/32')).toBe('implicit-deny');
    expect(within('::ffff:10.1.2.3', '10.0.0.0/8')).toBe('allow');
    expect(within('not an address', '0.0.0.0/0')).toBe('implicit-deny');
  });
});

describe('policy documents', () => {
  const bucketPolicy = (statement: object) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  it.each<readonly [name: string, document: string]>([
    ['text that is not JSON', '{'],
    ['an array', '[]'],
    ['no statement', '{"Version":"2012-10-17"}'],
    ['an empty list of statements', '{"Version":"2012-10-17","Statement":[]}'],
    ['an unknown version', '{"Version":"2020-01-01","Statement":[]}'],
    ['an unknown element', bucketPolicy({ ...allow(everyone), Extra: 1 })],
    ['no effect', bucketPolicy({ ...allow(everyone), Effect: undefined })],
    ['an unknown effect', bucketPolicy({ ...allow(everyone), Effect: 'allow' })],
    ['no principal', bucketPolicy(allow())],
    ['principal and its negation', bucketPolicy({ ...allow(everyone), NotPrincipal: '*' })],
    ['a malformed principal', bucketPolicy(allow({ Principal: { AWS: 'arn:aws:iam::1:group/x' } }))],
    [
      'a wildcard inside a principal',
      bucketPolicy(allow({ Principal: { AWS: `arn:aws:iam::${OWNER}:user/*` } })),
    ],
    ['an unknown kind of principal', bucketPolicy(allow({ Principal: { Google: 'x' } }))],
    ['no action', bucketPolicy({ ...allow(everyone), Action: undefined })],
    ['a malformed action', bucketPolicy(allow({ ...everyone, Action: 'GetObject' }))],
    ['action and its negation', bucketPolicy({ ...allow(everyone), NotAction: 's3:*' })],
    ['no resource', bucketPolicy({ ...allow(everyone), Resource: undefined })],
    ['a malformed resource', bucketPolicy(allow({ ...everyone, Resource: 'bucket/*' }))],
    ['an unknown operator', bucketPolicy(allow({ ...everyone, Condition: { StringIs: { a: 'b' } } }))],
    [
      'a set operator on Null',
      bucketPolicy(allow({ ...everyone, Condition: { 'ForAnyValue:Null': { a: 'true' } } })),
    ],
    ['a number that is none', bucketPolicy(allow({ ...everyone, Condition: { NumericEquals: { a: 'x' } } }))],
    [
      'a date that is none',
      bucketPolicy(allow({ ...everyone, Condition: { DateEquals: { a: 'yesterday' } } })),
    ],
    [
      'an address that is none',
      bucketPolicy(allow({ ...everyone, Condition: { IpAddress: { a: '10.0.0.0/33' } } })),
    ],
    [
      'a condition value that is an object',
      bucketPolicy(allow({ ...everyone, Condition: { StringEquals: { a: {} } } })),
    ],
    [
      'one Sid twice',
      JSON.stringify({
        Statement: [
          { Sid: 'a', ...allow(everyone) },
          { Sid: 'a', ...allow(everyone) },
        ],
      }),
    ],
    ['a document past the limit', bucketPolicy(allow({ ...everyone, Sid: 'x'.repeat(40_000) }))],
  ])('%s is refused', (_name, document) => {
    expect(() => parsePolicy(document, { kind: 'resource' })).toThrow(PolicyError);
  });

  it('a single statement may stand without a list; the version may be missing', () => {
    const policy = parsePolicy(JSON.stringify({ Id: 'x', Statement: allow(everyone) }), { kind: 'resource' });
    expect(policy.version).toBe('2008-10-17');
    expect(policy.statements).toHaveLength(1);
  });

  it('identity policies have no principal, trust policies no resource', () => {
    expect(() => parsePolicy(bucketPolicy(allow(everyone)), { kind: 'identity' })).toThrow(PolicyError);
    const trust = { Effect: 'Allow', Principal: { AWS: OWNER }, Action: 'sts:AssumeRole' };
    expect(parsePolicy(bucketPolicy(trust), { kind: 'trust' }).statements).toHaveLength(1);
    expect(() => parsePolicy(bucketPolicy({ ...trust, Resource: '*' }), { kind: 'trust' })).toThrow(
      PolicyError,
    );
  });
});
