/** `mpc.inspect`: whether bytes are the canonical encoding of a circuit, and of which. */
import { JobRefused } from '../../messages.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { decodeCircuit } from '../circuit/encode.ts';
import { CircuitError } from '../errors.ts';
import { inspectionOf } from './inspection.ts';

export function run(encoding: Uint8Array): Uint8Array {
  return Buffer.from(JSON.stringify(inspectionOf(decoded(encoding))));
}

function decoded(encoding: Uint8Array): Circuit {
  try {
    return decodeCircuit(encoding);
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    throw new JobRefused(error.message, { cause: error });
  }
}
