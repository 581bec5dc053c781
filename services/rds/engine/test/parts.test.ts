import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustedControl } from '../allowed-extensions.ts';
import { recordEnd } from '../control-file.ts';
import { reachable, reachableFolder } from '../folders.ts';
import { engineIdentity, identityOf } from '../identity.ts';
import { markerPath, readMarker, removeMarker, wipe, writeMarker } from '../marker.ts';
import { quoteIdentifier, quoteLiteral } from '../quoting.ts';
import { checkUsers } from '../roles.ts';
import { scramVerifier } from '../scram-verifier.ts';
import { serverLog } from '../server-log.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'hg-engine-parts-'));
  chmodSync(root, 0o711);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('the boot marker', () => {
  const marker = { bootId: 'b', term: 3, timeline: 2, lsn: 0x1234567 };
  it('is read as it was written, and is gone after its removal and with its directory', async () => {
    const dataDir = join(root, 'marked', 'data');
    mkdirSync(dataDir, { recursive: true });
    const path = markerPath(dataDir);
    expect(await readMarker(path)).toBeUndefined();
    await writeMarker(path, marker);
    expect(await readMarker(path)).toEqual(marker);
    await removeMarker(path);
    await removeMarker(path);
    expect(await readMarker(path)).toBeUndefined();
    await writeMarker(path, marker);
    await wipe(dataDir);
    expect(existsSync(dataDir) || existsSync(path)).toBe(false);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{"bootId":"b","term":1,"timeline":1}',
    '{"bootId":"b","term":1,"timeline":1,"lsn":-1}',
    ' '.repeat(5000),
  ])('is none when it is not whole: %j', async (text) => {
    const path = join(root, 'broken.json');
    writeFileSync(path, text);
    expect(await readMarker(path)).toBeUndefined();
  });
});

describe('folders', () => {
  const stranger = identityOf(54_321, 54_321);
  it('are reachable as the bits say', () => {
    const closed = join(root, 'closed');
    mkdirSync(join(closed, 'inner'), { recursive: true });
    chmodSync(join(closed, 'inner'), 0o755);
    expect(reachable(join(closed, 'inner'), stranger)).toBe(true);
    chmodSync(closed, 0o711);
    expect(reachable(join(closed, 'inner'), stranger)).toBe(true);
    expect(reachable(closed, stranger)).toBe(false);
    chmodSync(closed, 0o700);
    expect(reachable(join(closed, 'inner'), stranger)).toBe(false);
    expect(reachable(join(closed, 'not', 'yet'), stranger)).toBe(false);
  });

  it('move to the temporary folder when the server cannot come to them, always to the same place', () => {
    const closed = join(root, 'moved');
    mkdirSync(closed, { mode: 0o700 });
    const wanted = join(closed, 'data');
    const found = reachableFolder(wanted, stranger);
    expect(found.startsWith(tmpdir())).toBe(true);
    expect(found).toBe(reachableFolder(wanted, stranger));
    expect(reachable(found, stranger)).toBe(true);
    expect(reachableFolder(join(root, 'open', 'data'), engineIdentity())).toBe(join(root, 'open', 'data'));
  });
});

describe('the log of the server', () => {
  function said(text: string): { level: number; msg: string }[] {
    const lines: { level: number; msg: string }[] = [];
    const log = serverLog(pino({ level: 'trace' }, { write: (line) => lines.push(JSON.parse(line)) }));
    for (let at = 0; at < text.length; at += 7) log.add(text.slice(at, at + 7));
    return lines.map(({ level, msg }) => ({ level, msg }));
  }
  it('has nothing that a session can say', () => {
    expect(
      said(
        [
          'client backend|LOG:  a secret',
          '\tpostmaster|LOG:  a secret',
          'client backend|FATAL:  a secret',
          'autovacuum worker|ERROR:  a secret',
          'parallel worker|LOG:  a secret',
          'a secret',
          '',
        ].join('\n'),
      ),
    ).toEqual([]);
  });
  it('has what the server itself says, at the level that it deserves', () => {
    const text = [
      'postmaster|LOG:  database system is ready to accept connections',
      'postmaster|LOG:  server process (PID 7) was terminated by signal 11: Segmentation fault',
      'startup|FATAL:  no',
      'checkpointer|WARNING:  hm',
      '',
    ].join('\n');
    expect(said(text).map(({ level }) => level)).toEqual([20, 40, 50, 40]);
  });
});

describe('verifiers and names', () => {
  it('a verifier is what RFC 5802 makes of the password', async () => {
    const salt = Buffer.alloc(16, 7);
    const verifier = await scramVerifier('pencil', salt);
    const salted = pbkdf2Sync('pencil', salt, 4096, 32, 'sha256');
    const key = (name: string) => createHmac('sha256', salted).update(name).digest();
    const stored = createHash('sha256').update(key('Client Key')).digest('base64');
    expect(verifier).toBe(
      `SCRAM-SHA-256$4096:${salt.toString('base64')}$${stored}:${key('Server Key').toString('base64')}`,
    );
    await expect(scramVerifier('')).rejects.toMatchObject({ code: 'bad-name' });
    await expect(scramVerifier('naïve')).rejects.toMatchObject({ code: 'bad-name' });
  });
  it('names are quoted or refused', () => {
    expect(quoteIdentifier('a"b')).toBe('"a""b"');
    expect(quoteLiteral("it's")).toBe("'it''s'");
    for (const bad of ['', 'a\0', 'a\n', 'x'.repeat(64)]) expect(() => quoteIdentifier(bad)).toThrow();
    expect(() => quoteLiteral('\\')).toThrow();
  });
  it.each(['rdsadmin', 'RDSADMIN', 'pg_me', 'rds_x', 'public'])(
    'the master user is not called %s',
    (masterUser) => expect(() => checkUsers({ masterUser })).toThrow(/reserved/),
  );
  it('a control file is marked as trusted once', () => {
    expect(trustedControl("comment = 'x'\ntrusted = false\nsuperuser = true\n")).toBe(
      "comment = 'x'\ntrusted = true\n",
    );
  });
});

it('a record ends behind the headers of the pages that it reaches into', () => {
  const wal = join(root, 'pg_wal');
  mkdirSync(wal);
  const segment = Buffer.alloc(16 * 1024 * 1024);
  segment.writeUInt32LE(114, 0x28);
  segment.writeUInt32LE(114, 8192 - 40);
  segment.writeUInt32LE(20_000, 0x4000 + 24);
  segment.writeUInt32LE(114, segment.length - 8);
  const start = 16 * 1024 * 1024;
  writeFileSync(join(wal, '000000010000000000000001'), segment);
  expect(recordEnd(root, 1, start + 0x28)).toBe(start + 0x28 + 120);
  expect(recordEnd(root, 1, start + 8192 - 40)).toBe(start + 8192 + 24 + 80);
  expect(recordEnd(root, 1, start + 0x4000 + 24)).toBe(start + 0x4000 + 24 + 20_000 + 2 * 24);
  expect(recordEnd(root, 1, start + segment.length - 8)).toBe(start + segment.length + 40 + 112);
  expect(() => recordEnd(root, 1, start * 2)).toThrow();
});
