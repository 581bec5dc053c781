/** Objects of S3, read as somebody who may: packages of functions, inputs of computations. */
import type { IncomingMessage } from 'node:http';
import { AwsError, issueSession, type OwnCredentials, type Principal } from '@hypergate/kit';
import { lambdaError } from '../engine/errors.ts';
import type { LambdaBase, S3ObjectRequest } from '../store/context.ts';
import type { OwnPort } from './own-port.ts';

/** Of an error document. */
const errorBytesMax = 64 * 1024;
/** A call with these credentials is sent at once. */
const sessionMs = 15 * 60_000;

export interface S3Place {
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  readonly version: string | undefined;
  /** More is refused before it is read. */
  readonly bytesMax: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws AwsError of S3, with its code and message */
export async function readS3As(
  port: OwnPort,
  credentials: OwnCredentials,
  { region, bucket, key, version, bytesMax, signal }: S3Place,
): Promise<Uint8Array> {
  const answer = await port.get({
    service: 's3',
    region,
    path: `/${encoded(bucket)}/${key.split('/').map(encoded).join('/')}`,
    query: version === undefined ? '' : `versionId=${encoded(version)}`,
    credentials,
    signal,
  });
  if (answer.statusCode !== 200) throw await refusalOf(answer);
  const length = Number(answer.headers['content-length'] ?? 0);
  const tooLarge = (): never => {
    answer.destroy();
    throw lambdaError('InvalidParameterValueException', `The object has more than ${bytesMax} bytes.`);
  };
  return length > bytesMax ? tooLarge() : collect(answer, bytesMax, tooLarge);
}

export function createReadS3(
  base: LambdaBase,
  port: OwnPort,
): (request: S3ObjectRequest) => Promise<Uint8Array> {
  return ({ principal, ...place }) => readS3As(port, credentialsOf(base, principal), place);
}

/** Of whoever calls: with the account's own keys for its root, and with a session of theirs for its roles. @throws AwsError */
function credentialsOf(
  { settings, clock, random }: LambdaBase,
  { kind, accountId, arn }: Principal,
): OwnCredentials {
  const account = settings.accounts.find((one) => one.accountId === accountId);
  const [, roleName, sessionName] = /:assumed-role\/([^/]+)\/(.+)$/.exec(arn) ?? [];
  if (account !== undefined && kind === 'root') return account;
  if (account !== undefined && kind === 'role' && roleName !== undefined && sessionName !== undefined)
    return issueSession(account, { roleName, sessionName, expiresMs: clock.now() + sessionMs }, random);
  throw lambdaError('AccessDeniedException', 'Objects of S3 are read for accounts and their roles only.');
}

async function refusalOf(answer: IncomingMessage): Promise<AwsError> {
  const cut = (): Uint8Array => Buffer.alloc(0);
  const text = Buffer.from(await collect(answer, errorBytesMax, cut)).toString('utf8');
  const element = (name: string): string | undefined =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const status = answer.statusCode ?? 500;
  return new AwsError(
    element('Code') ?? 'InternalError',
    status,
    element('Message') ?? `S3 answered ${status}.`,
  );
}

async function collect(
  answer: IncomingMessage,
  bytesMax: number,
  tooLarge: () => Uint8Array,
): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > bytesMax) return tooLarge();
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

/** Percent-encodes everything but the unreserved characters of RFC 3986. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
