import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CallEvidence, KeyTask } from '@hypergate/node/api';
import { createKeystore, decodeKeystore, ed25519SigningKey } from '@hypergate/node/crypto';
import { type Custody, openCustody } from '@hypergate/node/jobs/threshold/coordinator';
import { custodianSecrets, memberOf } from '@hypergate/node/jobs/threshold/custodian';
import {
  allow,
  encodeToyEvidence,
  learnToyCommon,
  random,
  toyEvidence,
  toyScheme,
  until,
  untilReady,
} from '@hypergate/node/jobs/threshold/custodian/test/support';
import { MemoryStore } from '@hypergate/node/store';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary.ts';
import { type CustodianProcesses, type LaunchOptions, launchCustodians } from '../launch.ts';

const logger = pino({ level: 'silent' });
const identity = ed25519SigningKey(Buffer.alloc(32, 1));
const entry = new URL('./toy-entry.mjs', import.meta.url);
const none = new Uint8Array(0);

const opened: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

const account = {
  accountId: '000000000000',
  userId: 'root',
  displayName: 'test',
  email: 'test@example.com',
  accessKeyId: 'test',
  secretAccessKey: 'test',
};

function launch(dataDir: string, options: Partial<LaunchOptions> = {}): Promise<CustodianProcesses> {
  return launchCustodians(
    {
      dataDir,
      custodians: 4,
      coordinator: identity.publicKey,
      protection: { kind: 'plain' },
      settings: {
        nodeKeys: [],
        writerKeys: [],
        accounts: [account],
        region: 'us-east-1',
        s3Domains: [],
        allowUnsigned: false,
        allowsReset: false,
      },
      entry,
      ...options,
    },
    { logger },
  );
}

async function start(dataDir: string, options: Partial<LaunchOptions> = {}) {
  const processes = await launch(dataDir, options);
  opened.push(() => processes.stop());
  const custody = await openCustody(
    { committee: processes.committee, identity, schemes: [toyScheme] },
    {
      store: new MemoryStore(),
      random,
      encodeEvidence: encodeToyEvidence,
      learnCommon: learnToyCommon,
      report: () => undefined,
    },
  );
  opened.push(() => custody.close());
  processes.watch((index, address) => custody.setAddress(index, address));
  return { processes, custody };
}

const create = (handle: Uint8Array): KeyTask => ({ kind: 'create', handle, scheme: 'hmac-sha-256' });
const mac = (handle: Uint8Array): KeyTask => ({ kind: 'mac', handle, message: Buffer.from('message') });
const perform = (custody: Custody, task: KeyTask, evidence: CallEvidence = allow(task)) =>
  custody.perform(task, evidence);

test('a custodian that is killed comes back with what it had, and with what it missed', async () => {
  const { processes, custody } = await start(await temporaryFolder());
  await untilReady(custody, 4);
  const [before, during] = [Uint8Array.from(random.bytes(16)), Uint8Array.from(random.bytes(16))];
  await perform(custody, create(before));
  const { output } = await perform(custody, mac(before));
  // Three of four made the key, whichever were asked.
  const shares = await Promise.all([1, 2].map((index) => custody.custodians.ask(index, 'toy.peek', before)));
  const one = shares[0]!.length === 1 ? 1 : 2;
  const hanging = custody.custodians.ask(one, 'toy.hang', none);
  const killed = processes.pids().get(one)!;
  process.kill(killed, 'SIGKILL');
  await expect(hanging).rejects.toMatchObject({ reason: 'unavailable', custodian: one });
  await custody.custodians.deliver(one, 'toy.note', Buffer.concat([during, Buffer.from('in a letter')]));
  await custody.inform(toyEvidence({ sequence: 1, subject: 'a', value: 'b' }));
  await until(() => ![undefined, killed].includes(processes.pids().get(one)));
  await untilReady(custody, 4);
  expect(await custody.custodians.ask(one, 'toy.peek', during)).toHaveLength(1);
  const task = mac(before);
  const again = await custody.custodians.ask(one, 'toy.use', none, {
    authorised: { task, evidence: allow(task) },
  });
  expect(Buffer.from(again).equals(output)).toBe(true);
  expect((await custody.status()).custodians.map(({ state }) => state)).toEqual(Array(4).fill('ready'));
});

test('a later start takes up committee and shares; nothing on the disk shows a secret, to nobody else either', async () => {
  const dataDir = await temporaryFolder();
  const first = await start(dataDir);
  await untilReady(first.custody, 4);
  const handle = Uint8Array.from(random.bytes(16));
  const secret = Buffer.from(random.bytes(64));
  await first.custody.custodians.ask(1, 'toy.note', Buffer.concat([handle, secret]));
  await perform(first.custody, create(Uint8Array.from(random.bytes(16))));
  for (const close of opened.splice(0).reverse()) await close();

  const folder = join(dataDir, 'custodians');
  const master = await decodeKeystore(await readFile(join(folder, '1', 'keystore'), 'latin1'), {
    kind: 'plain',
  });
  const { seeds } = custodianSecrets(createKeystore(master).custodianRoot());
  expect(Buffer.from(memberOf(1, seeds).key).equals(first.processes.committee.members[0]!.key)).toBe(true);
  const secrets = [secret, master, seeds.signing, seeds.sealing].map((bytes) => Buffer.from(bytes));
  let bytes = 0;
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    const { mode, size } = await stat(path);
    if ((await stat(path)).isDirectory()) {
      if (/^\d$/.test(name)) expect(mode & 0o777).toBe(0o700);
      continue;
    }
    if (name.endsWith('keystore') || name === 'committee.json') expect(mode & 0o777).toBe(0o600);
    bytes += size;
    const content = await readFile(path);
    for (const each of secrets) {
      expect(content.includes(each.subarray(0, 16))).toBe(false);
      expect(content.includes(each.toString('hex'))).toBe(false);
    }
  }
  expect(bytes).toBeGreaterThan(1000);

  const second = await start(dataDir);
  expect(second.processes.committee).toEqual(first.processes.committee);
  await untilReady(second.custody, 4);
  expect(await second.custody.custodians.ask(1, 'toy.peek', handle)).toHaveLength(1);
});

test('other members, another number of them and another gateway are refused', async () => {
  const dataDir = await temporaryFolder();
  const { processes } = await start(dataDir);
  for (const close of opened.splice(0).reverse()) await close();
  await expect(launch(dataDir, { custodians: 7 })).rejects.toThrow('set --custodians 4');
  const other = ed25519SigningKey(Buffer.alloc(32, 2)).publicKey;
  await expect(launch(dataDir, { coordinator: other })).rejects.toThrow('another keystore');

  // A custodian whose keystore was replaced, or that is given another's directory, does not serve.
  const folder = join(dataDir, 'custodians');
  const [one, two] = ['1', '2'].map((index) => join(folder, index, 'keystore'));
  await writeFile(one!, await readFile(two!));
  await rm(join(folder, '3', 'keystore'));
  const again = await start(dataDir);
  await until(async () => (await again.custody.status()).custodians.filter(isReachable).length === 2);
  expect((await again.custody.status()).custodians.filter(isReachable).map(({ index }) => index)).toEqual([
    2, 4,
  ]);
  expect(processes.committee.members).toHaveLength(4);
});

const isReachable = ({ state }: { readonly state: string }) => state !== 'unreachable';

test('a keystore under a passphrase opens with it alone', async () => {
  const dataDir = await temporaryFolder();
  const cost = { cost: 2 ** 10, blockSize: 8, parallelization: 1 };
  const protection = { kind: 'passphrase', passphrase: 'correct horse', cost } as const;
  const first = await start(dataDir, { protection });
  await untilReady(first.custody, 4);
  for (const close of opened.splice(0).reverse()) await close();
  const text = await readFile(join(dataDir, 'custodians', '1', 'keystore'), 'latin1');
  expect(JSON.parse(text)).toMatchObject({ protection: 'passphrase' });
  const second = await start(dataDir, { protection });
  await untilReady(second.custody, 4);
});

test('a first start that cannot be is one clear error, and the next one goes on from there', async () => {
  const dataDir = await temporaryFolder();
  const inTheWay = join(dataDir, 'custodians', '2');
  await mkdir(join(dataDir, 'custodians'));
  await writeFile(inTheWay, '');
  await expect(launch(dataDir)).rejects.toThrow(/a custodian of keys cannot start: .*EEXIST/);
  const made = await readFile(join(dataDir, 'custodians', '1', 'keystore'), 'latin1');
  await rm(inTheWay);
  const { custody } = await start(dataDir);
  await untilReady(custody, 4);
  expect(await readFile(join(dataDir, 'custodians', '1', 'keystore'), 'latin1')).toBe(made);
});
