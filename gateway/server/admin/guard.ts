/**
 * Who may talk to the admin API. On loopback any program of this machine may; but a web page in a browser of this machine
 * is not one, so a foreign Host (a name that was made to lead here) or a foreign Origin is refused. With a token, the token
 * decides alone.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from '../listeners/addresses.ts';

export interface GuardOptions {
  readonly token: string | undefined;
  /** Configured address of the listener; its name is accepted as Host. */
  readonly host: string;
}

export interface GuardedRequest {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly authorization: string | undefined;
}

export type Verdict =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly status: 401 | 403; readonly reason: string };

export function judge(options: GuardOptions, request: GuardedRequest): Verdict {
  if (options.token !== undefined) {
    if (request.authorization !== undefined && sameText(request.authorization, `Bearer ${options.token}`)) {
      return { allowed: true };
    }
    return { allowed: false, status: 401, reason: 'give the admin token as "Authorization: Bearer …"' };
  }
  if (!isLocalAuthority(request.host, options.host)) {
    return { allowed: false, status: 403, reason: 'call the admin API by its own address' };
  }
  if (request.origin !== undefined && !isLocalOrigin(request.origin, options.host)) {
    return { allowed: false, status: 403, reason: 'web pages of other sites may not call the admin API' };
  }
  return { allowed: true };
}

/** True for a request that no page of another site can have made, for the developer routes of the AWS port. */
export function isLocalCaller(request: Pick<GuardedRequest, 'host' | 'origin'>): boolean {
  return judge({ token: undefined, host: '127.0.0.1' }, { ...request, authorization: undefined }).allowed;
}

function isLocalAuthority(authority: string | undefined, host: string): boolean {
  if (authority === undefined) return false;
  const name = authority
    .replace(/:\d{1,5}$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  return name === host.toLowerCase() || isLoopback(name);
}

function isLocalOrigin(origin: string, host: string): boolean {
  const authority = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  return isLocalAuthority(authority, host);
}

/** Compares digests, so that neither length nor content shows in the time. */
function sameText(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
