/** `mpc.compile`: from a source to the circuit, and how its bits are values. */
import type { CircuitCompilation } from '../../../api/index.ts';
import { jobLimits } from '../../limits.ts';
import { JobRefused } from '../../messages.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { encodeCircuit } from '../circuit/encode.ts';
import { CircuitError } from '../errors.ts';
import { type CompiledProgram, CompileError, compile } from '../language/index.ts';
import { inspectionOf } from './inspection.ts';

/** Of a gate: its kind and what it reads. */
const gateBytes = 9;

export function run(source: Uint8Array): Uint8Array {
  const { circuit, warnings, interface: types } = compiled(textOf(source));
  checkSize(circuit);
  const facts: CircuitCompilation = {
    inspection: inspectionOf(circuit),
    interface: { ...types },
    warnings: warnings.map(({ line, column, text }) => `${line}:${column}: ${text}`),
  };
  const head = Buffer.from(JSON.stringify(facts));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, encodeCircuit(circuit)]);
}

function textOf(source: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(source);
  } catch (error) {
    throw new JobRefused('the source is not UTF-8', { cause: error });
  }
}

function compiled(source: string): CompiledProgram {
  try {
    return compile(source);
  } catch (error) {
    if (!(error instanceof CompileError || error instanceof CircuitError)) throw error;
    throw new JobRefused(error.message, { cause: error });
  }
}

/** Before the bytes are made. */
function checkSize({ kinds }: Circuit): void {
  if (kinds.length * gateBytes > jobLimits.circuitBytesMax) {
    throw new JobRefused(`the circuit of the source has ${kinds.length} gates, too many to be recorded`);
  }
}
