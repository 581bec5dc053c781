/** Pages of listings: a token says after which entry the next one begins, and belongs to its listing. */
import type { Scope } from '../model/tables.ts';
import { invalid } from './errors.ts';
import { scheduleLimits } from './limits.ts';
import { type Members, rangeOf, textOf } from './operation.ts';

export interface Page {
  readonly limit: number;
  readonly after: Uint8Array | undefined;
  /** Names the page that comes after this entry. */
  tokenOf(last: Uint8Array): string;
}

/** @param filters what the listing is narrowed by @throws AwsError */
export function pageOf(input: Members, kind: string, scope: Scope, filters: readonly string[]): Page {
  const listing = [kind, scope.account, scope.region, ...filters];
  const limit = rangeOf(input, 'MaxResults', 1, scheduleLimits.pageMax) ?? scheduleLimits.pageMax;
  return {
    limit,
    after: readToken(listing, textOf(input, 'NextToken')),
    tokenOf: (last) =>
      Buffer.from(JSON.stringify([...listing, Buffer.from(last).toString('utf8')])).toString('base64url'),
  };
}

function readToken(listing: readonly string[], token: string | undefined): Uint8Array | undefined {
  if (token === undefined) return undefined;
  try {
    const parts = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(parts) && parts.length === listing.length + 1) {
      const last: unknown = parts.at(-1);
      if (typeof last === 'string' && listing.every((part, i) => part === parts[i])) return Buffer.from(last);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalid('Invalid NextToken.');
}
