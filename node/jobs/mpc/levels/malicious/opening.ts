/**
 * Opening authenticated bits: the bits, and one hash of all their MACs in place of the MACs. The other party computes the MACs that
 * fit the bits from its keys. Whoever opens another bit than it holds would need the MAC of the other value, which differs by the
 * other's delta.
 */
import { equalConstantTime } from '../../../../crypto/compare.ts';
import { digestBytes, type Link, packed, packedBytes } from './link.ts';

/** Both parties open their parts of `count` shared bits. @returns the other's bits. `keys` is overwritten */
export async function openShared(
  link: Link,
  kind: number,
  delta: Int32Array,
  own: { readonly bits: Uint8Array; readonly macs: Int32Array },
  keys: Int32Array,
): Promise<Uint8Array> {
  const step = link.nextStep();
  const body = packed(own.bits, digestOf(link, step, link.isGarbler, own.macs));
  return checked(link, step, delta, keys, await link.exchange(kind, body));
}

/** This party opens, the other calls `receiveOpened`. */
export async function sendOpened(
  link: Link,
  kind: number,
  bits: Uint8Array,
  macs: Int32Array,
): Promise<void> {
  await link.send(kind, packed(bits, digestOf(link, link.nextStep(), link.isGarbler, macs)));
}

/** @returns the other's bits, one for each key. `keys` is overwritten. @throws MpcAbort `cheating` */
export async function receiveOpened(
  link: Link,
  kind: number,
  delta: Int32Array,
  keys: Int32Array,
): Promise<Uint8Array> {
  const step = link.nextStep();
  const body = await link.receive(kind, packedBytes(keys.length >> 2) + digestBytes);
  return checked(link, step, delta, keys, body);
}

function checked(link: Link, step: number, delta: Int32Array, keys: Int32Array, body: Buffer): Uint8Array {
  const count = keys.length >> 2;
  const bits = link.unpack(body.subarray(0, packedBytes(count)), count);
  for (let i = 0; i < keys.length; i++) keys[i]! ^= delta[i & 3]! & -bits[i >> 2]!;
  if (!equalConstantTime(digestOf(link, step, !link.isGarbler, keys), body.subarray(packedBytes(count)))) {
    throw link.cheating('it opened a bit that it does not hold');
  }
  return bits;
}

function digestOf(link: Link, step: number, fromGarbler: boolean, macs: Int32Array): Buffer {
  return link.digest('open', step, fromGarbler).update(macs).digest();
}
