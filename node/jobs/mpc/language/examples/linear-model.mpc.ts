/**
 * A linear model on fixed-point numbers: the owner of the model has weights, the client has features; the client alone learns the
 * score and whether it is above the threshold. Numbers have 16 bits after the point: 1.5 is 98,304.
 */
import { type FixedArray, i32, i64, type u4 } from 'hypergate:mpc';

const features = 8;
const fractionBits = 16;
const half = 1 << (fractionBits - 1);

type Vector = FixedArray<i32, typeof features>;

/** Rounded to nearest once, at the end. The sum has 64 bits, so that nothing overflows before. */
function dot(a: Vector, b: Vector): i32 {
  let sum: i64 = half;
  for (let i = 0; i < features; i++) {
    sum += i64(a[i]) * i64(b[i]);
  }
  return i32(sum >> fractionBits);
}

export default function main(
  owner: { weights: Vector; bias: i32; threshold: i32 },
  client: { features: Vector; scale: u4 },
) {
  const score = dot(owner.weights, client.features) + owner.bias;
  return { client: { score: score >> client.scale, isAbove: score > owner.threshold } };
}
