/** Names and ARNs of schedules and groups. */
import type { Scope } from '../model/tables.ts';
import { constraintError } from './errors.ts';
import { scheduleLimits } from './limits.ts';

export const defaultGroup = 'default';

const arnStart = ({ account, region }: Scope): string => `arn:aws:scheduler:${region}:${account}:`;

export const scheduleArn = (row: Scope & { readonly group: string; readonly name: string }): string =>
  `${arnStart(row)}schedule/${row.group}/${row.name}`;
export const groupArn = (row: Scope & { readonly name: string }): string =>
  `${arnStart(row)}schedule-group/${row.name}`;

/** The group that an ARN of this account and region names. */
export function groupInArn(arn: string, scope: Scope): string | undefined {
  const start = groupArn({ ...scope, name: '' });
  const name = arn.startsWith(start) ? arn.slice(start.length) : '';
  return /^[\w.-]+$/.test(name) ? name : undefined;
}

/** @throws AwsError */
export function checkName(name: string, where: string): string {
  const { nameCharsMax } = scheduleLimits;
  if (name.length < 1) throw constraintError(name, where, 'have length greater than or equal to 1');
  if (name.length > nameCharsMax)
    throw constraintError(name, where, `have length less than or equal to ${nameCharsMax}`);
  if (!/^[\w.-]+$/.test(name))
    throw constraintError(name, where, 'satisfy regular expression pattern: [0-9a-zA-Z-_.]+');
  return name;
}
