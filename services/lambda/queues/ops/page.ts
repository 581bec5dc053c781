/** Tokens of lists: the last name that was shown. */
import { invalidParameter } from '../errors.ts';
import { queueLimits } from '../limits.ts';
import { type Members, textOf } from './row.ts';

const tokenMax = 4 * queueLimits.nameMax;

export const tokenOf = (last: string): string => Buffer.from(last).toString('base64url');

/** @throws AwsError */
export function readToken(input: Members): string | undefined {
  const token = textOf(input, 'NextToken');
  if (token === undefined || token === '') return undefined;
  const last = Buffer.from(token, 'base64url').toString();
  if (token.length > tokenMax || !/^[A-Za-z0-9_./-]+$/.test(last))
    throw invalidParameter('Value for parameter NextToken is invalid. Reason: it is none of this list.');
  return last;
}
