/** Tokens of listings: after which entry the next page begins. One belongs to its listing. */
import { invalidParameter } from './errors.ts';

/** @param listing what is listed, and how */
export const writeToken = (listing: readonly string[], last: Uint8Array): string =>
  Buffer.from(JSON.stringify([...listing, Buffer.from(last).toString('base64')])).toString('base64url');

/** @throws AwsError */
export function readToken(listing: readonly string[], token: string | undefined): Uint8Array | undefined {
  if (token === undefined) return undefined;
  try {
    const parts = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as unknown;
    if (Array.isArray(parts) && parts.length === listing.length + 1) {
      const last: unknown = parts.at(-1);
      if (listing.every((part, i) => part === parts[i]) && typeof last === 'string')
        return Buffer.from(last, 'base64');
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw invalidToken();
}

export const invalidToken = (): Error => invalidParameter('The specified nextToken is invalid.');
