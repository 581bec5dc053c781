/**
 * What the dealer is asked and answers. A share goes out in a box that only its custodian opens, bound to everything that is
 * common: handle, scheme, modulus, commitments.
 */
import { createHash } from 'node:crypto';
import type { RandomSource } from '../../../crypto/random.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { malformed } from '../errors.ts';
import { thresholdLimits } from '../limits.ts';
import type { KeyCommon } from '../party.ts';
import { boxOverheadBytes, sealBox } from '../sealed-box.ts';
import { evaluateInteger, randomCoefficients } from './integer-sharing.ts';
import { toBytes } from './integers.ts';
import { RsaKey, rsaKeyOf } from './key.ts';
import { rsaLimits } from './limits.ts';
import { coefficientBits, deltaOf, modulusBitsOf } from './parameters.ts';
import { generateRsaPrivateKey, type RsaPrivateKey, readRsaPrivateKey } from './private-key.ts';

const handleBytes = 16;
export const shareBoxPurpose = 'rsa.share';

export interface DealRequest {
  readonly handle: Uint8Array;
  readonly scheme: string;
  readonly threshold: number;
  /** Of all custodians, in the order of their indices. */
  readonly sealingKeys: readonly Uint8Array[];
  /** PKCS #8 in DER; without it a key is made. */
  readonly material?: Uint8Array;
}

export interface Dealing {
  readonly key: KeyCommon;
  /** Of custodian i, at i - 1. */
  readonly boxes: readonly Uint8Array[];
}

/** Makes or reads a key and shares it. @throws RangeError for material that is no key of the scheme */
export function deal(request: DealRequest, random: RandomSource): Dealing {
  const bits = modulusBitsOf(request.scheme);
  const { material } = request;
  const whole =
    material === undefined ? generateRsaPrivateKey(bits, random) : readRsaPrivateKey(material, bits);
  return dealKey(request, whole, random);
}

export function dealKey(
  { handle, scheme, threshold, sealingKeys, material }: DealRequest,
  { modulus, d }: RsaPrivateKey,
  random: RandomSource,
): Dealing {
  const bits = modulusBitsOf(scheme);
  const custodians = sealingKeys.length;
  const coefficients = randomCoefficients(threshold, coefficientBits(bits, custodians, threshold), random);
  const bare = {
    origin: material === undefined ? 'dealer' : 'imported',
    custodians,
    modulus: toBytes(modulus, bits / 8),
  } as const;
  const { base, powers } = new RsaKey(handle, scheme, 0, { ...bare, commitments: [] });
  const commitments = coefficients.map((coefficient) => powers.power(base, coefficient));
  const key = new RsaKey(handle, scheme, 0, { ...bare, commitments });
  const polynomial = [deltaOf(custodians) * d, ...coefficients];
  const boxes = sealingKeys.map((sealingKey, at) => {
    const share = toBytes(evaluateInteger(polynomial, at + 1), key.shareBytes);
    const box = sealBox(sealingKey, shareBoxPurpose, shareContext(key, at + 1), share, random);
    share.fill(0);
    return box;
  });
  return { key: key.toCommon(), boxes };
}

export function shareContext(key: RsaKey, custodian: number): Uint8Array {
  return createHash('sha256').update(key.digest).update(Uint8Array.of(custodian)).digest();
}

export function encodeDealRequest(request: DealRequest): Uint8Array {
  const { handle, scheme, threshold, sealingKeys, material } = request;
  const writer = new MessageWriter().field(handle).field(Buffer.from(scheme)).u8(threshold);
  writer.list(sealingKeys, (key) => void writer.field(key));
  return writer.field(material ?? new Uint8Array(0)).done();
}

/** @throws ThresholdAbort `malformed` */
export function decodeDealRequest(bytes: Uint8Array): DealRequest {
  return readMessage(bytes, undefined, (reader) => {
    const handle = reader.field(handleBytes, 'the handle');
    const scheme = Buffer.from(reader.field(32, 'the scheme')).toString();
    const threshold = reader.u8('the threshold');
    const sealingKeys = reader.list(thresholdLimits.custodiansMax, 'keys', () => reader.field(32, 'a key'));
    const material = reader.field(rsaLimits.materialBytesMax, 'key material');
    return { handle, scheme, threshold, sealingKeys, ...(material.length === 0 ? {} : { material }) };
  });
}

export function encodeDealing({ key, boxes }: Dealing): Uint8Array {
  const writer = new MessageWriter().field(key.handle).field(Buffer.from(key.scheme)).field(key.common);
  return writer.list(boxes, (box) => void writer.field(box)).done();
}

/** @throws ThresholdAbort `malformed` */
export function decodeDealing(bytes: Uint8Array): Dealing {
  return readMessage(bytes, undefined, (reader) => {
    const handle = reader.field(handleBytes, 'the handle');
    const scheme = Buffer.from(reader.field(32, 'the scheme')).toString();
    const common = reader.field(rsaLimits.dealingBytesMax, 'what is common');
    const key: KeyCommon = { handle, scheme, generation: 0, common };
    const { shareBytes, custodians } = rsaKeyOf(key);
    const boxes = reader.list(custodians, 'boxes', () =>
      reader.field(shareBytes + boxOverheadBytes, 'a box'),
    );
    if (boxes.length !== custodians) malformed(undefined, 'boxes of some custodians are missing');
    return { key, boxes };
  });
}
