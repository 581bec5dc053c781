/** Garbling and evaluation without anything around them: both sides in this thread, piece by piece as they would cross a wire. */
import { randomBytes } from 'node:crypto';
import type { Circuit } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { Evaluator } from '../garble/evaluator.ts';
import { Garbler } from '../garble/garbler.ts';
import { LabelMemory } from '../garble/label-memory.ts';
import { labelsOf, permuteBits, secretsFromSeed } from '../garble/wires.ts';
import { type Cost, startCost } from './costs.ts';

export interface GarblingCost extends Cost {
  readonly ands: number;
  /** Of the wall time. */
  readonly garbleMs: number;
  readonly evaluateMs: number;
}

/**
 * @returns what garbles and evaluates once, under new secrets
 * @throws Error from it when an output is wrong
 */
export function garblingOf(circuit: Circuit): () => GarblingCost {
  const bits = randomBytes(circuit.inputBits).map((byte) => byte & 1);
  let at = 0;
  const inputs = circuit.inputs.map((input) => bits.subarray(at, (at += input.bits)));
  const expected = evaluate(circuit, inputs);
  // As runs of one session have it.
  const [left, right] = [new LabelMemory(), new LabelMemory()];
  return () => {
    const secrets = secretsFromSeed(randomBytes(16), circuit.inputBits);
    const key = randomBytes(16);
    const labels = labelsOf(secrets.inputLabels, bits, secrets.delta);
    const cost = startCost();
    let last = performance.now();
    const lap = (): number => {
      const now = performance.now();
      const ms = now - last;
      last = now;
      return ms;
    };
    const garbler = new Garbler(circuit, secrets, key, left);
    const tables = garbler.tables();
    let [garbleMs, evaluateMs] = [lap(), 0];
    const evaluator = new Evaluator(circuit, labels, key, right);
    evaluateMs += lap();
    for (let piece = tables.next(); !piece.done; piece = tables.next()) {
      garbleMs += lap();
      evaluator.push(piece.value);
      evaluateMs += lap();
    }
    const total = cost();
    for (const [index, { wires }] of circuit.outputs.entries()) {
      const flips = permuteBits(garbler.zeroLabels, wires);
      const values = permuteBits(evaluator.labels, wires).map((bit, i) => bit ^ flips[i]!);
      if (Buffer.compare(values, expected[index]!) !== 0) throw new Error('a garbling gave a wrong output');
    }
    return { ...total, ands: circuit.ands, garbleMs, evaluateMs };
  };
}
