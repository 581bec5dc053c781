/** What a proof of this service is about, as a text: `mpc://circuits/COMMITMENT` or `mpc://computations/ID`. Runs in browsers. */
import { hex, ProofRefused } from '@hypergate/node/verifier';

export interface MpcSubject {
  readonly kind: 'circuit' | 'computation';
  /** Commitment of the circuit (tagged, 33 bytes) or id of the computation (32 bytes). */
  readonly name: Uint8Array;
}

const folders = { circuit: 'circuits', computation: 'computations' } as const;

export function subjectText({ kind, name }: MpcSubject): string {
  return `mpc://${folders[kind]}/${hex(name)}`;
}

/** @throws ProofRefused unless it is exactly what `subjectText` makes */
export function parseSubject(text: string): MpcSubject {
  const found = /^mpc:\/\/(?:circuits\/(01[0-9a-f]{64})|computations\/([0-9a-f]{64}))$/.exec(text);
  if (found === null) {
    throw new ProofRefused(
      'the subject is not of the form mpc://circuits/COMMITMENT or mpc://computations/ID, with 66 or 64 hex digits',
    );
  }
  const [, commitment, id] = found;
  if (commitment !== undefined) return { kind: 'circuit', name: bytesOf(commitment) };
  return { kind: 'computation', name: bytesOf(id!) };
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}
