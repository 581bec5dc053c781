/** Statements of a queue's policy, added and removed by their labels. */
import { invalidValue, missingParameter, queueError } from '../errors.ts';
import { queueLimits } from '../limits.ts';
import { arnOf } from '../names.ts';
import { onQueue, type QueueOperation, requiredText, textsOf } from './row.ts';

interface Document {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: readonly { readonly Sid?: string }[];
}

const grantable = new Set([
  '*',
  'ChangeMessageVisibility',
  'DeleteMessage',
  'GetQueueAttributes',
  'GetQueueUrl',
  'ListDeadLetterSourceQueues',
  'PurgeQueue',
  'ReceiveMessage',
  'SendMessage',
]);
const label = /^[A-Za-z0-9_-]+$/;

const oneOrMore = (values: readonly string[]) => (values.length === 1 ? values[0] : values);

function read(policy: string | undefined, arn: string): Document {
  if (policy === undefined) return { Version: '2012-10-17', Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
  const document: Document = JSON.parse(policy);
  const { Statement: statements } = document;
  return { ...document, Statement: Array.isArray(statements) ? statements : [statements] };
}

const addPermission = onQueue('AddPermission', async ({ queues, input }, name) => {
  const sid = requiredText(input, 'Label');
  const accounts = textsOf(input, 'AWSAccountIds');
  const actions = textsOf(input, 'Actions');
  if (accounts.length === 0) throw missingParameter('AWSAccountIds');
  if (actions.length === 0) throw missingParameter('Actions');
  if (!label.test(sid) || sid.length > queueLimits.permissionLabelMax)
    throw invalidValue(sid.slice(0, 100), 'Label', 'it has 1 to 80 letters, digits, hyphens or underscores');
  for (const account of accounts)
    if (!/^\d{12}$/.test(account))
      throw invalidValue(account.slice(0, 100), 'PrincipalId', 'Unable to verify');
  for (const action of actions)
    if (!grantable.has(action))
      throw invalidValue(
        action.slice(0, 100),
        'ActionName',
        'Only the queue owner is allowed to invoke this action',
      );
  if (actions.length > queueLimits.permissionActionsMax)
    throw queueError('OverLimit', `${actions.length} Actions were found, maximum allowed is 7.`);
  const arn = arnOf(name);
  await queues.store.change(name, (row) => {
    const document = read(row.policy, arn);
    if (document.Statement.some(({ Sid }) => Sid === sid))
      throw invalidValue(sid, 'Label', 'Already exists.');
    const statement = {
      Sid: sid,
      Effect: 'Allow',
      Principal: { AWS: oneOrMore(accounts.map((account) => `arn:aws:iam::${account}:root`)) },
      Action: oneOrMore(actions.map((action) => `SQS:${action}`)),
      Resource: arn,
    };
    const policy = JSON.stringify({ ...document, Statement: [...document.Statement, statement] });
    if (Buffer.byteLength(policy) > queueLimits.policyBytesMax)
      throw queueError('OverLimit', `The policy may have ${queueLimits.policyBytesMax} bytes.`);
    return { ...row, policy, modifiedMs: queues.base.clock.now() };
  });
  return {};
});

const removePermission = onQueue('RemovePermission', async ({ queues, input }, name) => {
  const sid = requiredText(input, 'Label');
  await queues.store.change(name, ({ policy, ...row }) => {
    const document = read(policy, arnOf(name));
    const rest = document.Statement.filter(({ Sid }) => Sid !== sid);
    if (rest.length === document.Statement.length)
      throw invalidValue(sid.slice(0, 100), 'Label', "can't find label.");
    const changed = { ...row, modifiedMs: queues.base.clock.now() };
    // A policy without statements is none.
    if (rest.length === 0) return changed;
    return { ...changed, policy: JSON.stringify({ ...document, Statement: rest }) };
  });
  return {};
});

export const permissionOperations: readonly QueueOperation[] = [addPermission, removePermission];
