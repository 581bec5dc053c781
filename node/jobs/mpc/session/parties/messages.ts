/** What a program and a party that runs in a thread or process of its own say to each other. Structured clones; nobody else hears it. */
import type { MessagePort } from 'node:worker_threads';
import type { Circuit } from '../../circuit/circuit.ts';
import { type AbortReason, CircuitError, MpcAbort } from '../../errors.ts';
import type { SecurityDemand, SessionDescription } from '../description.ts';
import { asAbort } from '../errors.ts';
import type { RunCall, RunResult } from '../session.ts';

/** How the party reaches another one. */
export type Way =
  /** Threads only. */
  | { readonly kind: 'port'; readonly port: MessagePort }
  /** Processes only: a socket that it was started with. */
  | { readonly kind: 'descriptor'; readonly descriptor: number }
  | { readonly kind: 'dial'; readonly host: string; readonly port: number }
  /** All ways of this kind share one listener, where the first says; port 0 lets the system choose. */
  | { readonly kind: 'listen'; readonly host: string; readonly port: number };

export interface PartyStart {
  readonly description: SessionDescription;
  readonly me: string;
  /** Of the party's identity, 32 secret bytes. */
  readonly seed: Uint8Array;
  /** By name of the other party. */
  readonly ways: Readonly<Record<string, Way>>;
  readonly demand?: SecurityDemand;
  readonly idleMs?: number;
  readonly meetMs?: number;
  readonly totalMs?: number;
}

export type ToParty =
  | { readonly type: 'start'; readonly start: PartyStart }
  | {
      readonly type: 'run';
      readonly circuit: Circuit;
      readonly inputs: readonly (Uint8Array | undefined)[];
      readonly call: RunCall;
    }
  | { readonly type: 'close' };

export type FromParty =
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | { readonly type: 'opened'; readonly sessionId: Uint8Array; readonly agreement: Uint8Array }
  | { readonly type: 'result'; readonly result: RunResult }
  /** Of the opening, or of the run that was asked for last. */
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'closed' };

export type Failure =
  | {
      readonly type: 'abort';
      readonly reason: AbortReason;
      readonly party: string | undefined;
      readonly detail: string;
    }
  | { readonly type: 'circuit' | 'range'; readonly message: string };

export function failureOf(error: unknown): Failure {
  if (error instanceof CircuitError) return { type: 'circuit', message: error.message };
  if (error instanceof RangeError) return { type: 'range', message: error.message };
  const { reason, party, message } = asAbort(error);
  // The name of the party stands before the detail.
  const detail = party === undefined ? message : message.slice(party.length + 2);
  return { type: 'abort', reason, party, detail };
}

export function errorOf(failure: Failure): Error {
  if (failure.type === 'abort') return new MpcAbort(failure.reason, failure.party, failure.detail);
  const { type, message } = failure;
  return type === 'circuit' ? new CircuitError(message) : new RangeError(message);
}

/** A copy without foreign memory: a Buffer may be a view of much more, all of which a structured clone would copy. */
export function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}

/** The same of all that a run gave. */
export function ownResult({ run, outputs, transcriptHash, receipt }: RunResult): RunResult {
  const { statement, signatures } = receipt;
  return {
    run,
    outputs: outputs.map((bits) => bits && ownBytes(bits)),
    transcriptHash: ownBytes(transcriptHash),
    receipt: {
      statement: {
        ...statement,
        circuit: ownBytes(statement.circuit),
        parties: statement.parties.map(({ name, key }) => ({ name, key: ownBytes(key) })),
        sessionId: ownBytes(statement.sessionId),
        transcriptHash: ownBytes(statement.transcriptHash),
      },
      signatures: signatures.map(ownBytes),
    },
  };
}

export function ownDescription(description: SessionDescription): SessionDescription {
  return {
    ...description,
    parties: description.parties.map(({ name, key }) => ({ name, key: ownBytes(key) })),
    runs: description.runs.map(({ circuit, times }) => ({ circuit: ownBytes(circuit), times })),
  };
}
