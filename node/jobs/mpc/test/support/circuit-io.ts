/** Inputs and outputs of circuits as bytes and numbers. */
import { bitsOfBytes, bitsOfNumber, bytesOfBits, numberOfBits } from '../../circuit/bits.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { evaluate } from '../../circuit/evaluate.ts';

/** @returns the first output in hexadecimal */
export function hexOf(circuit: Circuit, ...inputs: readonly Uint8Array[]): string {
  return bytesOfBits(
    evaluate(
      circuit,
      inputs.map((bytes) => bitsOfBytes(bytes)),
    )[0]!,
  ).toString('hex');
}

/** @param inputs numbers, negative ones as two's complement @returns outputs by name, not negative */
export function numbersOf(circuit: Circuit, inputs: readonly bigint[]): Record<string, bigint> {
  const outputs = evaluate(
    circuit,
    inputs.map((value, i) => bitsOfNumber(value, circuit.inputs[i]!.bits)),
  );
  return Object.fromEntries(circuit.outputs.map(({ name }, i) => [name, numberOfBits(outputs[i]!)]));
}

/** Numbers one after the other, the first in the lowest bits. */
export function packed(values: readonly bigint[], bits: number): bigint {
  return values.reduceRight((all, value) => (all << BigInt(bits)) | BigInt.asUintN(bits, value), 0n);
}

/** AND gates and AND depth. */
export function costOf({ ands, layers }: Circuit): string {
  return `${ands} / ${layers.filter(({ andFrom, end }) => end > andFrom).length}`;
}
