import { X509Certificate } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFields } from '../../wire/message-reader.ts';
import { serverEndPoint } from '../channel-binding.ts';
import { selfSigned } from './support/certificate.ts';
import { codes, firstPacket, passwordMessage, RawClient, startup, typed } from './support/raw-client.ts';
import { openWorld, password, user, type World } from './support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ route: { iam: true } });
  const { admin } = world;
  await admin.query('create role rds_iam');
  await admin.query('create role rds_iam_indirect in role rds_iam');
  await admin.query(`create role signer login password '${password}' in role rds_iam_indirect`);
  await admin.query('create role passwordless login');
  await admin.query(`create role idle password '${password}'`);
  await admin.query(`create role expired login password '${password}' valid until '2001-01-01'`);
  await admin.query(`create role lasting login password '${password}' valid until 'infinity'`);
  await admin.query("set password_encryption = 'md5'");
  await admin.query(`create role old login password '${password}'`);
  await admin.query("set password_encryption = 'scram-sha-256'");
});
afterAll(() => world.close());

const tls = { ssl: { rejectUnauthorized: false } };

async function whoAmI(client: Client): Promise<string> {
  const { rows } = await client.query<{ who: string }>('select current_user as who');
  await client.end();
  return rows[0]!.who;
}

describe.each([
  ['plain', {}],
  ['encrypted on request', tls],
  ['encrypted at once', { ...tls, sslnegotiation: 'direct' }],
  ['with a bound channel', { ...tls, enableChannelBinding: true }],
] as const)('%s', (_, config) => {
  test('a password that is kept for SCRAM opens the door', async () => {
    expect(await whoAmI(await world.connect(config))).toBe(user);
  });

  test('a password that is kept as md5 opens the door', async () => {
    expect(await whoAmI(await world.connect({ ...config, user: 'old' }))).toBe('old');
  });

  test('another password does not, for either', async () => {
    for (const name of [user, 'old']) {
      await expect(world.connect({ ...config, user: name, password: 'wrong' })).rejects.toMatchObject({
        code: '28P01',
        message: `password authentication failed for user "${name}"`,
      });
    }
  });
});

test.each(['nobody', 'passwordless', 'expired'])('%s fails as if the password were wrong', async (name) => {
  await expect(world.connect({ user: name })).rejects.toMatchObject({
    code: '28P01',
    severity: 'FATAL',
    message: `password authentication failed for user "${name}"`,
  });
});

test('a password without an end is valid', async () => {
  expect(await whoAmI(await world.connect({ user: 'lasting' }))).toBe('lasting');
});

test('a role that may not log in hears so from the engine', async () => {
  await expect(world.connect({ user: 'idle' })).rejects.toMatchObject({
    code: '28000',
    message: 'role "idle" is not permitted to log in',
  });
});

test('users who do not exist are asked with a salt that stays the same', async () => {
  const salt = async (name: string) => {
    const client = new RawClient({ host: '127.0.0.1', port: world.port });
    client.send(startup(0, { user: name }));
    expect((await client.answer()).body.toString()).toContain('SCRAM-SHA-256');
    const first = Buffer.from('n,,n=,r=abcdefgh');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(first.length);
    client.send(typed('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), length, first])));
    const { body } = await client.answer();
    client.destroy();
    return /,s=([^,]+),i=4096$/.exec(body.toString())?.[1];
  };
  const first = await salt('nobody');
  expect(first).toHaveLength(24);
  expect(await salt('nobody')).toBe(first);
  expect(await salt('nobody else')).not.toBe(first);
});

test('a password that was changed counts at the next login', async () => {
  await world.admin.query("create role turning login password 'first'");
  expect(await whoAmI(await world.connect({ user: 'turning', password: 'first' }))).toBe('turning');
  await world.admin.query("alter role turning password 'second'");
  await expect(world.connect({ user: 'turning', password: 'first' })).rejects.toMatchObject({
    code: '28P01',
  });
  expect(await whoAmI(await world.connect({ user: 'turning', password: 'second' }))).toBe('turning');
});

test('a name that stands in another alphabet is a name', async () => {
  await world.admin.query(`create role "böse 用户" login password '${password}'`);
  expect(await whoAmI(await world.connect({ user: 'böse 用户' }))).toBe('böse 用户');
});

test('the client`s own settings reach the engine', async () => {
  const client = await world.connect({
    application_name: 'a name',
    options: '-c work_mem=7MB -c DateStyle=German',
  });
  const { rows } = await client.query(
    "select current_setting('application_name') as name, current_setting('work_mem') as memory, current_setting('DateStyle') as style",
  );
  expect(rows).toEqual([{ name: 'a name', memory: '7MB', style: 'German, DMY' }]);
  await client.end();
});

test('an unknown database is the engine`s to refuse', async () => {
  await expect(world.connect({ database: 'none' })).rejects.toMatchObject({ code: '3D000' });
});

describe('the administrator', () => {
  test.each([
    ['plain', {}, 'no encryption'],
    ['encrypted', tls, 'SSL encryption'],
  ])('cannot come in, %s', async (_, config, encryption) => {
    await expect(world.connect({ ...config, user: 'rdsadmin' })).rejects.toMatchObject({
      code: '28000',
      message: `pg_hba.conf rejects connection for host "127.0.0.1", user "rdsadmin", database "postgres", ${encryption}`,
    });
  });

  test('cannot come in by a name that is cut', async () => {
    const client = new RawClient({ host: '127.0.0.1', port: world.port });
    client.send(startup(0, { user: 'rdsadmin', database: 'x'.repeat(80) }));
    const { type, body } = await client.answer();
    expect([type, readFields(body).get('C')]).toEqual(['E', '28000']);
    client.destroy();
  });

  test('nobody replicates', async () => {
    await expect(world.connect({ replication: 'database' } as never)).rejects.toMatchObject({
      code: '28000',
      message: `pg_hba.conf rejects replication connection for host "127.0.0.1", user "${user}", no encryption`,
    });
  });
});

describe('members of rds_iam', () => {
  test('log in with a token', async () => {
    const client = await world.connect({ ...tls, user: 'signer', password: 'a token' });
    expect(await whoAmI(client)).toBe('signer');
    expect(world.tokens.at(-1)).toMatchObject({ user: 'signer', token: 'a token', port: world.port });
  });

  test('do not log in with their password', async () => {
    await expect(world.connect({ ...tls, user: 'signer' })).rejects.toMatchObject({
      code: '28000',
      message: 'PAM authentication failed for user "signer"',
    });
  });

  test('are not asked for a token that others could read', async () => {
    const before = world.tokens.length;
    await expect(world.connect({ user: 'signer', password: 'a token' })).rejects.toMatchObject({
      code: '28000',
      message:
        'pg_hba.conf rejects connection for host "127.0.0.1", user "signer", database "postgres", no encryption',
    });
    expect(world.tokens).toHaveLength(before);
  });

  test('log in with their password where tokens are off', async () => {
    world.proxy.setRoute({ ...world.route, iam: false });
    expect(await whoAmI(await world.connect({ ...tls, user: 'signer' }))).toBe('signer');
    world.proxy.setRoute(world.route);
  });

  test('a token of many kilobytes is not read', async () => {
    const client = await tlsClient();
    client.send(startup(0, { user: 'signer' }));
    expect((await client.answer()).body.readUInt32BE(0)).toBe(3);
    client.send(passwordMessage('x'.repeat(100_000)));
    expect(await client.rest()).toHaveLength(0);
  });
});

describe('versions of the protocol', () => {
  const open = (minor: number, more: Readonly<Record<string, string>> = {}) => {
    const client = new RawClient({ host: '127.0.0.1', port: world.port });
    client.send(startup(minor, { user: 'old', database: 'postgres', ...more }));
    return client;
  };

  test.each([
    [0, 4],
    [2, 32],
  ])('3.%i has cancel keys of %i bytes', async (minor, bytes) => {
    const client = open(minor);
    const answers = await client.logInByMd5('old', password);
    const key = answers.find(({ type }) => type === 'K')!.body;
    expect(key).toHaveLength(4 + bytes);
    client.send(typed('Q', 'select pg_backend_pid() as pid\0'));
    const row = (await client.answersTo('Z')).find(({ type }) => type === 'D')!;
    expect(row.body.subarray(6).toString()).toBe(String(key.readUInt32BE(0)));
    client.destroy();
  });

  test('later ones and unknown options are negotiated', async () => {
    const client = open(9999, { '_pq_.later': 'x', '_pq_.more': '' });
    const { type, body } = await client.answer();
    expect(type).toBe('v');
    expect(body).toEqual(Buffer.from('\0\x03\0\x02\0\0\0\x02_pq_.later\0_pq_.more\0', 'latin1'));
    const answers = await client.logInByMd5('old', password);
    expect(answers.find(({ type }) => type === 'K')!.body).toHaveLength(36);
    client.destroy();
  });
});

describe('what an attacker in between could do', () => {
  test('bytes that came before the encryption are not taken for encrypted ones', async () => {
    for (const [code, name] of [
      [codes.tls, 'SSL'],
      [codes.gss, 'GSSAPI encryption'],
    ] as const) {
      const client = new RawClient({ host: '127.0.0.1', port: world.port });
      client.send(firstPacket(code), startup(0, { user: 'old' }));
      const { type, body } = await client.answer();
      expect([type, readFields(body).get('M')]).toEqual([
        'E',
        `received unencrypted data after ${name} request`,
      ]);
      expect(await client.rest()).toHaveLength(0);
    }
  });

  test('a handshake at once must name the protocol', async () => {
    const socket = connectTls({ host: '127.0.0.1', port: world.port, rejectUnauthorized: false });
    const client = new RawClient({ host: '127.0.0.1', port: world.port });
    client.destroy();
    client.replace(socket);
    client.send(startup(0, { user: 'old' }));
    expect(await client.rest()).toHaveLength(0);
  });
});

test('GSS is refused, and SSL may be asked for after that', async () => {
  const client = new RawClient({ host: '127.0.0.1', port: world.port });
  client.send(firstPacket(codes.gss));
  expect((await client.bytes(1)).toString()).toBe('N');
  client.send(firstPacket(codes.tls));
  expect((await client.bytes(1)).toString()).toBe('S');
  client.destroy();
});

test('a first packet may come byte by byte', async () => {
  const client = new RawClient({ host: '127.0.0.1', port: world.port });
  client.socket.setNoDelay(true);
  for (const byte of startup(0, { user: 'old', database: 'postgres' })) {
    await new Promise((resolve) => client.socket.write(Buffer.from([byte]), resolve));
  }
  expect((await client.logInByMd5('old', password)).map(({ type }) => type)).toContain('K');
  client.destroy();
});

test('a client that says something else than its password hears what was expected', async () => {
  const client = new RawClient({ host: '127.0.0.1', port: world.port });
  client.send(startup(0, { user: 'old' }));
  await client.answer();
  client.send(typed('Q', 'select 1\0'));
  const fields = readFields((await client.answer()).body);
  expect([fields.get('C'), fields.get('M')]).toEqual([
    '08P01',
    'expected password response, got message type 81',
  ]);
  client.destroy();
});

test('channels are bound to the hash of the certificate', () => {
  const { cert } = selfSigned();
  const fingerprint = new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
  expect(serverEndPoint(cert)?.toString('hex')).toBe(fingerprint);
});

async function tlsClient(): Promise<RawClient> {
  const client = new RawClient({ host: '127.0.0.1', port: world.port });
  client.send(firstPacket(codes.tls));
  await client.bytes(1);
  client.replace(connectTls({ socket: client.socket, rejectUnauthorized: false }));
  return client;
}
