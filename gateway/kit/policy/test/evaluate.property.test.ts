import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Principal } from '../../service.ts';
import { type EvaluationRequest, evaluate } from '../index.ts';

const ACCOUNTS = ['111111111111', '222222222222'];
const PRINCIPALS: readonly Principal[] = ACCOUNTS.flatMap((accountId) => [
  {
    kind: 'root',
    accountId,
    userId: accountId,
    arn: `arn:aws:iam::${accountId}:root`,
    displayName: '',
    accessKeyId: '',
  },
  {
    kind: 'user',
    accountId,
    userId: 'AIDAX',
    arn: `arn:aws:iam::${accountId}:user/x`,
    displayName: '',
    accessKeyId: '',
  },
]);
const ANONYMOUS: Principal = {
  kind: 'anonymous',
  accountId: '',
  userId: '',
  arn: '',
  displayName: '',
  accessKeyId: '',
};

const effect = fc.constantFrom('Allow', 'Deny');
const action = fc.constantFrom('s3:*', 's3:Get*', 's3:GetObject', 's3:PutObject', '*');
const resource = fc.constantFrom('*', 'arn:aws:s3:::b/*', 'arn:aws:s3:::b/k', 'arn:aws:s3:::c/*');
const condition = fc.constantFrom(
  undefined,
  { Bool: { 'aws:SecureTransport': 'true' } },
  { Null: { absent: 'true' } },
);
const named = fc.constantFrom(
  '*',
  { AWS: ACCOUNTS[0]! },
  { AWS: `arn:aws:iam::${ACCOUNTS[1]}:user/x` },
  { AWS: '*' },
);

type Statement = Record<string, unknown>;
const identityStatement: fc.Arbitrary<Statement> = fc
  .record({ Effect: effect, Action: action, Resource: resource, Condition: condition })
  .map(dropUndefined);
const resourceStatement: fc.Arbitrary<Statement> = fc
  .record({ Effect: effect, Action: action, Resource: resource, Condition: condition, Principal: named })
  .map(dropUndefined);

function dropUndefined(record: Statement): Statement {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

interface World {
  readonly request: Omit<EvaluationRequest, 'identityPolicies' | 'resourcePolicies'>;
  readonly identity: readonly Statement[];
  readonly resource: readonly Statement[];
}

const world: fc.Arbitrary<World> = fc.record({
  request: fc.record({
    principal: fc.constantFrom(...PRINCIPALS, ANONYMOUS),
    action: fc.constantFrom('s3:GetObject', 's3:PutObject'),
    resource: fc.record({
      arn: fc.constantFrom('arn:aws:s3:::b/k', 'arn:aws:s3:::c/k'),
      ownerAccountId: fc.constantFrom(...ACCOUNTS),
    }),
    context: fc.constantFrom({}, { 'aws:SecureTransport': 'true' }),
  }),
  identity: fc.array(identityStatement, { maxLength: 4 }),
  resource: fc.array(resourceStatement, { maxLength: 4 }),
});

function decide({ request, identity, resource: statements }: World) {
  const documents = (list: readonly Statement[]) =>
    list.length === 0 ? [] : [{ Version: '2012-10-17', Statement: list }];
  return evaluate({
    ...request,
    identityPolicies: documents(identity),
    resourcePolicies: documents(statements),
  });
}

describe('policy evaluation, for random policies', () => {
  it('adding a deny never allows more', () => {
    fc.assert(
      fc.property(world, identityStatement, resourceStatement, (w, i, r) => {
        const denied = {
          ...w,
          identity: [...w.identity, { ...i, Effect: 'Deny' }],
          resource: [...w.resource, { ...r, Effect: 'Deny' }],
        };
        if (decide(denied) === 'allow') expect(decide(w)).toBe('allow');
        if (decide(w) === 'explicit-deny') expect(decide(denied)).toBe('explicit-deny');
      }),
    );
  });

  it('adding an allow never refuses more', () => {
    fc.assert(
      fc.property(world, identityStatement, resourceStatement, (w, i, r) => {
        const allowed = {
          ...w,
          identity: [...w.identity, { ...i, Effect: 'Allow' }],
          resource: [...w.resource, { ...r, Effect: 'Allow' }],
        };
        if (decide(w) === 'allow') expect(decide(allowed)).toBe('allow');
        expect(decide(allowed) === 'explicit-deny').toBe(decide(w) === 'explicit-deny');
      }),
    );
  });

  it('the order of statements does not matter', () => {
    fc.assert(
      fc.property(world, (w) => {
        const turned = { ...w, identity: [...w.identity].reverse(), resource: [...w.resource].reverse() };
        expect(decide(turned)).toBe(decide(w));
      }),
    );
  });

  it('without any allow only the root of the owner is served', () => {
    fc.assert(
      fc.property(world, (w) => {
        const silent = { ...w, identity: [], resource: [] };
        const { principal, resource: target } = w.request;
        const owner = principal.kind === 'root' && principal.accountId === target.ownerAccountId;
        expect(decide(silent)).toBe(owner ? 'allow' : 'implicit-deny');
      }),
    );
  });
});
