/** A certificate for TLS, made by openssl. */
import { execFileSync } from 'node:child_process';

/** For localhost, as PEM. */
export function selfSigned(): { readonly cert: string; readonly key: string } {
  const words = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost';
  const made = execFileSync(
    'openssl',
    [...words.split(' '), '-addext', 'subjectAltName=DNS:localhost', '-keyout', '-', '-out', '-'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const at = made.indexOf('-----BEGIN CERTIFICATE-----');
  return { key: made.slice(0, at), cert: made.slice(at) };
}
