/** What the jobs of parties have in common: a head in JSON before the circuit, and who is told what when it fails. */
import type { JobEnd } from '../../../api/index.ts';
import { jobLimits } from '../../limits.ts';
import { JobRefused } from '../../messages.ts';
import type { Circuit } from '../circuit/circuit.ts';
import { decodeCircuit } from '../circuit/encode.ts';
import { CircuitError, MpcAbort } from '../errors.ts';
import {
  checkInterface,
  InterfaceError,
  type ProgramInterface,
  parseInterface,
  plainInterface,
  ValueError,
} from '../language/index.ts';
import { CannotListen } from '../run-party.ts';

export interface ReadTask<Head> {
  readonly head: Head;
  readonly circuit: Circuit;
  readonly schema: ProgramInterface;
}

/** @throws JobRefused, CircuitError, InterfaceError */
export function readTask<Head extends { readonly interface?: unknown }>(payload: Uint8Array): ReadTask<Head> {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const end = bytes.length < 4 ? 0 : 4 + bytes.readUInt32BE(0);
  if (end === 0 || end > bytes.length) throw new JobRefused('the job is not whole');
  const head = JSON.parse(bytes.toString('utf8', 4, end)) as Head;
  const circuit = decodeCircuit(bytes.subarray(end));
  const schema = head.interface === undefined ? plainInterface(circuit) : parseInterface(head.interface);
  checkInterface(schema, circuit);
  return { head, circuit, schema };
}

/** @throws JobRefused */
export function timeOf(ms: number): number {
  if (ms >= 1 && ms <= jobLimits.partyMsMax) return ms;
  throw new JobRefused(`a limit of ${ms} ms is out of range`);
}

/** @throws JobRefused for what the caller gave; the error itself when it is ours */
export function endOf(error: unknown): JobEnd {
  if (error instanceof MpcAbort) {
    const { reason, party, message } = error;
    const failed = `nothing was computed (${reason}): ${message}`;
    return { failed, reason, ...(party === undefined ? {} : { party }) };
  }
  if (error instanceof CannotListen) return { failed: error.message, reason: 'cannot-listen' };
  const isCallers =
    error instanceof CircuitError ||
    error instanceof RangeError ||
    error instanceof ValueError ||
    error instanceof InterfaceError;
  if (!isCallers) throw error;
  throw new JobRefused(error.message, { cause: error });
}
