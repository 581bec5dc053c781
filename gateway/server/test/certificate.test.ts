import { randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { openSelfSigned, readOwnCertificate, selfSignedNames } from '../tls/certificate.ts';
import { objectId, time, unsignedInteger } from '../tls/der.ts';
import { selfSigned } from '../tls/self-signed.ts';
import { temporaryFolder } from './temporary.ts';

const dayMs = 86_400_000;
const random = { bytes: (length: number) => randomBytes(length) };
const real = { clock: { now: () => Date.now() }, random };

describe('DER', () => {
  test.each([
    ['00', '020100'],
    ['0001', '020101'],
    ['80', '02020080'],
    ['00ff', '020200ff'],
    ['7f00', '02027f00'],
  ])('integer %s', (bytes, der) => {
    expect(unsignedInteger(Buffer.from(bytes, 'hex')).toString('hex')).toBe(der);
  });

  test('object ids and times as RFC 5280 writes them', () => {
    expect(objectId('1.2.840.10045.4.3.2').toString('hex')).toBe('06082a8648ce3d040302');
    expect(objectId('2.5.29.17').toString('hex')).toBe('0603551d11');
    expect(time(Date.UTC(2049, 11, 31, 23, 59, 59)).toString('latin1', 2)).toBe('491231235959Z');
    expect(time(Date.UTC(2050, 0, 1)).toString('latin1', 2)).toBe('20500101000000Z');
  });
});

describe('a self-signed certificate', () => {
  const made = selfSigned({
    names: [...selfSignedNames, '2001:db8::5:0:1', '10.1.2.3', 'gate.example.com'],
    notBefore: Date.UTC(2026, 0, 1),
    notAfter: Date.UTC(2027, 0, 1),
    serial: Buffer.alloc(16),
  });
  const certificate = new X509Certificate(made.cert);

  test('is valid for its names and no others', () => {
    for (const name of ['localhost', 's3.localhost', 'bucket.s3.localhost', 'gate.example.com']) {
      expect(certificate.checkHost(name, { subject: 'never' }), name).toBeDefined();
    }
    for (const name of ['example.com', 'a.b.s3.localhost', 'localhost.example.com']) {
      expect(certificate.checkHost(name), name).toBeUndefined();
    }
    for (const address of ['127.0.0.1', '::1', '2001:db8::5:0:1', '10.1.2.3']) {
      expect(certificate.checkIP(address), address).toBeDefined();
    }
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
    expect(certificate.subjectAltName).toContain('DNS:*.localhost');
  });

  test('is signed by its own key, is no authority and names its times', () => {
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(new Date(certificate.validFrom).getTime()).toBe(Date.UTC(2026, 0, 1));
    expect(new Date(certificate.validTo).getTime()).toBe(Date.UTC(2027, 0, 1));
  });
});

describe('the data directory keeps it', () => {
  test('and a client that trusts the file connects by name', async () => {
    const dataDir = await temporaryFolder();
    const { cert, key, trustPath } = await openSelfSigned(dataDir, '127.0.0.1', real);
    expect(trustPath).toBe(join(dataDir, 'tls', 'cert.pem'));
    expect((await stat(join(dataDir, 'tls', 'key.pem'))).mode & 0o777).toBe(0o600);
    const server = createServer({ cert, key }, (socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'b.s3.localhost',
      ca: await readFile(trustPath!),
    });
    const [data] = (await once(socket, 'data')) as [Buffer];
    expect(data.toString()).toBe('hello');
    expect(socket.authorized).toBe(true);
    socket.destroy();
    server.close();
  });

  test('the same one until it nears its end', async () => {
    const dataDir = await temporaryFolder();
    const at = (days: number) => ({ clock: { now: () => Date.now() + days * dayMs }, random });
    const first = await openSelfSigned(dataDir, '127.0.0.1', at(0));
    expect((await openSelfSigned(dataDir, '127.0.0.1', at(300))).cert).toBe(first.cert);
    expect((await openSelfSigned(dataDir, '127.0.0.1', at(380))).cert).not.toBe(first.cert);
  });

  test('a new one for a host that the old one lacks, or when key and certificate do not fit', async () => {
    const dataDir = await temporaryFolder();
    const first = await openSelfSigned(dataDir, '0.0.0.0', real);
    const named = await openSelfSigned(dataDir, '192.168.7.7', real);
    expect(named.cert).not.toBe(first.cert);
    expect(new X509Certificate(named.cert).checkIP('192.168.7.7')).toBeDefined();
    await writeFile(join(dataDir, 'tls', 'key.pem'), first.key);
    const mended = await openSelfSigned(dataDir, '127.0.0.1', real);
    expect(new X509Certificate(mended.cert).publicKey.equals(new X509Certificate(named.cert).publicKey)).toBe(
      false,
    );
  });
});

describe("the user's own", () => {
  test('is taken as it is', async () => {
    const folder = await temporaryFolder();
    const made = await openSelfSigned(folder, '127.0.0.1', real);
    const own = await readOwnCertificate(join(folder, 'tls', 'cert.pem'), join(folder, 'tls', 'key.pem'));
    expect(own).toEqual({ cert: made.cert, key: made.key, trustPath: undefined });
  });

  test('is refused in one line when missing, not PEM, or not a pair', async () => {
    const folder = await temporaryFolder();
    await openSelfSigned(folder, '127.0.0.1', real);
    const cert = join(folder, 'tls', 'cert.pem');
    await expect(readOwnCertificate(cert, join(folder, 'none'))).rejects.toThrow(
      /private key .* does not exist/,
    );
    await writeFile(join(folder, 'bad'), 'no pem');
    await expect(readOwnCertificate(cert, join(folder, 'bad'))).rejects.toThrow(/cannot be used/);
    const other = await temporaryFolder();
    await openSelfSigned(other, '127.0.0.1', real);
    await expect(readOwnCertificate(cert, join(other, 'tls', 'key.pem'))).rejects.toThrow(/cannot be used/);
  });
});
