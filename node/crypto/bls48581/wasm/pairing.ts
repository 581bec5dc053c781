/** Products of pairings with prepared second arguments. */
import { type Curve, curveSizes, type G1, type PreparedG2 } from '../curve.ts';
import { encodeField, g1Bytes, isNull, putG1, putG2 } from './elements.ts';
import type { KernelInstance } from './instance.ts';
import { kernelLimits } from './limits.ts';
import { fieldBytes, seed } from './numbers.ts';

const loopBits = [...seed.toString(2)].slice(1);
/** One line per doubling and one per addition, two elements of Fp8 each. */
const lineCount = loopBits.length + loopBits.filter((bit) => bit === '1').length;
const preparedBytes = lineCount * 16 * fieldBytes;
const fp48Coordinates = 48;
const fp48Bytes = fp48Coordinates * fieldBytes;

/** Lines are bytes outside the kernel: any instance can use them, and they go when nobody holds them. */
class Lines {
  readonly #bytes: Uint8Array | undefined;

  constructor(bytes: Uint8Array | undefined) {
    this.#bytes = bytes;
  }

  /** undefined for the identity. */
  static of(prepared: PreparedG2): Uint8Array | undefined {
    const candidate: unknown = prepared;
    if (!(candidate instanceof Lines)) throw new RangeError('not prepared by this implementation');
    return candidate.#bytes;
  }
}

type Pairs = readonly { readonly g1: G1; readonly g2: PreparedG2 }[];
export type CurvePairing = Pick<Curve, 'prepareG2' | 'pairingProductIsOne' | 'pairingProduct'>;

export function curvePairing(kernel: KernelInstance): CurvePairing {
  return {
    prepareG2(point) {
      kernel.begin();
      const address = putG2(kernel, point);
      if (isNull(point)) return new Lines(undefined) as unknown as PreparedG2;
      const lines = kernel.take(preparedBytes);
      kernel.call.pairingPrepare(lines, address);
      return new Lines(kernel.get(lines, preparedBytes)) as unknown as PreparedG2;
    },
    pairingProductIsOne: (pairs) => kernel.call.pairingIsOne(product(kernel, pairs)) === 1,
    pairingProduct(pairs) {
      const value = product(kernel, pairs);
      const encoded = new Uint8Array(fp48Coordinates * curveSizes.field);
      for (let index = 0; index < fp48Coordinates; index++) {
        const coordinate = value + (fp48Coordinates - 1 - index) * fieldBytes;
        encoded.set(encodeField(kernel, coordinate), index * curveSizes.field);
      }
      return encoded;
    },
  };
}

/** Address of the product's value. */
function product(kernel: KernelInstance, pairs: Pairs): number {
  kernel.begin();
  const counted = pairs.flatMap(({ g1, g2 }) => {
    const lines = Lines.of(g2);
    if (lines !== undefined && !isNull(g1)) return [{ g1, lines }];
    // Also what does not count must be an element.
    putG1(kernel, g1);
    return [];
  });
  kernel.begin();
  const atOnce = Math.max(1, Math.min(counted.length, kernelLimits.millerPairsMax));
  const [value, part] = [kernel.take(fp48Bytes), kernel.take(fp48Bytes)];
  const points = kernel.take(atOnce * g1Bytes);
  const lines = kernel.take(atOnce * preparedBytes);
  // Without pairs the loop gives one.
  kernel.call.pairingMiller(value, 0, points, lines);
  for (let start = 0; start < counted.length; start += atOnce) {
    const group = counted.slice(start, start + atOnce);
    group.forEach((pair, index) => {
      const point = putG1(kernel, pair.g1, points + index * g1Bytes);
      kernel.call.pairingPrepareG1(point, point);
      kernel.put(pair.lines, lines + index * preparedBytes);
    });
    const into = start === 0 ? value : part;
    kernel.call.pairingMiller(into, group.length, points, lines);
    if (start > 0) kernel.call.pairingMultiply(value, value, part);
  }
  kernel.call.pairingPower(value, value);
  return value;
}
