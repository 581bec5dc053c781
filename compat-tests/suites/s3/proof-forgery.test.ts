/** Whoever changes one bit of a proof, its network or its trust root is refused, with the reason. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProofRefused } from '@hypergate/node/verifier';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamBytes } from '../../lib/content.ts';
import { only, startGateway } from '../../lib/gateway.ts';
import { checkProof, proveOk, quickFrames, readTrustRoot, runCommand } from '../../lib/proofs.ts';
import { SeededRandom } from '../../lib/random.ts';
import { S3Caller } from '../../lib/s3-caller.ts';
import type { Target } from '../../lib/target.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite({ env: quickFrames });
const soak = process.env.HYPERGATE_SOAK === '1';
const seed = process.env.HYPERGATE_SEED ?? String(Date.now());
const flipsOfOne = 80;
const flipsOfCommand = 6;

let trustRoot: string;
let folder: string;
beforeAll(async () => {
  trustRoot = await readTrustRoot(suite.target);
  folder = await mkdtemp(join(tmpdir(), 'hypergate-forgery-'));
});
afterAll(() => rm(folder, { recursive: true }));

function flipped(bytes: Buffer, bit: number): Buffer {
  const forged = Buffer.from(bytes);
  forged[bit >> 3] = (forged[bit >> 3] as number) ^ (1 << (bit & 7));
  return forged;
}

/** Every bit in a soak; else some, spread over the whole and others each time. */
function bitsOf(bytes: Buffer, count: number): number[] {
  const bits = bytes.length * 8;
  const step = soak ? 1 : Math.max(1, Math.floor(bits / count));
  const first = new SeededRandom(seed).between(0, step - 1);
  return Array.from({ length: Math.ceil((bits - first) / step) }, (_unused, index) => first + index * step);
}

async function documents(): Promise<Record<string, string>> {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'small', 'content of a small object');
  await suite.put(bucket, 'large', streamBytes('large', 9 << 20));
  const prove = (key: string, asked = {}) => proveOk(suite.target, `s3://${bucket}/${key}`, asked);
  return {
    small: await prove('small', { delay: true }),
    large: await prove('large'),
    none: await prove('none', { discloseAddressKey: true }),
  };
}

test(
  'a flipped bit of a document is refused',
  async () => {
    for (const [name, document] of Object.entries(await documents())) {
      const bytes = Buffer.from(document);
      await checkProof(bytes, trustRoot);
      for (const bit of bitsOf(bytes, flipsOfOne)) {
        const what = `bit ${bit} of ${name}, HYPERGATE_SEED=${seed}`;
        const refused = await checkProof(flipped(bytes, bit), trustRoot).then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(refused, what).toBeInstanceOf(ProofRefused);
        expect((refused as ProofRefused).message, what).toMatch(/^[^\n]+$/);
      }
      for (const cut of [0, 1, bytes.length >> 1, bytes.length - 1])
        await expect(checkProof(bytes.subarray(0, cut), trustRoot)).rejects.toBeInstanceOf(ProofRefused);
      for (const more of ['\n', ' ', '{}', '\u0000'])
        await expect(checkProof(`${document}${more}`, trustRoot)).rejects.toBeInstanceOf(ProofRefused);
    }
  },
  soak ? 4 * 3_600_000 : 60_000,
);

test('the command ends with 1 and one line for a flipped bit, of the document or the trust root', async () => {
  const { small } = await documents();
  const bytes = Buffer.from(small as string);
  const path = join(folder, 'proof.json');
  const random = new SeededRandom(`command ${seed}`);
  for (let turn = 0; turn < flipsOfCommand; turn += 1) {
    const bit = random.between(0, bytes.length * 8 - 1);
    const file = join(folder, `forged-${turn}.json`);
    await writeFile(file, flipped(bytes, bit));
    const { code, out, error } = await runCommand(['verify', file, '--trust-root', trustRoot], { env: {} });
    expect([code, out], `bit ${bit}, HYPERGATE_SEED=${seed}`).toEqual([1, '']);
    expect(error).toMatch(/^hypergate: proof refused: [^\n]+\n$/);
  }
  await writeFile(path, bytes);
  const root = flipped(Buffer.from(trustRoot, 'hex'), random.between(0, 255)).toString('hex');
  const other = await runCommand(['verify', path, '--trust-root', root, '--json'], { env: {} });
  expect(other.code).toBe(1);
  expect(JSON.parse(other.out)).toMatchObject({ verified: false });
  expect(other.error).toMatch(/^hypergate: proof refused: [^\n]*another network[^\n]*\n$/);
});

test('proofs of two gateways are not taken for one another', async () => {
  const second = await startGateway({ env: { ...quickFrames, ...only('s3') } });
  try {
    const put = async (target: Pick<Target, 'host' | 'port' | 'identity' | 'dataDir'>) => {
      const caller = new S3Caller(target);
      await caller.ok({ method: 'PUT', path: '/same' });
      await caller.ok({ method: 'PUT', path: '/same/k', body: Buffer.from('the same in both') });
      caller.close();
      return proveOk(target, 's3://same/k');
    };
    const [ours, theirs] = [await put(suite.target), await put(second)];
    const theirRoot = await readTrustRoot(second);
    expect(theirRoot).not.toBe(trustRoot);
    expect((await checkProof(ours, trustRoot)).facts.etag).toBe(
      (await checkProof(theirs, theirRoot)).facts.etag,
    );
    await expect(checkProof(ours, theirRoot)).rejects.toThrow(/another network/);
    await expect(checkProof(theirs, trustRoot)).rejects.toThrow(/another network/);
    // The fields of one with the proof of the other.
    const mixed = { ...JSON.parse(ours), proof: JSON.parse(theirs).proof };
    for (const root of [trustRoot, theirRoot]) {
      const text = `${JSON.stringify(mixed, null, 1)}\n`;
      await expect(checkProof(text, root)).rejects.toBeInstanceOf(ProofRefused);
    }
  } finally {
    await second.dispose();
  }
});
