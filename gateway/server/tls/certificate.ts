/**
 * The certificate of every TLS listener: the user's own files, or a self-signed one in `tls/` of the data directory, made
 * once and made again when it nears its end or lacks a name.
 */
import { X509Certificate } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Clock, RandomSource } from '@hypergate/kit';
import { readBounded, writeWhole } from '../boot/files.ts';
import { StartError, translateSystemError } from '../errors.ts';
import { serverLimits } from '../limits.ts';
import { type CertificateFiles, selfSigned } from './self-signed.ts';

export interface TlsCertificate extends CertificateFiles {
  /** Absolute path of what a client must trust; undefined for the user's own certificate. */
  readonly trustPath: string | undefined;
}

/**
 * What every self-signed certificate is valid for. Most clients honour no wildcard right below a top-level name, so buckets as
 * host names over TLS stand under `s3.localhost`; `*.localhost` serves the few that do.
 */
export const selfSignedNames = [
  'localhost',
  '*.localhost',
  's3.localhost',
  '*.s3.localhost',
  '127.0.0.1',
  '::1',
] as const;

const dayMs = 86_400_000;
const pemBytesMax = 1024 * 1024;

/** @throws StartError when a file is missing, is no PEM, or the two do not belong together */
export async function readOwnCertificate(certPath: string, keyPath: string): Promise<TlsCertificate> {
  const cert = await readPem(certPath, 'certificate');
  const key = await readPem(keyPath, 'private key');
  checkPair(cert, key, `the certificate ${certPath} and the key ${keyPath} cannot be used`);
  return { cert, key, trustPath: undefined };
}

/**
 * Key first, then certificate: a crash between them leaves a pair that does not fit, which is noticed and made again.
 * `host` is a further name when the gateway listens elsewhere than on loopback.
 */
export async function openSelfSigned(
  dataDir: string,
  host: string,
  modules: { readonly clock: Clock; readonly random: RandomSource },
): Promise<TlsCertificate> {
  const folder = join(dataDir, 'tls');
  const certPath = join(folder, 'cert.pem');
  const keyPath = join(folder, 'key.pem');
  const names = namesFor(host);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const cert = await readBounded(certPath, pemBytesMax);
    const key = await readBounded(keyPath, pemBytesMax);
    const now = modules.clock.now();
    if (cert !== undefined && key !== undefined && stillGood(cert, key, names, now)) {
      return { cert, key, trustPath: certPath };
    }
    const made = selfSigned({
      names,
      // Clocks of clients may be a little behind.
      notBefore: Math.floor(now / 1000) * 1000 - dayMs,
      notAfter: Math.floor(now / 1000) * 1000 + serverLimits.certificateDays * dayMs,
      serial: modules.random.bytes(16),
    });
    await writeWhole(keyPath, made.key, 0o600);
    await writeWhole(certPath, made.cert);
    return { ...made, trustPath: certPath };
  } catch (error) {
    throw translateSystemError(error, `the certificate in ${folder} cannot be kept`);
  }
}

function namesFor(host: string): readonly string[] {
  const known: readonly string[] = selfSignedNames;
  const special = host === '0.0.0.0' || host === '::' || known.includes(host);
  return special ? known : [...known, host];
}

function stillGood(cert: string, key: string, names: readonly string[], now: number): boolean {
  try {
    checkPair(cert, key, '');
    const certificate = new X509Certificate(cert);
    const renewAt = Date.parse(certificate.validTo) - serverLimits.certificateRenewDays * dayMs;
    if (!(now >= Date.parse(certificate.validFrom) && now < renewAt)) return false;
    // By text: OpenSSL's own matching honours no wildcard right below a top-level name, so it would miss `*.localhost`.
    const listed = new Set(certificate.subjectAltName?.split(', '));
    return names.every((name) =>
      isIP(name) === 0 ? listed.has(`DNS:${name}`) : certificate.checkIP(name) !== undefined,
    );
  } catch (error) {
    if (error instanceof StartError) return false;
    throw error;
  }
}

function checkPair(cert: string, key: string, what: string): void {
  try {
    createSecureContext({ cert, key });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`${what}: ${reason}`, 2, { cause: error });
  }
}

async function readPem(path: string, what: string): Promise<string> {
  let text: string | undefined;
  try {
    text = await readBounded(path, pemBytesMax);
  } catch (error) {
    if (error instanceof RangeError)
      throw new StartError(`the ${what} ${error.message}`, 2, { cause: error });
    throw translateSystemError(error, `the ${what} ${path} cannot be read`);
  }
  if (text === undefined) throw new StartError(`the ${what} ${path} does not exist`, 2);
  return text;
}
