/** What every client's checks get: a running gateway, a scratch folder, an environment, and where to count. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment, type Target } from '../lib/target.ts';
import type { Checks } from './checks.ts';

export interface ClientContext {
  readonly target: Target;
  readonly checks: Checks;
  /** `http` or `https`: part of names, so that both passes can share a machine. */
  readonly scheme: string;
  /** Empty at the start, removed at the end. */
  readonly scratch: string;
  /** PEM file with the certificate to trust; only with TLS. */
  readonly caFile: string | undefined;
  /** Clean environment with a HOME of its own and the AWS variables that every AWS tool reads. */
  readonly env: Readonly<Record<string, string>>;
  /** Files in the synchronised tree. */
  readonly treeFiles: number;
}

export function makeContext(
  target: Target,
  checks: Checks,
  scratch: string,
  treeFiles: number,
): ClientContext {
  const home = join(scratch, 'home');
  mkdirSync(home, { recursive: true });
  const caFile = target.ca === undefined ? undefined : join(scratch, 'ca.pem');
  if (caFile !== undefined) writeFileSync(caFile, target.ca as string);
  const env = cleanEnvironment({
    HOME: home,
    AWS_ACCESS_KEY_ID: target.identity.accessKeyId,
    AWS_SECRET_ACCESS_KEY: target.identity.secretAccessKey,
    AWS_DEFAULT_REGION: target.identity.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    AWS_CONFIG_FILE: join(home, 'aws-config'),
    LC_ALL: 'C.UTF-8',
    ...(caFile === undefined ? {} : { AWS_CA_BUNDLE: caFile }),
  });
  return {
    target,
    checks,
    scheme: target.ca === undefined ? 'http' : 'https',
    scratch,
    caFile,
    env,
    treeFiles,
  };
}

/** False, and a failed check, when the program is not there: a missing client fails the run. */
export function requireProgram(checks: Checks, path: string): boolean {
  if (existsSync(path)) return true;
  checks.fail('installed', `${path} is missing; compat-tests/clients/install.sh installs it`);
  return false;
}

/** Hex MD5 of a file, read as a stream. */
export async function fileMd5(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest('hex');
}
