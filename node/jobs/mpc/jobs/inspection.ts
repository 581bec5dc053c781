/** What is said of a circuit to who keeps a record of it. */
import type { CircuitInspection } from '../../../api/index.ts';
import { jobLimits } from '../../limits.ts';
import { JobRefused } from '../../messages.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { circuitCommitment } from '../circuit/encode.ts';

/** @throws JobRefused when there is too much to say */
export function inspectionOf(circuit: Circuit): CircuitInspection {
  const { inputs, outputs, ands, kinds, layers } = circuit;
  const ports = inputs.length + outputs.length;
  if (ports > jobLimits.circuitPortsMax) {
    throw new JobRefused(
      `a circuit of ${ports} inputs and outputs is too large for a record: at most ${jobLimits.circuitPortsMax}`,
    );
  }
  return {
    commitment: Buffer.from(circuitCommitment(circuit)).toString('hex'),
    inputs: inputs.map(({ party, name, bits }) => ({ party, name, bits })),
    outputs: outputs.map(({ name, to, wires }) => ({ name, to, bits: wires.length })),
    ands,
    gates: kinds.length,
    layers: layers.filter(({ andFrom, end }) => end > andFrom).length,
  };
}
