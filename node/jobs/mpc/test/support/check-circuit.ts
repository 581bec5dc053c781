/** What every circuit promises by its type: order of gates, layers, ranges, counts. */
import { expect } from 'vitest';
import { type Circuit, gateKind } from '../../circuit/circuit.ts';

export function checkCircuit(circuit: Circuit): void {
  const { kinds, left, right, inputs, inputBits, outputs, layers, wires } = circuit;
  expect(inputBits).toBe(inputs.reduce((sum, { bits }) => sum + bits, 0));
  expect([wires, left.length, right.length]).toEqual([inputBits + kinds.length, kinds.length, kinds.length]);
  const depth = new Uint32Array(wires);
  let next = 0;
  let ands = 0;
  for (const [index, { linearFrom, andFrom, end }] of layers.entries()) {
    expect(linearFrom).toBe(next);
    next = end;
    // Only the last layer may have no AND gates.
    expect(index === layers.length - 1 ? end > linearFrom : end > andFrom).toBe(true);
    for (let gate = linearFrom; gate < end; gate++) {
      const wire = inputBits + gate;
      const [a, b] = [left[gate]!, right[gate]!];
      const below = Math.max(depth[a]!, depth[b]!);
      const isAnd = kinds[gate] === gateKind.and;
      if (Math.max(a, b) >= wire || isAnd !== gate >= andFrom || below > index) {
        expect.fail(`gate ${gate} of layer ${index} is out of order`);
      }
      if (kinds[gate] === gateKind.not && a !== b) expect.fail(`gate ${gate} negates two wires`);
      depth[wire] = isAnd ? index + 1 : index;
      if (isAnd) ands++;
    }
  }
  expect(next).toBe(kinds.length);
  expect(ands).toBe(circuit.ands);
  for (const output of outputs) expect(output.wires.every((wire) => wire < wires)).toBe(true);
  const named = [...inputs.map(({ party }) => party), ...outputs.flatMap(({ to }) => to)];
  expect(circuit.parties).toEqual([...new Set(named)]);
}
