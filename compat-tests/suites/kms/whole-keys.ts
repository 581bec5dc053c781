/**
 * Makes keys whole outside, from what custodians have on their disks: a copy of the data directory, opened with all keystores as nobody
 * but a test would. Arithmetic is done here or by @noble/curves, none of it by the code that made the shares.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createPooledRandom, openKeystoreFile } from '@hypergate/node/crypto';
import { custodianSecrets, openCustodian } from '@hypergate/node/jobs/threshold/custodian';
import { ClassicLevelStore } from '@hypergate/node/store';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { freshDirectory } from '../../lib/target.ts';

export interface Share {
  readonly scheme: string;
  readonly secret: Uint8Array;
  readonly common: Uint8Array;
  /** How often it was refreshed. */
  readonly generation: number;
}

/** By handle in hex, the shares by custodian. */
export type Shares = ReadonlyMap<string, ReadonlyMap<number, Share>>;

export async function readShares(dataDir: string): Promise<Shares> {
  const copy = freshDirectory('shares');
  const shares = new Map<string, Map<number, Share>>();
  try {
    cpSync(join(dataDir, 'custodians'), copy, { recursive: true });
    const { members, ...rest } = JSON.parse(readFileSync(join(copy, 'committee.json'), 'utf8'));
    const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
    const committee = {
      ...rest,
      members: members.map((member: { index: number; key: string; sealingKey: string }) => ({
        index: member.index,
        key: hex(member.key),
        sealingKey: hex(member.sealingKey),
      })),
    };
    for (const { index } of committee.members) {
      for (const [handle, share] of await readOne(
        join(copy, String(index)),
        index,
        committee,
        hex(rest.coordinator),
      )) {
        const known = shares.get(handle) ?? new Map<number, Share>();
        shares.set(handle, known.set(index, share));
      }
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  return shares;
}

/** First byte of names of shares in a custodian's store; the handle follows. */
const shareSpace = 0x73;

async function readOne(
  folder: string,
  me: number,
  committee: Parameters<typeof openCustodian>[0]['committee'],
  coordinator: Uint8Array,
): Promise<[handle: string, Share][]> {
  const random = createPooledRandom();
  const path = join(folder, 'keystore');
  const { keystore } = await openKeystoreFile(
    { path, protection: { kind: 'plain' }, create: false },
    { random },
  );
  const root = keystore.custodianRoot();
  const store = await ClassicLevelStore.open({ location: join(folder, 'store') });
  const shares: [string, Share][] = [];
  // Its own code opens what it keeps, and never answers anybody.
  const custodian = await openCustodian(
    { me, committee, coordinator, host: '127.0.0.1', port: 0 },
    {
      store,
      root,
      random,
      report: () => undefined,
      async compose({ party }) {
        for await (const [name] of store.entries({
          gte: Buffer.of(shareSpace),
          lt: Buffer.of(shareSpace + 1),
        })) {
          const handle = Uint8Array.from(name.subarray(1));
          const { scheme, secret, common, generation } = (await party.keys.get(handle))!;
          shares.push([Buffer.from(handle).toString('hex'), { scheme, secret, common, generation }]);
        }
        return { handlers: [], authority: {} as never, evidence: {} as never };
      },
    },
  );
  await custodian.close();
  await store.close();
  custodianSecrets(root).seeds.signing.fill(0);
  return shares;
}

const big = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
export const littleOf = (bytes: Uint8Array): bigint => big(Buffer.from(bytes).reverse());
const mod = (value: bigint, order: bigint): bigint => ((value % order) + order) % order;
/** Of a positive one, as few as it has. */
export const bytesOf = (value: bigint): Buffer => {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
};

const nist = { p256, p384, p521, secp256k1 } as const;
type Curve = keyof typeof nist;
const orderOf = (scheme: string): bigint => {
  const curve = scheme.split('-')[1] as Curve;
  return Object.hasOwn(nist, curve) ? nist[curve].Point.Fn.ORDER : ed25519.Point.Fn.ORDER;
};

/** A scalar, from the shares of these two: the line through them at 0. Length as the order's. */
export function scalarOf(shares: ReadonlyMap<number, Share>, [i, j]: readonly [number, number]): bigint {
  const { scheme } = shares.get(i)!;
  const order = orderOf(scheme);
  const read = scheme.includes('25519') || scheme.includes('ristretto') ? littleOf : big;
  const [a, b] = [read(shares.get(i)!.secret), read(shares.get(j)!.secret)];
  const inverse = power(mod(BigInt(j - i), order), order - 2n, order);
  return mod((BigInt(j) * a - BigInt(i) * b) * inverse, order);
}

/** Public key of a scalar, encoded as in SubjectPublicKeyInfo; undefined where there is none. */
export function publicPointOf(scheme: string, scalar: bigint): Buffer | undefined {
  const curve = scheme.split('-')[1] as Curve;
  if (Object.hasOwn(nist, curve)) return Buffer.from(nist[curve].Point.BASE.multiply(scalar).toBytes(false));
  if (scheme === 'frost-ed25519') return Buffer.from(ed25519.Point.BASE.multiply(scalar).toBytes());
  return undefined;
}

export interface RsaWhole {
  readonly d: bigint;
  readonly p: bigint;
  readonly q: bigint;
}

/** Shares are of a line of integers whose value at 0 is 4! times d. @returns undefined when they are of another key than this one */
export function rsaOf(shares: ReadonlyMap<number, Share>, n: bigint, e: bigint): RsaWhole | undefined {
  const read = ({ secret }: Share): bigint => {
    // version (1), length (4), share
    const length = Buffer.from(secret).readUInt32BE(1);
    return big(secret.subarray(5, 5 + length));
  };
  const value = 2n * read(shares.get(1)!) - read(shares.get(2)!);
  if (value % 24n !== 0n) throw new Error('shares of another form');
  const d = value / 24n;
  const multiple = e * d - 1n;
  if (power(2n, multiple < 0n ? -multiple : multiple, n) !== 1n) return undefined;
  // Of e d - 1, the odd part times two at a time, some power of a small base is a root of 1 that is neither 1 nor -1.
  for (let base = 2n; ; base += 1n) {
    let exponent = multiple < 0n ? -multiple : multiple;
    while ((exponent & 1n) === 0n) {
      exponent >>= 1n;
      const root = power(base, exponent, n);
      if (root === n - 1n) break;
      if (root !== 1n) {
        const p = gcd(root - 1n, n);
        return { d, p, q: n / p };
      }
    }
  }
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, factor] = [1n, base % modulus];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * factor) % modulus;
    factor = (factor * factor) % modulus;
  }
  return result;
}

function gcd(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

/**
 * Inner and outer chaining value of an HMAC key: the XOR of four pieces, of which custodian x lacks piece x.
 * version (1), then for each piece that it has its bytes and 32 random ones.
 */
export function chainingOf(
  shares: ReadonlyMap<number, Share>,
  stateBytes: number,
): readonly [Buffer, Buffer] {
  const pieces = new Map<number, Uint8Array>();
  for (const [me, { secret }] of shares) {
    const lacking = [1, 2, 3, 4].filter((index) => index !== me);
    for (const [at, index] of lacking.entries()) {
      const from = 1 + at * (2 * stateBytes + 32);
      pieces.set(index, secret.subarray(from, from + 2 * stateBytes));
    }
  }
  const both = Buffer.alloc(2 * stateBytes);
  for (const piece of pieces.values()) for (const [at, byte] of piece.entries()) both[at]! ^= byte;
  return [both.subarray(0, stateBytes), both.subarray(stateBytes)];
}
