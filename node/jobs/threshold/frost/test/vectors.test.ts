/** RFC 9591, appendix E.1: FROST(Ed25519, SHA-512), two of three signers. */
import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ed25519 } from '../../groups/index.ts';
import { evaluate } from '../../sharing/shamir.ts';
import { bindingFactors, openSession } from '../ciphersuite.ts';
import { aggregate, isShare, isSignature, signShare } from '../shares.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const scalar = (text: string): bigint => ed25519.decodeScalar(hex(text));
const publicKey = hex('15d21ccd7ee42959562fc8aa63224c8851fb3ec85a3faf66040d380fb9738673');
const secret = '7b1c33d3f5291d85de664833beb1ad469f7fb6025a0ec78b3a790c6e13a98304';
const coefficient = '178199860edd8c62f5212ee91eff1295d0d670ab4ed4506866bae57e7030b204';
const message = hex('74657374');
const signers = [
  {
    custodian: 1,
    share: '929dcc590407aae7d388761cddb0c0db6f5627aea8e217f4a033f2ec83d93509',
    hidingNonce: '812d6104142944d5a55924de6d49940956206909f2acaeedecda2b726e630407',
    bindingNonce: 'b1110165fc2334149750b28dd813a39244f315cff14d4e89e6142f262ed83301',
    hiding: 'b5aa8ab305882a6fc69cbee9327e5a45e54c08af61ae77cb8207be3d2ce13de3',
    binding: '67e98ab55aa310c3120418e5050c9cf76cf387cb20ac9e4b6fdb6f82a469f932',
    bindingFactor: 'f2cb9d7dd9beff688da6fcc83fa89046b3479417f47f55600b106760eb3b5603',
    signatureShare: '001719ab5a53ee1a12095cd088fd149702c0720ce5fd2f29dbecf24b7281b603',
  },
  {
    custodian: 3,
    share: 'd3cb090a075eb154e82fdb4b3cb507f110040905468bb9c46da8bdea643a9a02',
    hidingNonce: 'c256de65476204095ebdc01bd11dc10e57b36bc96284595b8215222374f99c0e',
    bindingNonce: '243d71944d929063bc51205714ae3c2218bd3451d0214dfb5aeec2a90c35180d',
    hiding: 'cfbdb165bd8aad6eb79deb8d287bcc0ab6658ae57fdcc98ed12c0669e90aec91',
    binding: '7487bc41a6e712eea2f2af24681b58b1cf1da278ea11fe4e8b78398965f13552',
    bindingFactor: 'b087686bf35a13f3dc78e780a34b0fe8a77fef1b9938c563f5573d71d8d7890f',
    signatureShare: 'bd86125de990acc5e1f13781d8e32c03a9bbd4c53539bbc106058bfd14326007',
  },
] as const;
const signature =
  '36282629c383bb820a88b71cae937d41f2f2adfcc3d02e55507e2fb9e2dd3cbebd9d2b0844e49ae0f3fa935161e1419aab7b47d21a37ebeae1f17d4987b3160b';

const subject = { publicKey, message, prehashed: false };
const commitments = signers.map(({ custodian, hiding, binding }) => ({
  custodian,
  hiding: hex(hiding),
  binding: hex(binding),
}));
const encoded = (value: bigint): string => Buffer.from(ed25519.encodeScalar(value)).toString('hex');

describe('the vector of RFC 9591', () => {
  it('has these shares and commitments', () => {
    const polynomial = [scalar(secret), scalar(coefficient)];
    for (const signer of signers) {
      expect(encoded(evaluate(polynomial, signer.custodian, ed25519.order))).toBe(signer.share);
      expect(Buffer.from(ed25519.baseMultiply(scalar(signer.hidingNonce)))).toEqual(hex(signer.hiding));
      expect(Buffer.from(ed25519.baseMultiply(scalar(signer.bindingNonce)))).toEqual(hex(signer.binding));
    }
  });

  it('has these binding factors', () => {
    expect(bindingFactors(subject, commitments).map(encoded)).toEqual(
      signers.map((signer) => signer.bindingFactor),
    );
  });

  it('has these shares of the signature, which verify, and this signature', () => {
    const session = openSession(subject, commitments);
    const shares = signers.map((signer, at) =>
      signShare(
        session.signers[at]!,
        { hiding: scalar(signer.hidingNonce), binding: scalar(signer.bindingNonce) },
        scalar(signer.share),
      ),
    );
    expect(shares.map(encoded)).toEqual(signers.map(({ signatureShare }) => signatureShare));
    for (const [at, signer] of signers.entries()) {
      const verificationKey = ed25519.baseMultiply(scalar(signer.share));
      expect(isShare(session.signers[at]!, verificationKey, shares[at]!)).toBe(true);
      expect(isShare(session.signers[at]!, verificationKey, shares[1 - at]!)).toBe(false);
      expect(isShare(session.signers[at]!, verificationKey, 0n)).toBe(false);
    }
    const made = aggregate(session, shares);
    expect(Buffer.from(made).toString('hex')).toBe(signature);
    expect(isSignature(subject, session, made)).toBe(true);
    const der = Buffer.concat([hex('302a300506032b6570032100'), publicKey]);
    expect(verify(null, message, createPublicKey({ key: der, format: 'der', type: 'spki' }), made)).toBe(
      true,
    );
  });
});
