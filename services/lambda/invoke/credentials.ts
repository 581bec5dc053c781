/** Credentials of a function's role for one environment. */
import { type Account, issueSession, type SessionCredentials } from '@hypergate/kit';
import { lambdaError } from '../engine/errors.ts';
import type { VersionRow } from '../model/function-rows.ts';
import type { LambdaBase } from '../store/context.ts';
import { invokeLimits } from './limits.ts';

/** @throws AwsError when the gateway has no such account: its functions have nobody to act for */
export function credentialsFor(
  { settings, clock, random }: Pick<LambdaBase, 'settings' | 'clock' | 'random'>,
  accountId: string,
  { role, functionName }: VersionRow,
): SessionCredentials {
  const account: Account | undefined = settings.accounts.find((one) => one.accountId === accountId);
  if (account === undefined)
    throw lambdaError('ServiceException', `The gateway has no account ${accountId}.`, { Type: 'Service' });
  const expiresMs = clock.now() + invokeLimits.credentialsMs;
  return issueSession(
    account,
    { roleName: role.slice(role.lastIndexOf('/') + 1), sessionName: functionName, expiresMs },
    random,
  );
}

/** Whether an invocation that begins now has them to its end. */
export const lastsLongEnough = (expiresMs: number, nowMs: number, timeoutMs: number): boolean =>
  expiresMs - nowMs >= timeoutMs + invokeLimits.credentialsMarginMs;
