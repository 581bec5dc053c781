/** Signatures of the reference, and attacks on sums of keys. */
import { bytesToHex, hexToBytes } from '@noble/curves/utils.js';
import { describe, expect, test } from 'vitest';
import { createBls, type Signature } from '../index.ts';
import { scalarOf, vectors } from './curve-vectors.ts';
import { testCurve } from './test-curve.ts';

const curve = testCurve;
const bls = createBls(curve);
const hex = (signature: Signature) => bytesToHex(bls.encodeSignature(signature));
const signatureOf = (text: string) => bls.decodeSignature(hexToBytes(text))!;
const accepted = vectors.keygen.map(({ pk, proofOfPossession }) => {
  const key = bls.decodePublicKey(hexToBytes(pk))!;
  return bls.acceptKey(key, signatureOf(proofOfPossession))!;
});
const keyOf = (pk: string) => accepted[vectors.keygen.findIndex((known) => known.pk === pk)]!;
const bytes = (text: string) => new TextEncoder().encode(text);

describe('keys', () => {
  test.each(vectors.keygen)('from the material $ikm', ({ ikm, sk, pk, proofOfPossession }) => {
    const secret = bls.keygen(hexToBytes(ikm));
    expect(bytesToHex(bls.encodeSecretKey(secret))).toBe(sk);
    expect(bytesToHex(bls.encodePublicKey(bls.publicKey(secret)))).toBe(pk);
    expect(hex(bls.provePossession(secret))).toBe(proofOfPossession);
  });

  test('short material, and secrets out of range, are refused', () => {
    expect(() => bls.keygen(new Uint8Array(31))).toThrow(RangeError);
    const secret = (text: string) => bls.decodeSecretKey(hexToBytes(text));
    expect(secret('00'.repeat(73))).toBeUndefined();
    expect(secret(`${'00'.repeat(7)}${vectors.constants.r}`)).toBeUndefined();
    expect(secret('01')).toBeUndefined();
    expect(secret(`${'00'.repeat(72)}01`)).toBeDefined();
  });

  test('a secret shows nothing of itself', () => {
    const secret = bls.keygen(new Uint8Array(64));
    expect(JSON.stringify(secret)).toBe('{}');
    expect(Reflect.ownKeys(secret)).toEqual([]);
  });
});

describe('signing', () => {
  test.each(vectors.sign)('message $msg, domain $domain', ({ sk, msg, domain, sig }) => {
    const secret = bls.decodeSecretKey(hexToBytes(sk))!;
    expect(hex(bls.sign(secret, hexToBytes(msg), hexToBytes(domain)))).toBe(sig);
  });

  test('nothing is signed that would prove the possession of a key', () => {
    const secret = bls.keygen(new Uint8Array(64));
    const key = hexToBytes(vectors.keygen[0]!.pk);
    expect(() => bls.sign(secret, key, bytes('BLS48_POP_SK'))).toThrow(RangeError);
    expect(() => bls.sign(secret, Uint8Array.of(...bytes('POP_SK'), ...key), bytes('BLS48_'))).toThrow(
      RangeError,
    );
  });
});

describe('verifying', () => {
  test.each(vectors.verify)('$name', ({ pk, msg, domain, sig, expect: expected }) => {
    const key = bls.decodePublicKey(hexToBytes(pk));
    const signature = bls.decodeSignature(hexToBytes(sig));
    const valid =
      key !== undefined &&
      signature !== undefined &&
      bls.verify(key, hexToBytes(msg), hexToBytes(domain), signature);
    expect(valid).toBe(expected);
  });

  test('the identity is neither key nor signature', () => {
    expect(bls.decodeSignature(curve.encodeG1(curve.g1Identity))).toBeUndefined();
    expect(bls.decodePublicKey(new Uint8Array(585))).toBeUndefined();
  });
});

describe('sums', () => {
  const { aggregateSameMessage: same, verifyMultiMessage } = vectors;
  const [message, domain] = [hexToBytes(same.msg), hexToBytes(same.domain)];

  test.each(same.cases.filter((one) => 'signers' in one))('of signers $signers', (one) => {
    const signers = one.signers!;
    const signature = bls.aggregateSignatures(signers.map((at) => signatureOf(same.individualSigs[at]!)))!;
    const keys = signers.map((at) => accepted[at]!);
    expect(hex(signature)).toBe(one.aggregateSig);
    expect(bytesToHex(bls.encodePublicKey(bls.aggregateKeys(keys)!))).toBe(one.aggregatePk);
    expect(bls.verifyAggregate(keys, message, domain, signature)).toBe(one.expect);
  });

  test('of fewer signers than keys does not verify', () => {
    const short = same.cases.find(({ name }) => name?.startsWith('signature of {0,1}'))!;
    const signature = signatureOf(short.aggregateSig);
    expect(bls.verifyAggregate(accepted.slice(0, 3), message, domain, signature)).toBe(false);
    expect(bls.verifyAggregate([], message, domain, signature)).toBe(false);
  });

  test('a rogue key would sign for another, so it is not accepted', () => {
    const rogue = same.cases.find(({ name }) => name?.startsWith('rogue key'))!;
    const signature = signatureOf(rogue.aggregateSig);
    const sum = bls.decodePublicKey(hexToBytes(rogue.aggregatePk))!;
    expect(bls.verify(sum, message, domain, signature)).toBe(true);
    const key = bls.decodePublicKey(hexToBytes(rogue.attackerPk!))!;
    // What the attacker can sign with: the scalar c alone.
    const c = curve.multiplyG1(
      curve.hashToG1(
        Uint8Array.of(...bytes('BLS48_POP_SK'), ...hexToBytes(rogue.attackerPk!)),
        vectors.hashToG1.dst,
      ),
      scalarOf(rogue.attackerScalarC!),
    );
    for (const possession of [signatureOf(vectors.keygen[0]!.proofOfPossession), signature]) {
      expect(bls.acceptKey(key, possession)).toBeUndefined();
    }
    expect(bls.acceptKey(key, bls.decodeSignature(curve.encodeG1(c))!)).toBeUndefined();
    expect(() => bls.aggregateKeys([accepted[0]!, key as (typeof accepted)[0]])).toThrow(TypeError);
  });

  test('that cancel out are no keys and no signatures', () => {
    const opposite = bls.assumeAccepted(
      bls.decodePublicKey(
        curve.encodeG2(curve.negateG2(curve.decodeG2(hexToBytes(vectors.keygen[0]!.pk))!)),
      )!,
    );
    expect(bls.aggregateKeys([accepted[0]!, opposite])).toBeUndefined();
    expect(bls.aggregateKeys([])).toBeUndefined();
    expect(bls.aggregateSignatures([])).toBeUndefined();
  });

  test.each(verifyMultiMessage)('of messages: $name', ({ pks, msgs, domain: own, sig, expect: expected }) => {
    // More messages than keys cannot even be written down here; what the reference takes for one is refused before.
    const entries = msgs.map((msg, at) => ({ key: pks[at], message: hexToBytes(msg) }));
    const whole = entries.flatMap(({ key, message: one }) =>
      key === undefined ? [] : [{ key: keyOf(key), message: one }],
    );
    const valid =
      whole.length === entries.length && bls.verifyMessages(whole, hexToBytes(own), signatureOf(sig));
    expect(valid).toBe(expected);
  });

  test('of no messages is no signature', () => {
    expect(bls.verifyMessages([], domain, signatureOf(same.individualSigs[0]!))).toBe(false);
  });
});
