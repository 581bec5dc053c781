/**
 * Keys that were made and used are whole nowhere: made whole here, from the shares on the custodians' disks, and then looked for in the memory
 * of every process and in every file of the data directory.
 */
import { fork } from 'node:child_process';
import { createPublicKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  GenerateMacCommand,
  GetPublicKeyCommand,
  SignCommand,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { childrenOf } from '../../lib/custodians.ts';
import { bytes } from '../../lib/kms-client.ts';
import { keyKinds } from '../../lib/kms-key-kinds.ts';
import { type Form, formsOf, SecretSearch } from '../../lib/secret-search.ts';
import { kmsSuite } from './suite.ts';
import { bytesOf, chainingOf, publicPointOf, readShares, rsaOf, type Share, scalarOf } from './whole-keys.ts';

const suite = kmsSuite();
const usesOfEach = 3;

test('the search finds what is planted: bytes, integers and texts in another process, and in a file', async () => {
  const secret = randomBytes(32);
  const search = new SecretSearch(formsOf('planted', secret));
  const holder = fork(new URL('./secret-holder.mjs', import.meta.url), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    await once(holder, 'message');
    expect(search.inProcess(holder.pid!).found.size).toBe(0);
    // Word by word, so that this message is none of the forms.
    holder.send([...secret].map((byte) => byte ^ 0x5a));
    await once(holder, 'message');
    const { found } = search.inProcess(holder.pid!);
    for (const form of ['big-endian', 'little-endian', 'hex', 'base64'])
      expect([...found]).toContain(`planted, ${form}`);
  } finally {
    holder.kill('SIGKILL');
  }
  expect(search.inBytes(Buffer.concat([randomBytes(100_001), secret, randomBytes(7)])).size).toBe(1);
});

/** Handles of keys stand in no answer: whose public key it is says which key it is. */
async function wholeKeys(): Promise<Form[]> {
  const { kms } = suite;
  const spkiOf = async (KeyId: string) =>
    bytes((await kms.send(new GetPublicKeyCommand({ KeyId }))).PublicKey);
  const signing = new Map<string, string>();
  for (const [KeySpec, SigningAlgorithm] of [
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['ECC_NIST_P384', 'ECDSA_SHA_384'],
    ['ECC_NIST_P521', 'ECDSA_SHA_512'],
    ['RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['RSA_3072', 'RSASSA_PKCS1_V1_5_SHA_384'],
  ] as const satisfies readonly (readonly [string, SigningAlgorithmSpec])[]) {
    const KeyId = await suite.newKey({ KeySpec, KeyUsage: 'SIGN_VERIFY' });
    signing.set((await spkiOf(KeyId)).toString('hex'), KeySpec);
    for (let count = 0; count < usesOfEach; count += 1)
      await kms.send(new SignCommand({ KeyId, Message: randomBytes(20), SigningAlgorithm }));
  }
  const macKey = await suite.newKey({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  const message = Buffer.from('message');
  let mac: Buffer = Buffer.alloc(0);
  for (let count = 0; count < usesOfEach; count += 1) {
    const input = { KeyId: macKey, Message: message, MacAlgorithm: 'HMAC_SHA_256' } as const;
    mac = bytes((await kms.send(new GenerateMacCommand(input))).Mac);
  }
  // Symmetric keys and keys that agree.
  for (const kind of keyKinds.filter(({ name }) => /^(?:SYMMETRIC|key agreement)/.test(name))) {
    const use = await kind.make(kms);
    for (let count = 0; count < usesOfEach; count += 1) await use();
  }

  const forms: Form[] = [];
  const seen: string[] = [];
  for (const shares of (await readShares(suite.target.dataDir)).values()) {
    const { scheme } = shares.get(1)!;
    seen.push(scheme);
    if (scheme.startsWith('rsa-')) forms.push(...rsaForms(scheme, shares));
    else if (scheme.startsWith('hmac-')) forms.push(...macForms(shares, message, mac));
    else forms.push(...scalarForms(scheme, shares));
  }
  expect(seen.sort()).toEqual([
    'dprf-ristretto255',
    'ecdh-p256',
    'ecdsa-p256',
    'ecdsa-p384',
    'ecdsa-p521',
    'ecdsa-secp256k1',
    'frost-ed25519',
    'hmac-sha-256',
    'rsa-2048',
    'rsa-3072',
  ]);
  return forms;

  function scalarForms(scheme: string, shares: ReadonlyMap<number, Share>): Form[] {
    const scalar = scalarOf(shares, [1, 2]);
    expect(scalarOf(shares, [3, 4])).toBe(scalar);
    const point = publicPointOf(scheme, scalar);
    if (scheme.startsWith('ecdsa') || scheme.startsWith('frost'))
      expect([...signing.keys()].some((spki) => spki.endsWith(point!.toString('hex')))).toBe(true);
    const length = Math.ceil(scalar.toString(16).length / 2);
    return formsOf(scheme, bytesOf(scalar, length));
  }

  function rsaForms(scheme: string, shares: ReadonlyMap<number, Share>): Form[] {
    const spkis = [...signing].filter(([, spec]) => spec === `RSA_${scheme.slice(4)}`);
    const key = createPublicKey({ key: Buffer.from(spkis[0]![0], 'hex'), format: 'der', type: 'spki' });
    const { n, e } = key.export({ format: 'jwk' });
    const number = (text: string) => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`);
    const { d, p, q } = rsaOf(shares, number(n!), number(e!));
    expect(p * q).toBe(number(n!));
    expect(p > 1n && q > 1n).toBe(true);
    const forms = {
      d: d % ((p - 1n) * (q - 1n)),
      'd mod p - 1': d % (p - 1n),
      'd mod q - 1': d % (q - 1n),
      p,
      q,
    };
    return Object.entries({ ...forms, 'd as shared': d }).flatMap(([name, value]) => {
      const positive = value < 0n ? -value : value;
      return formsOf(`${scheme} ${name}`, bytesOf(positive, Math.ceil(positive.toString(16).length / 2)));
    });
  }

  function macForms(shares: ReadonlyMap<number, Share>, text: Buffer, expected: Buffer): Form[] {
    const states = chainingOf(shares, 32);
    expect(macFrom(states, text).equals(expected)).toBe(true);
    return states.flatMap((state, at) => {
      const name = `hmac-sha-256 ${at === 0 ? 'inner' : 'outer'} chaining value`;
      return [...formsOf(name, state), ...formsOf(`${name}, words swapped`, Buffer.from(state).swap32())];
    });
  }
}

/** HMAC from chaining values, by @noble/hashes: its state is put where it keeps it. Words may stand either way round. */
function macFrom([inner, outer]: readonly [Buffer, Buffer], text: Buffer): Buffer {
  const of = (state: Buffer, input: Uint8Array): Buffer => {
    const hash = sha256.create().update(new Uint8Array(64));
    const words = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H'];
    const target = hash as unknown as Record<string, number>;
    for (const [at, word] of words.entries()) target[word] = state.readInt32BE(4 * at);
    return Buffer.from(hash.update(input).digest());
  };
  return of(outer, of(inner, text));
}

test('no process and no file has a whole key', async () => {
  const search = new SecretSearch(await wholeKeys());
  expect(search.size).toBeGreaterThan(100);
  const pids = [suite.target.pid, ...childrenOf(suite.target.pid)];
  // The gateway, its custodians, and the engine of Redis.
  expect(pids.length).toBeGreaterThanOrEqual(6);
  expect(
    pids
      .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
      .filter((line) => line.includes('custodian')),
  ).toHaveLength(4);
  for (const pid of pids) {
    const { found, bytes: looked } = search.inProcess(pid);
    expect([...found], `process ${readFileSync(`/proc/${pid}/cmdline`, 'latin1')}`).toEqual([]);
    expect(looked).toBeGreaterThan(10 << 20);
  }
  const { found, bytes: looked } = search.inFolder(suite.target.dataDir);
  expect(found).toEqual([]);
  expect(looked).toBeGreaterThan(100_000);
}, 180_000);
