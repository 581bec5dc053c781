/** The schemes of threshold RSA, and what follows from one of them and the size of the committee. */
import { thresholdLimits } from '../limits.ts';
import { rsaLimits } from './limits.ts';

export const rsaModulusBits: Readonly<Record<string, number>> = {
  'rsa-2048': 2048,
  'rsa-3072': 3072,
  'rsa-4096': 4096,
};

/** @throws RangeError */
export function modulusBitsOf(scheme: string): number {
  const bits = Object.hasOwn(rsaModulusBits, scheme) ? rsaModulusBits[scheme] : undefined;
  if (bits === undefined) throw new RangeError(`${scheme} is no scheme of RSA`);
  return bits;
}

/** Delta: n!, which every Lagrange coefficient at places 1..n times makes an integer. */
export function deltaOf(custodians: number): bigint {
  if (!(custodians >= 1 && custodians <= thresholdLimits.custodiansMax)) throw new RangeError('custodians');
  let product = 1n;
  for (let factor = 2n; factor <= custodians; factor += 1n) product *= factor;
  return product;
}

/** Random coefficients have so many bits: see integer-sharing.ts. */
export function coefficientBits(modulusBits: number, custodians: number, threshold: number): number {
  return modulusBits + deltaOf(custodians).toString(2).length + threshold + rsaLimits.statisticalBits;
}

/** A share, also one that was refreshed often, has at most so many bytes. */
export function shareBytes(modulusBits: number, custodians: number, threshold: number): number {
  const places = custodians.toString(2).length * threshold;
  const terms = (threshold + 1).toString(2).length;
  const bits = coefficientBits(modulusBits, custodians, threshold) + places + terms + rsaLimits.refreshBits;
  return Math.ceil(bits / 8);
}
