/** What pg_authid.rolpassword holds: never a password, but what one is checked against ("pg_authid" of PostgreSQL's manual). */

export interface ScramVerifier {
  readonly kind: 'scram';
  readonly iterations: number;
  /** Base64, as it is sent. */
  readonly salt: string;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export interface Md5Verifier {
  readonly kind: 'md5';
  /** Hexadecimal digits of md5(password ‖ user). */
  readonly hash: string;
}

export type Verifier = ScramVerifier | Md5Verifier;

const base64 = '[A-Za-z0-9+/]+={0,2}';
const scram = new RegExp(`^SCRAM-SHA-256\\$([1-9][0-9]{0,9}):(${base64})\\$(${base64}):(${base64})$`);
const md5 = /^md5([0-9a-f]{32})$/;
const keyBytes = 32;

/** @returns undefined when nobody can log in with it */
export function parseVerifier(text: string | null): Verifier | undefined {
  if (text === null) return undefined;
  const hash = md5.exec(text)?.[1];
  if (hash !== undefined) return { kind: 'md5', hash };
  const parts = scram.exec(text);
  if (parts === null) return undefined;
  const storedKey = Buffer.from(parts[3]!, 'base64');
  const serverKey = Buffer.from(parts[4]!, 'base64');
  if (storedKey.length !== keyBytes || serverKey.length !== keyBytes) return undefined;
  return { kind: 'scram', iterations: Number(parts[1]), salt: parts[2]!, storedKey, serverKey };
}
