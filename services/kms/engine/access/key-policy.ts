/**
 * Key policies: the default one, what is accepted, and the check that whoever sets one can still change it.
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
 */
import { evaluate, PolicyError, parsePolicy } from '@hypergate/kit/policy';
import { kmsError } from '../errors.ts';
import { type KeyRecord, keyArn } from '../key-record.ts';
import { kmsLimits } from '../limits.ts';
import type { Caller } from './caller.ts';

export const policyName = 'default';

/** Delegates to the account: its identity policies decide. */
export function defaultPolicy(account: string): string {
  const document = {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  };
  return JSON.stringify(document, undefined, 2);
}

/** @throws KmsError LimitExceededException, MalformedPolicyDocumentException */
export function checkPolicy(text: string): void {
  if (Buffer.byteLength(text) > kmsLimits.policyBytesMax)
    throw kmsError(
      'LimitExceededException',
      `The key policy is larger than ${kmsLimits.policyBytesMax} bytes.`,
    );
  try {
    parsePolicy(text, { kind: 'resource', bytesMax: kmsLimits.policyBytesMax });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const principal = error.message === 'Invalid principal in policy';
    throw kmsError(
      'MalformedPolicyDocumentException',
      principal ? 'Policy contains a statement with one or more invalid principals.' : error.message,
    );
  }
}

/** @throws KmsError MalformedPolicyDocumentException when the caller could not put another policy after this one */
export function checkLockout(key: KeyRecord, policy: string, caller: Caller): void {
  const decision = evaluate({
    principal: caller.principal,
    action: 'kms:PutKeyPolicy',
    resource: { arn: keyArn(key), ownerAccountId: key.account },
    identityPolicies: caller.identityPolicies,
    resourcePolicies: [policy],
    context: caller.context,
    resourcePolicyDelegates: true,
  });
  if (decision === 'allow') return;
  throw kmsError(
    'MalformedPolicyDocumentException',
    'The new key policy will not allow you to update the key policy in the future.',
  );
}
