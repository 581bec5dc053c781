/** CreateAlias, UpdateAlias, DeleteAlias: leave is asked for the alias and for every key it leaves or comes to. */
import { requireAccess, requireIdentity } from '../access/require-access.ts';
import { invalid, kmsError } from '../errors.ts';
import { required, textOf } from '../input.ts';
import { checkAliasName, notFound } from '../key-names.ts';
import { type AliasRecord, aliasArn, type KeyRecord } from '../key-record.ts';
import { kmsLimits } from '../limits.ts';
import { isAsymmetric, isSymmetric } from '../specs.ts';
import { checkState } from '../states.ts';
import type { ControlView } from '../view.ts';
import { type Change, type ControlCall, type ControlOutcome, changedKey } from './call.ts';
import { findKey } from './on-key.ts';

export async function createAlias(view: ControlView, call: ControlCall): Promise<ControlOutcome> {
  const { name, account, arn } = begin(call);
  const { key } = await findKey(view, call, 'TargetKeyId');
  await requireAccess(view, call.caller, { operation: 'CreateAlias', input: call.input, key });
  checkState(key, 'CreateAlias');
  if ((await view.alias(account, name)) !== undefined)
    throw kmsError('AlreadyExistsException', `An alias with the name ${arn} already exists`);
  const alias: AliasRecord = {
    name,
    account,
    targetKeyId: key.keyId,
    createdMs: call.nowMs,
    updatedMs: call.nowMs,
  };
  return outcome(key.keyId, [changedKey(withAlias(key, name)), changedAlias(alias)]);
}

export async function updateAlias(view: ControlView, call: ControlCall): Promise<ControlOutcome> {
  const { name, account } = begin(call);
  const alias = await existing(view, call, account, name);
  const before = await view.key(alias.targetKeyId);
  const { key } = await findKey(view, call, 'TargetKeyId');
  for (const one of before === undefined ? [key] : [before, key])
    await requireAccess(view, call.caller, { operation: 'UpdateAlias', input: call.input, key: one });
  checkState(key, 'UpdateAlias');
  if (before !== undefined && !alike(before, key))
    throw invalid('The current and the new KMS key must be of the same type and have the same key usage.');
  const changed = changedAlias({ ...alias, targetKeyId: key.keyId, updatedMs: call.nowMs });
  if (before?.keyId === key.keyId) return outcome(key.keyId, [changed]);
  const left = before === undefined ? [] : [changedKey(withoutAlias(before, name))];
  return outcome(key.keyId, [...left, changedKey(withAlias(key, name)), changed]);
}

export async function deleteAlias(view: ControlView, call: ControlCall): Promise<ControlOutcome> {
  const { name, account } = begin(call);
  const alias = await existing(view, call, account, name);
  const key = await view.key(alias.targetKeyId);
  if (key !== undefined)
    await requireAccess(view, call.caller, { operation: 'DeleteAlias', input: call.input, key });
  const gone: Change = { kind: 'alias', account, name, alias: undefined };
  const left = key === undefined ? [] : [changedKey(withoutAlias(key, name))];
  return outcome(alias.targetKeyId, [...left, gone]);
}

function begin(call: ControlCall) {
  const { input, caller, operation } = call;
  const name = required(textOf(input, 'AliasName'), 'AliasName');
  checkAliasName(name);
  const account = caller.principal.accountId;
  const arn = aliasArn(caller.region, account, name);
  requireIdentity(caller, { operation, input }, arn, account);
  return { name, account, arn };
}

async function existing(
  view: ControlView,
  { caller }: ControlCall,
  account: string,
  name: string,
): Promise<AliasRecord> {
  const alias = await view.alias(account, name);
  if (alias === undefined) throw notFound({ kind: 'alias', account, name }, caller.region);
  return alias;
}

const outcome = (keyId: string, changes: readonly Change[]): ControlOutcome => ({
  keyId,
  changes,
  output: {},
});

const changedAlias = (alias: AliasRecord): Change => ({
  kind: 'alias',
  account: alias.account,
  name: alias.name,
  alias,
});

/** @throws KmsError LimitExceededException */
function withAlias(key: KeyRecord, name: string): KeyRecord {
  if (key.aliases.length >= kmsLimits.aliasesPerKeyMax)
    throw kmsError('LimitExceededException', `A key has at most ${kmsLimits.aliasesPerKeyMax} aliases.`);
  return { ...key, aliases: [...key.aliases, name].sort() };
}

const withoutAlias = (key: KeyRecord, name: string): KeyRecord => ({
  ...key,
  aliases: key.aliases.filter((one) => one !== name),
});

const alike = (left: KeyRecord, right: KeyRecord): boolean =>
  isSymmetric(left) === isSymmetric(right) &&
  isAsymmetric(left) === isAsymmetric(right) &&
  left.usage === right.usage;
