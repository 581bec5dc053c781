import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mainLog } from '../../../../api/index.ts';
import { EvidenceVerifier } from '../../custodian/evidence.ts';
import { evidenceLimits } from '../../custodian/evidence-limits.ts';
import { domain, evidenceOf, nodeKey, sealed } from '../../custodian/test/support/certified.ts';
import { ThresholdAbort } from '../../errors.ts';
import { callEvidenceBytesMax, decodeCallEvidence, encodeCallEvidence } from '../call-evidence.ts';

const evidence = { record: evidenceOf(sealed('the row')), call: Buffer.from('call') };
const bytes = encodeCallEvidence(evidence);
const verifier = new EvidenceVerifier({
  log: mainLog,
  nodeKeys: [nodeKey.publicKey],
  signersMin: 1,
  domains: [domain],
});

describe('evidence on the wire', () => {
  it('arrives as it was sent', () => {
    const { record, call } = decodeCallEvidence(bytes);
    expect(Buffer.from(call)).toEqual(evidence.call);
    expect(Buffer.from(encodeCallEvidence({ record, call })).equals(bytes)).toBe(true);
    expect(Buffer.from(verifier.verify({ record, call }).record).toString()).toBe('the row');
  });

  it('changed anywhere is malformed or refused, save in the call, which the record has to name', () => {
    const callStart = bytes.length - evidence.call.length;
    const flip = fc.record({ at: fc.nat(callStart - 1), bit: fc.nat(7) });
    fc.assert(
      fc.property(flip, ({ at, bit }) => {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= 1 << bit;
        expect(() => verifier.verify(decodeCallEvidence(changed))).toThrow(ThresholdAbort);
      }),
      { numRuns: 500 },
    );
  });

  it('cut anywhere or followed by anything is malformed', () => {
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => decodeCallEvidence(bytes.subarray(0, length))).toThrow(ThresholdAbort);
    expect(() => decodeCallEvidence(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(ThresholdAbort);
  });

  it('of random bytes throws nothing but that it is malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        const all = Buffer.concat([bytes.subarray(0, random.length), random]);
        for (const one of [random, all]) expect(() => decodeCallEvidence(one)).toThrow(ThresholdAbort);
      }),
    );
  });

  it('has limits, and its longest form keeps them', () => {
    const call = Buffer.alloc(evidenceLimits.callBytesMax);
    expect(encodeCallEvidence({ ...evidence, call }).length).toBeLessThan(callEvidenceBytesMax);
    const more = Buffer.alloc(evidenceLimits.callBytesMax + 1);
    expect(() => encodeCallEvidence({ ...evidence, call: more })).toThrow(RangeError);
    const { record } = evidence;
    for (const wrong of [{ transaction: 70_000 }, { operation: -1 }, { secret: Buffer.alloc(31) }]) {
      expect(() => encodeCallEvidence({ ...evidence, record: { ...record, ...wrong } })).toThrow(RangeError);
    }
  });
});
