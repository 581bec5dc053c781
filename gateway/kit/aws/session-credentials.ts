/**
 * Temporary credentials of a role in the form of those of AWS STS, and without a store: whose they are and until when stands in the
 * session token, under a MAC whose key comes from the secret of the account. So everybody who knows the accounts (gateways, custodians)
 * can check them, and they end with that secret.
 *
 * Token, base64url: version (1) ‖ expiry in seconds (6) ‖ nonce (16) ‖ length and access key of the account (1 + n) ‖ length and role
 * name (1 + n) ‖ length and session name (1 + n) ‖ HMAC-SHA256 of all before (32).
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Account, Principal, RandomSource } from '../service.ts';
import type { Credential } from './credentials.ts';

const version = 1;
const nonceBytes = 16;
const macBytes = 32;
/** Three names of 255 bytes at most, and the rest. */
export const sessionTokenCharsMax = 1200;

export interface RoleSession {
  /** Without the path: what stands last in its ARN. */
  readonly roleName: string;
  readonly sessionName: string;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresMs: number;
}

/** What roles may do as long as nobody writes policies for them: everything in their account. */
const everything = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

export function issueSession(
  account: Account,
  session: RoleSession,
  random: RandomSource,
): SessionCredentials {
  const head = Buffer.alloc(1 + 6);
  head.writeUInt8(version);
  head.writeUIntBE(Math.floor(session.expiresMs / 1000), 1, 6);
  const body = Buffer.concat([
    head,
    random.bytes(nonceBytes),
    ...[account.accessKeyId, session.roleName, session.sessionName].map(named),
  ]);
  const key = keyOf(account);
  const sessionToken = Buffer.concat([body, mac(key, 'token', body)]).toString('base64url');
  return { ...secretsOf(key, body), sessionToken, expiresMs: expiryOf(body) };
}

/**
 * @param accountOf finds an account by its own access key
 * @returns undefined for what was not issued for one of these accounts; expired ones are returned and carry their time
 */
export function readSession(
  sessionToken: string,
  accountOf: (accessKeyId: string) => Account | undefined,
): (Credential & { readonly expiresMs: number; readonly accessKeyId: string }) | undefined {
  if (sessionToken.length > sessionTokenCharsMax) return undefined;
  const bytes = Buffer.from(sessionToken, 'base64url');
  // Other texts that decode to the same bytes are other tokens.
  if (bytes.length <= macBytes || bytes.toString('base64url') !== sessionToken) return undefined;
  const body = bytes.subarray(0, -macBytes);
  const names = namesOf(body);
  if (names === undefined) return undefined;
  const [issuer, roleName, sessionName] = names;
  const account = accountOf(issuer);
  if (account === undefined) return undefined;
  const key = keyOf(account);
  if (!timingSafeEqual(mac(key, 'token', body), bytes.subarray(-macBytes))) return undefined;
  const secrets = secretsOf(key, body);
  return {
    ...secrets,
    sessionToken,
    expiresMs: expiryOf(body),
    principal: rolePrincipal(account, roleName, sessionName, secrets.accessKeyId),
    identityPolicies: [everything],
  };
}

function rolePrincipal(
  { accountId, userId, displayName }: Account,
  roleName: string,
  sessionName: string,
  accessKeyId: string,
): Principal {
  const roleId = `AROA${base32(mac(Buffer.from(accountId), 'role', Buffer.from(roleName)), 16)}`;
  return {
    kind: 'role',
    accountId,
    userId,
    roleSessionId: `${roleId}:${sessionName}`,
    arn: `arn:aws:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
    displayName,
    accessKeyId,
  };
}

function keyOf({ secretAccessKey, accountId }: Account): Buffer {
  return Buffer.from(hkdfSync('sha256', secretAccessKey, accountId, 'hypergate/session-credentials/v1', 32));
}

function mac(key: Uint8Array, purpose: string, bytes: Uint8Array): Buffer {
  return createHmac('sha256', key).update(`${purpose}\0`).update(bytes).digest();
}

function secretsOf(key: Buffer, body: Buffer): { accessKeyId: string; secretAccessKey: string } {
  return {
    accessKeyId: `ASIA${base32(mac(key, 'access key', body), 16)}`,
    secretAccessKey: mac(key, 'secret', body).subarray(0, 30).toString('base64'),
  };
}

const expiryOf = (body: Buffer): number => body.readUIntBE(1, 6) * 1000;

function named(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > 255) throw new RangeError('a name of a session is at most 255 bytes long');
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function namesOf(body: Buffer): [string, string, string] | undefined {
  let at = 1 + 6 + nonceBytes;
  if (body.length < at || body[0] !== version) return undefined;
  const names: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    const end = at + 1 + (body[at] ?? 0);
    if (end > body.length) return undefined;
    names.push(body.toString('utf8', at + 1, end));
    at = end;
  }
  return at === body.length ? (names as [string, string, string]) : undefined;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** One letter for the low five bits of each byte. */
function base32(bytes: Uint8Array, length: number): string {
  return Array.from(bytes.subarray(0, length), (byte) => letters[byte % 32]).join('');
}
