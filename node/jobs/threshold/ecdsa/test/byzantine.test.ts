import { createHash } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bytes } from '../../../../api/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { ThresholdAbort } from '../../errors.ts';
import { modulo } from '../../groups/index.ts';
import { ensurePrss } from '../../prss/index.ts';
import { fieldKeyOf } from '../../sharing/field-key.ts';
import type { Network } from '../../test/support/network.ts';
import { digestScalar, verifyScalar } from '../curve.ts';
import { poolOf } from '../index.ts';
import {
  type BatchPlan,
  batchLabel,
  encodePlan,
  readSigned,
  type SignedBytes,
  shareStatement,
  writeSigned,
} from '../messages.ts';
import { lagrangeOf } from '../presign-handlers.ts';
import { cheatAt, createSigning, type Signing, signRequest, signTask } from './support.ts';

const scheme = 'ecdsa-p256';
const used: Network[] = [];

async function signing(n?: number, t?: number): Promise<Signing> {
  const made = await createSigning(scheme, n, t);
  used.push(made.network);
  return made;
}

afterEach(async () => {
  for (const { custodians } of used.splice(0)) await poolOf(custodians).close();
});

const digestOf = (text: string) => Uint8Array.from(createHash('sha256').update(text).digest());

async function expectSigns(one: Signing): Promise<void> {
  const digest = digestOf('text');
  const signature = await one.sign(digest);
  const { publicKey } = fieldKeyOf(one.key);
  expect(p256.verify(signature, digest, publicKey, { prehash: false, lowS: false })).toBe(true);
}

describe('a custodian that cheats is named, and the call succeeds', () => {
  it.each([
    ['k_i, and R_i with it', 'ecdsa/k'],
    ['w_i', 'ecdsa/b'],
    ['s_i', 'ecdsa/c'],
  ])('with a wrong %s', async (_, purpose) => {
    const one = await signing();
    await cheatAt(one.network, 2, purpose);
    await expectSigns(one);
    expect([...one.network.accused.keys()]).toEqual([2]);
    await expectSigns(one);
  });

  it('as two of seven that do not cheat alike', async () => {
    const one = await signing(7, 2);
    await cheatAt(one.network, 1, 'ecdsa/b');
    await cheatAt(one.network, 3, 'ecdsa/c');
    await expectSigns(one);
    expect([...one.network.accused.keys()].sort()).toEqual([1, 3]);
    await expectSigns(one);
  });

  it('with a wrong a_i, which is a wrong product to everybody else', async () => {
    const one = await signing();
    await cheatAt(one.network, 3, 'ecdsa/a');
    await expectSigns(one);
    expect([...one.network.accused.keys()]).toEqual([3]);
  });

  it.each([
    ['a share of the signature', 'ecdsa.sign', -1],
    ['its r', 'ecdsa.sign', 5],
    ['shares without its signature', 'ecdsa.presign.share', 40],
    ['a nonce without its signature', 'ecdsa.presign.begin', 10],
    ['a confirmation of something else', 'ecdsa.presign.confirm', -1],
  ])('with %s', async (_, kind, at) => {
    const one = await signing();
    one.network.tamper = (custodian, asked, reply) => {
      if (custodian === 2 && asked === kind) reply[at < 0 ? reply.length + at : at]! ^= 1;
      return reply;
    };
    await expectSigns(one);
    expect([...one.network.accused.keys()]).toEqual([2]);
  });

  it('and that shows something wrong of a sharing when it is asked', async () => {
    const one = await signing();
    const { group } = one;
    one.network.tamper = (custodian, kind, reply) => {
      if (custodian === 1 && kind === 'ecdsa.sign') reply[40]! ^= 1;
      // The first element that it shows.
      if (custodian === 1 && kind === 'ecdsa.blame.burn') reply.set(group.baseMultiply(7n), 4 + 65 + 2);
      return reply;
    };
    await expectSigns(one);
    expect([...one.network.accused.keys()]).toEqual([1]);
  });

  it('and that does not answer when it is asked', async () => {
    const one = await signing();
    one.network.tamper = (custodian, kind, reply) => {
      if (custodian === 1 && kind === 'ecdsa.sign') reply[40]! ^= 1;
      if (custodian === 1 && kind === 'ecdsa.blame.burn') one.network.down.add(1);
      return custodian === 1 && kind === 'ecdsa.blame.burn' ? new Uint8Array(0) : reply;
    };
    await expectSigns(one);
  });
});

it('is named in the next try when nobody could tell at first', async () => {
  const one = await signing();
  let silent = true;
  one.network.tamper = (custodian, kind, reply) => {
    if (custodian === 1 && kind === 'ecdsa.sign') reply[40]! ^= 1;
    // Of the set 1, 2, 4 it shows something else than 2 does, and 4 says nothing.
    if (custodian === 1 && kind === 'ecdsa.blame.burn')
      reply.set(one.group.baseMultiply(7n), 4 + 65 + 2 + 3 * 65);
    if (kind === 'ecdsa.blame.help' && silent) {
      silent = false;
      throw new ThresholdAbort('unavailable', custodian, 'it does not answer');
    }
    return reply;
  };
  await expectSigns(one);
  expect([...one.network.accused.keys()]).toEqual([1]);
  expect(silent).toBe(false);
});

/** A coordinator of a test's own. */
async function begin({ network, group }: Signing): Promise<{ label: Bytes; shares: SignedBytes[] }> {
  const { custodians } = network;
  const prss = await ensurePrss(custodians);
  const signers = [1, 2, 3];
  const plan: BatchPlan = { group, prss, signers, count: 2 };
  const signed = async (index: number, kind: string, body: Bytes) =>
    readMessage(await custodians.ask(index, kind, body), index, (reader) => readSigned(reader, 4096));
  const begun = await Promise.all(
    signers.map((index) => signed(index, 'ecdsa.presign.begin', encodePlan(plan))),
  );
  const label = batchLabel(
    plan,
    begun.map(({ bytes }) => bytes),
  );
  const body = withParts(encodePlan(plan), begun);
  const shares = await Promise.all(signers.map((index) => signed(index, 'ecdsa.presign.share', body)));
  await expect(custodians.ask(1, 'ecdsa.presign.share', body)).rejects.toMatchObject({ reason: 'stale' });
  return { label, shares };
}

function withParts(head: Bytes, parts: readonly SignedBytes[]): Bytes {
  const writer = new MessageWriter().bytes(head);
  return writer.list(parts, (part) => writeSigned(writer, part)).done();
}

function toOpen(label: Bytes, signatures: readonly Bytes[]): Bytes {
  const writer = new MessageWriter().bytes(label);
  return writer.list(signatures, (signature) => void writer.field(signature)).done();
}

describe('a coordinator that cheats gets no share of a signature', () => {
  it('when it shows signers different products, with the help of one of them', async () => {
    const one = await signing();
    const { custodians, parties } = one.network;
    const { label, shares } = await begin(one);
    // Signer 3 signs a second version of its shares, with another w_3.
    const other = Uint8Array.from(shares[2]!.bytes);
    other[other.length - 1]! ^= 1;
    const second = {
      bytes: other,
      signature: parties[2]!.identity.sign('ecdsa.share', shareStatement(label, other)),
    };
    const toFirst = await custodians.ask(1, 'ecdsa.presign.confirm', withParts(label, shares));
    const toSecond = await custodians.ask(
      2,
      'ecdsa.presign.confirm',
      withParts(label, [shares[0]!, shares[1]!, second]),
    );
    const third = await custodians.ask(3, 'ecdsa.presign.confirm', withParts(label, shares));
    const opening = toOpen(label, [toFirst, toSecond, third]);
    for (const index of [1, 2]) {
      await expect(custodians.ask(index, 'ecdsa.presign.open', opening)).rejects.toMatchObject({
        reason: 'malformed',
      });
      const task = { authorised: signTask(one, digestOf('text')) };
      await expect(custodians.ask(index, 'ecdsa.sign', signRequest(label, 0), task)).rejects.toMatchObject({
        reason: 'stale',
      });
    }
  });

  it('when it uses a presignature before all have confirmed it, or changes shares', async () => {
    const one = await signing();
    const { custodians } = one.network;
    const { label, shares } = await begin(one);
    const changed = shares.map((share) => ({ ...share, bytes: Uint8Array.from(share.bytes) }));
    changed[1]!.bytes[3]! ^= 1;
    await expect(custodians.ask(1, 'ecdsa.presign.confirm', withParts(label, changed))).rejects.toMatchObject(
      { reason: 'malformed' },
    );
    const confirmed = await custodians.ask(2, 'ecdsa.presign.confirm', withParts(label, shares));
    const task = { authorised: signTask(one, digestOf('text')) };
    await expect(custodians.ask(2, 'ecdsa.sign', signRequest(label, 0), task)).rejects.toMatchObject({
      reason: 'stale',
    });
    await expect(
      custodians.ask(2, 'ecdsa.presign.open', toOpen(label, [confirmed, confirmed, confirmed])),
    ).rejects.toMatchObject({ reason: 'malformed' });
  });

  async function opened(one: Signing): Promise<Bytes> {
    const { custodians } = one.network;
    const { label, shares } = await begin(one);
    const signatures: Bytes[] = [];
    for (const index of [1, 2, 3])
      signatures.push(await custodians.ask(index, 'ecdsa.presign.confirm', withParts(label, shares)));
    for (const index of [1, 2, 3])
      await custodians.ask(index, 'ecdsa.presign.open', toOpen(label, signatures));
    return label;
  }

  it('when it uses a presignature twice', async () => {
    const one = await signing();
    const { custodians } = one.network;
    const label = await opened(one);
    const task = { authorised: signTask(one, digestOf('text')) };
    await custodians.ask(1, 'ecdsa.sign', signRequest(label, 0), task);
    await expect(custodians.ask(1, 'ecdsa.sign', signRequest(label, 0), task)).rejects.toMatchObject({
      reason: 'stale',
    });
    await expect(custodians.ask(1, 'ecdsa.sign', signRequest(label, 2), task)).rejects.toMatchObject({
      reason: 'stale',
    });
    const atOnce = await Promise.allSettled([
      custodians.ask(1, 'ecdsa.sign', signRequest(label, 1), task),
      custodians.ask(1, 'ecdsa.sign', signRequest(label, 1), task),
    ]);
    expect(atOnce.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('that fits to others when it has signers sign different digests', async () => {
    const one = await signing();
    const { custodians } = one.network;
    const { group } = one;
    const label = await opened(one);
    const digests = [digestOf('one'), digestOf('another'), digestOf('another')];
    const shares: { r: bigint; s: bigint }[] = [];
    for (const [at, digest] of digests.entries()) {
      const task = { authorised: signTask(one, digest) };
      const reply = await custodians.ask(at + 1, 'ecdsa.sign', signRequest(label, 0), task);
      shares.push({
        r: group.decodeScalar(reply.subarray(0, 32)),
        s: group.decodeScalar(reply.subarray(32)),
      });
    }
    // Not even the nonce is the same.
    expect(shares[0]!.r).not.toBe(shares[1]!.r);
    const factors = lagrangeOf(group, [1, 2, 3]);
    const s = modulo(
      shares.reduce((sum, share, at) => sum + share.s * factors[at]!, 0n),
      group.order,
    );
    const { publicKey } = fieldKeyOf(one.key);
    const [first, second] = digests.map((digest) => digestScalar(group, digest)) as [bigint, bigint];
    for (const scalar of [first, second, modulo(3n * first - 2n * second, group.order)]) {
      for (const { r } of shares) expect(verifyScalar(group, publicKey, scalar, r, s)).toBe(false);
    }
  });

  it('and is shown nothing of a presignature that was not used', async () => {
    const one = await signing();
    const { custodians } = one.network;
    const label = await opened(one);
    const name = new MessageWriter().bytes(label).u16(0);
    await expect(
      custodians.ask(1, 'ecdsa.blame.burn', name.field(new Uint8Array(32)).done()),
    ).rejects.toMatchObject({ reason: 'stale' });
    const prss = await ensurePrss(custodians);
    const help = new MessageWriter().bytes(label).u16(0).field(new Uint8Array(0)).field(Buffer.from('p256'));
    help.u32(prss.epoch).bytes(prss.id).u16(0);
    await expect(custodians.ask(4, 'ecdsa.blame.help', help.done())).rejects.toMatchObject({
      reason: 'refused',
    });
  });
});

it.each([
  ['ecdsa.sign', 'stale'],
  ['ecdsa.presign.begin', 'stale'],
  ['ecdsa.presign.confirm', 'malformed'],
  ['ecdsa.presign.open', 'stale'],
  ['ecdsa.sign', 'unknown-key'],
] as const)('signs without a custodian that always answers %s with %s', async (refused, reason) => {
  const one = await signing();
  one.network.tamper = (custodian, kind, reply) => {
    if (kind === refused && custodian === 2) throw new ThresholdAbort(reason, custodian, 'so it says');
    return reply;
  };
  await expectSigns(one);
  expect(one.network.accused.size).toBe(0);
});

it('ends when t + 1 custodians refuse', async () => {
  const one = await signing();

  one.network.tamper = (custodian, kind, reply) => {
    if (kind === 'ecdsa.sign' && custodian <= 2) throw new ThresholdAbort('refused', custodian, 'no leave');
    return reply;
  };
  await expect(one.sign(digestOf('text'))).rejects.toMatchObject({ reason: 'refused' });
});
