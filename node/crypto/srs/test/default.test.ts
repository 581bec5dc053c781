/** The string that comes with the project. */
import { readFileSync } from 'node:fs';
import { bytesToHex } from '@noble/curves/utils.js';
import { expect, test } from 'vitest';
import { testCurve } from '../../bls48581/test/test-curve.ts';
import { createKzg, createKzgVerifier } from '../../kzg/index.ts';
import { generateDefaultSrs } from '../default/generate.ts';
import { defaultSrs, defaultVerifierKey } from '../default/index.ts';
import { checkSrs, openVerifierKey, srsHash, verifierKeyOf } from '../index.ts';

const curve = testCurve;
const text = (name: string) => readFileSync(new URL(`../default/gen/${name}`, import.meta.url), 'utf8');

test('it is what its transcript makes, and every contribution in that is proven', async () => {
  const made = await generateDefaultSrs();
  expect(text('srs-64.ts')).toBe(made.srs);
  expect(text('verifier-key.ts')).toBe(made.verifierKey);
});

test('its parts belong together', () => {
  const srs = defaultSrs(curve);
  expect(checkSrs(curve, srs)).toEqual([]);
  expect(verifierKeyOf(curve, srs)).toEqual(defaultVerifierKey);
  expect(bytesToHex(srsHash(curve, srs))).toBe(defaultVerifierKey.srsHash);
});

test("a verifier with the key alone checks a prover's openings", () => {
  const kzg = createKzg(curve, defaultSrs(curve), { width: 64 });
  const verifier = createKzgVerifier(curve, openVerifierKey(curve, defaultVerifierKey), { width: 64 });
  const values = Array.from({ length: 64 }, (_, index) => new Uint8Array(64).fill(index));
  const claim = { commitment: kzg.encode(kzg.commit(values)), index: 63, value: values[63]! };
  expect(verifier.verify(claim, kzg.encode(kzg.open(values, 63)))).toBeUndefined();
  expect(verifier.verify(claim, kzg.encode(kzg.open(values, 62)))?.code).toBe('equation');
});
