import { createECDH } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { KeyTask } from '../../../../api/index.ts';
import { type DealtKey, dealFieldKey } from '../../test/support/deal.ts';
import { authorised, createNetwork, type Network } from '../../test/support/network.ts';
import { handlers, perform } from '../index.ts';

const curves = {
  'ecdh-p256': { name: 'prime256v1', bytes: 32 },
  'ecdh-p384': { name: 'secp384r1', bytes: 48 },
  'ecdh-p521': { name: 'secp521r1', bytes: 66 },
} as const;
type Scheme = keyof typeof curves;
const schemes = Object.keys(curves) as Scheme[];

async function deal(scheme: Scheme): Promise<{ network: Network; dealt: DealtKey }> {
  const network = createNetwork(handlers);
  return { network, dealt: await dealFieldKey(network, scheme) };
}

async function agree({ custodians }: Network, { key }: DealtKey, point: Uint8Array): Promise<Buffer> {
  const task: KeyTask = { kind: 'agree', handle: key.handle, point };
  return Buffer.from(await perform(custodians, key, authorised(task)));
}

/** With the whole key, by OpenSSL. */
function plain({ secret, group }: DealtKey, scheme: Scheme, point: Uint8Array): Buffer {
  const { name, bytes } = curves[scheme];
  const key = createECDH(name);
  key.setPrivateKey(group.encodeScalar(secret));
  return padded(key.computeSecret(point), bytes);
}

function padded(bytes: Buffer, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(length - bytes.length), bytes]);
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at]! ^= 1;
  return changed;
}

describe.each(schemes)('key agreement by %s', (scheme) => {
  const { name, bytes } = curves[scheme];
  const peer = createECDH(name);
  const point = peer.generateKeys();

  it('gives what both sides of OpenSSL give, whichever custodian is away', async () => {
    const { network, dealt } = await deal(scheme);
    const expected = plain(dealt, scheme, point);
    const publicKey = dealt.group.baseMultiply(dealt.secret);
    expect(padded(peer.computeSecret(publicKey), bytes)).toEqual(expected);
    for (const away of scheme === 'ecdh-p256' ? [0, 1, 2, 3, 4] : [0, 1]) {
      network.down.clear();
      network.down.add(away);
      expect(await agree(network, dealt, point)).toEqual(expected);
    }
  });

  it('names who gives a wrong share or proof, and is right all the same', async () => {
    const { network, dealt } = await deal(scheme);
    const { group } = dealt;
    const expected = plain(dealt, scheme, point);
    const size = group.elementBytes;
    let replay: Uint8Array | undefined;
    const cases: ((reply: Uint8Array) => Uint8Array)[] = [
      // The other of two points with its x coordinate, another point, none of the curve, a wrong proof, a share for another point.
      (reply) => Buffer.concat([group.negate(reply.subarray(0, size)), reply.subarray(size)]),
      (reply) => Buffer.concat([point, reply.subarray(size)]),
      (reply) => flip(reply, size - 1),
      (reply) => flip(reply, size + 3),
      (reply) => flip(reply, reply.length - 1),
      () => replay!,
    ];
    network.tamper = (custodian, _, reply) => {
      if (custodian === 1) replay = reply;
      return reply;
    };
    await agree(network, dealt, group.baseMultiply(5n));
    for (const wrong of scheme === 'ecdh-p256' ? cases : cases.slice(0, 1)) {
      network.accused.clear();
      network.tamper = (custodian, _, reply) => (custodian === 1 ? wrong(reply) : reply);
      expect(await agree(network, dealt, point)).toEqual(expected);
      expect([...network.accused.keys()]).toEqual([1]);
    }
  });

  it('takes no point that is not one of the curve, at the coordinator or at a custodian', async () => {
    const { network, dealt } = await deal(scheme);
    const foreign = createECDH(scheme === 'ecdh-p256' ? 'secp256k1' : 'prime256v1').generateKeys();
    const compressed = Buffer.from(createECDH(name).generateKeys('hex', 'compressed'), 'hex');
    for (const wrong of [
      foreign,
      compressed,
      flip(point, point.length - 1),
      Buffer.of(0),
      Buffer.alloc(point.length),
    ]) {
      await expect(agree(network, dealt, wrong)).rejects.toThrow(RangeError);
      const task = authorised({ kind: 'agree', handle: dealt.key.handle, point: wrong });
      const asked = network.custodians.ask(1, 'agreement.multiply', new Uint8Array(4), { authorised: task });
      await expect(asked).rejects.toMatchObject({ reason: 'malformed' });
    }
  });
});

describe('key agreement', () => {
  const point = createECDH('prime256v1').generateKeys();

  it('says that shares are of another generation', async () => {
    const { network, dealt } = await deal('ecdh-p256');
    const stale = { ...dealt, key: { ...dealt.key, generation: 3 } };
    await expect(agree(network, stale, point)).rejects.toMatchObject({ reason: 'stale' });
  });

  it('refuses a key of signatures', async () => {
    const network = createNetwork(handlers);
    const dealt = await dealFieldKey(network, 'ecdsa-p256');
    await expect(agree(network, dealt, point)).rejects.toThrow(RangeError);
    const task = authorised({ kind: 'agree', handle: dealt.key.handle, point });
    const asked = network.custodians.ask(1, 'agreement.multiply', new Uint8Array(4), { authorised: task });
    await expect(asked).rejects.toMatchObject({ reason: 'malformed' });
  });

  it('pads an x coordinate that begins with zeros', async () => {
    const network = createNetwork(handlers);
    const dealt = await dealFieldKey(network, 'ecdh-p256', 1n);
    // With the key 1 the answer is the point's own x coordinate.
    for (let scalar = 2n; ; scalar += 1n) {
      const element = dealt.group.baseMultiply(scalar);
      if (element[1] !== 0) continue;
      expect(await agree(network, dealt, element)).toEqual(Buffer.from(element.subarray(1, 33)));
      return;
    }
  });
});
