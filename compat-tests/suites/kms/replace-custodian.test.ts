/**
 * A custodian whose folder is lost: another one comes in its place, gets shares of all keys, and is one of those that use them. The folder of the
 * one before is of no use any more when it turns up again.
 */
import { execFile } from 'node:child_process';
import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  verify,
} from 'node:crypto';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  SignCommand,
  type SigningAlgorithmSpec,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { custodiansSchema } from '@hypergate/openapi/admin';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../../lib/gateway.ts';
import { bytes } from '../../lib/kms-client.ts';
import { cleanEnvironment, freshDirectory } from '../../lib/target.ts';
import { kmsSuite } from './suite.ts';

const suite = kmsSuite();
const lost = 2;
const custodiansFolder = (...names: string[]) => join(suite.target.dataDir, 'custodians', ...names);

async function hypergate(...args: string[]) {
  const command = [join(repositoryRoot, 'gateway', 'server', 'hypergate.mjs'), ...args];
  const options = { cwd: repositoryRoot, env: cleanEnvironment({}) };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, command, options);
    return { code: 0, text: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, text: stderr };
  }
}
const replace = (...args: string[]) =>
  hypergate('custodians', 'replace', ...args, '--data-dir', suite.target.dataDir);

async function status() {
  const { adminEndpoint } = JSON.parse(readFileSync(join(suite.target.dataDir, 'process.json'), 'utf8'));
  return custodiansSchema.parse(await (await fetch(`${adminEndpoint}/custodians`)).json());
}
type Status = Awaited<ReturnType<typeof status>>;
async function until(isSo: (now: Status) => boolean): Promise<Status> {
  for (;;) {
    const now = await status();
    if (isSo(now)) return now;
    await sleep(50);
  }
}
const stateOf = (now: Status, index: number) => now.custodians.find((one) => one.index === index)!;

/** What a key gave before, and whether it still does. `needs` so many custodians. */
interface Known {
  readonly needs: 2 | 3;
  check(): Promise<void>;
}

async function symmetric(): Promise<Known> {
  const KeyId = await suite.newKey();
  const Plaintext = Buffer.from('before');
  const { CiphertextBlob } = await suite.kms.send(new EncryptCommand({ KeyId, Plaintext }));
  return {
    needs: 2,
    async check() {
      const opened = await suite.kms.send(new DecryptCommand({ CiphertextBlob }));
      expect(bytes(opened.Plaintext)).toEqual(Plaintext);
      const again = await suite.kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('now') }));
      const now = await suite.kms.send(new DecryptCommand({ CiphertextBlob: again.CiphertextBlob }));
      expect(bytes(now.Plaintext).toString()).toBe('now');
    },
  };
}

async function mac(): Promise<Known> {
  const KeyId = await suite.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const input = { KeyId, Message: Buffer.from('message'), MacAlgorithm: 'HMAC_SHA_256' } as const;
  const { Mac } = await suite.kms.send(new GenerateMacCommand(input));
  return {
    needs: 3,
    async check() {
      expect(bytes((await suite.kms.send(new GenerateMacCommand(input))).Mac)).toEqual(bytes(Mac));
      expect((await suite.kms.send(new VerifyMacCommand({ ...input, Mac }))).MacValid).toBe(true);
    },
  };
}

async function publicKeyOf(KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await suite.kms.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: bytes(PublicKey), format: 'der', type: 'spki' });
}

async function signing(
  KeySpec: 'ECC_NIST_P256' | 'ECC_NIST_EDWARDS25519' | 'RSA_2048',
  SigningAlgorithm: SigningAlgorithmSpec,
  needs: 2 | 3,
): Promise<Known> {
  const KeyId = await suite.newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
  const key = await publicKeyOf(KeyId);
  const hash = KeySpec === 'ECC_NIST_EDWARDS25519' ? null : 'sha256';
  let count = 0;
  const check = async () => {
    const Message = createHash('sha256')
      .update(String((count += 1)))
      .digest();
    const { Signature } = await suite.kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
    expect(verify(hash, Message, key, bytes(Signature))).toBe(true);
    expect((await publicKeyOf(KeyId)).equals(key)).toBe(true);
  };
  await check();
  return { needs, check };
}

async function agreement(): Promise<Known> {
  const KeyId = await suite.newKey({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const publicKey = await publicKeyOf(KeyId);
  return {
    needs: 2,
    async check() {
      const peer = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
      const PublicKey = peer.publicKey.export({ format: 'der', type: 'spki' });
      const input = { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey } as const;
      const { SharedSecret } = await suite.kms.send(new DeriveSharedSecretCommand(input));
      expect(bytes(SharedSecret)).toEqual(diffieHellman({ privateKey: peer.privateKey, publicKey }));
    },
  };
}

const makeAll = () =>
  Promise.all([
    symmetric(),
    mac(),
    signing('ECC_NIST_P256', 'ECDSA_SHA_256', 3),
    signing('ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', 2),
    signing('RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 2),
    agreement(),
  ]);

/** Dies, and cannot start again: calls meet a closed connection, not silence. */
async function fell(index: number): Promise<() => void> {
  const keystore = custodiansFolder(String(index), 'keystore');
  renameSync(keystore, `${keystore}.away`);
  process.kill(suite.pids().get(index)!, 'SIGKILL');
  await until((now) => stateOf(now, index).state === 'unreachable');
  return () => renameSync(`${keystore}.away`, keystore);
}

test('a lost custodian is replaced by the command line, and the keys are what they were', async () => {
  const [known, refused] = await Promise.all([makeAll(), replace(String(lost))]);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.text).toMatch(new RegExp(`in use by process ${suite.target.pid}\\b.*stop it first`));
  const old = freshDirectory('replaced');
  try {
    await suite.again(async (target) => {
      await target.stop();
      cpSync(custodiansFolder(String(lost)), old, { recursive: true });
      rmSync(custodiansFolder(String(lost)), { recursive: true });
      expect(await replace(String(lost))).toMatchObject({
        code: 0,
        text: expect.stringContaining(`custodian ${lost} is replaced: the committee has epoch 1`),
      });
    });
    // Waited for: at the first look it may have been completed already.
    await Promise.all(known.map(({ check }) => check()));
    const now = await until(({ replacement }) => replacement === undefined);
    expect(now.epoch).toBe(1);
    expect(now.custodians.map(({ state, keys }) => [state, keys])).toEqual(Array(4).fill(['ready', 6]));
    expect(now.refresh).toMatchObject({ running: false, keys: 6, failed: 0, sinceStart: { recovered: 6 } });
    await Promise.all(known.map(({ check }) => check()));

    const back = [await fell(3)];
    await Promise.all([...known.map(({ check }) => check()), symmetric(), agreement()]);
    back.push(await fell(4));
    await Promise.all(known.filter(({ needs }) => needs === 2).map(({ check }) => check()));
    for (const one of back) one();

    await suite.again(async (target) => {
      await target.stop();
      renameSync(custodiansFolder(String(lost)), custodiansFolder('aside'));
      cpSync(old, custodiansFolder(String(lost)), { recursive: true });
    });
    const again = await until((seen) => stateOf(seen, lost).reason?.includes('replaced') === true);
    expect(stateOf(again, lost)).toMatchObject({
      state: 'unreachable',
      reason: 'it was replaced in epoch 1: this directory is of no use any more, erase it',
    });
    expect(readdirSync(custodiansFolder()).filter((name) => name.includes('.'))).toEqual(['committee.json']);
    await known[0].check();
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
});
