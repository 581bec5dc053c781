/**
 * AWS managed keys: one per service and account, made when the service first needs it, under an alias that nobody else can make or
 * move. The key's policy lets the account's callers use it through the service alone, and read about it; so every operation that would
 * change it is refused as any other without leave is. It is rotated every year.
 * https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
 */
import { isViaService, type ViaService } from '../access/via.ts';
import { internal, kmsError } from '../errors.ts';
import { keyMetadata } from '../key-metadata.ts';
import { isKeyId } from '../key-names.ts';
import { type AliasRecord, type KeyRecord, managedAliasPrefix } from '../key-record.ts';
import { dayMs, kmsLimits } from '../limits.ts';
import { schemeOf } from '../specs.ts';
import type { ControlView } from '../view.ts';
import { type ControlCall, type ControlOutcome, changedKey, chosen } from './call.ts';
import { freshHandle, madeVersion } from './versions.ts';

export const managedAlias = (service: ViaService): string => `${managedAliasPrefix}${service}`;

const kind = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT' } as const;

/** What a service's CreateKey comes to: it needs no leave, since anybody who uses the service is given the key. @throws KmsError */
export async function createManagedKey(view: ControlView, call: ControlCall): Promise<ControlOutcome> {
  const { caller, choices, nowMs } = call;
  const { principal, region, via } = caller;
  const account = principal.accountId;
  if (via === undefined || !isViaService(via) || principal.kind === 'anonymous' || !/^\d{12}$/.test(account))
    throw kmsError('AccessDeniedException');
  const name = managedAlias(via);
  if ((await view.alias(account, name)) !== undefined)
    throw kmsError('AlreadyExistsException', `The account ${account} has the key ${name} already.`);
  const keyId = chosen(choices, 'keyId', /^(?!mrk-)/);
  if (!isKeyId(keyId) || (await view.key(keyId)) !== undefined) throw internal('the key id is in use');
  const handle = await freshHandle(view, choices);
  const key: KeyRecord = {
    keyId,
    account,
    region,
    ...kind,
    origin: 'AWS_KMS',
    state: 'Enabled',
    description: `The key of ${via} where a request to it names none`,
    createdMs: nowMs,
    policy: managedPolicy(via, account, region),
    tags: [],
    aliases: [name],
    versions: [madeVersion(handle, nowMs, 'initial')],
    rotation: {
      periodDays: kmsLimits.rotationDaysDefault,
      nextMs: nowMs + kmsLimits.rotationDaysDefault * dayMs,
    },
    onDemandRotations: 0,
    grants: 0,
    dealer: false,
  };
  const alias: AliasRecord = { name, account, targetKeyId: keyId, createdMs: nowMs, updatedMs: nowMs };
  return {
    keyId,
    changes: [changedKey(key), { kind: 'alias', account, name, alias }],
    output: { KeyMetadata: keyMetadata(key) },
    material: { kind: 'create', handle, scheme: schemeOf(kind) },
  };
}

function managedPolicy(service: ViaService, account: string, region: string): string {
  const document = {
    Version: '2012-10-17',
    Id: `auto-${service}-1`,
    Statement: [
      {
        Sid: `Use through ${service} by callers of the account`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:DescribeKey'],
        Resource: '*',
        Condition: {
          StringEquals: {
            'kms:ViaService': `${service}.${region}.amazonaws.com`,
            'kms:CallerAccount': account,
          },
        },
      },
      {
        Sid: 'Metadata of the key for the account',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*'],
        Resource: '*',
      },
    ],
  };
  return JSON.stringify(document, undefined, 2);
}
