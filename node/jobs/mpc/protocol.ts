/** A protocol: parties with private inputs evaluate a circuit over channels. One file or folder implements one level. */
import type { Channel, RandomSource } from './channel.ts';
import type { Circuit } from './circuit/circuit.ts';

/**
 * What a party that leaves the protocol can do, at most:
 * - `semi-honest`: anything; nothing is promised against it;
 * - `malicious`: end the computation, which the other party notices (two parties);
 * - `three-party`: the same, for one of three parties that do not work together;
 * - `one-bit-leakage`: the same, and learn one bit about the other's input of its choice (two parties). Never for keys.
 */
export type SecurityLevel = 'semi-honest' | 'malicious' | 'three-party' | 'one-bit-leakage';

export interface ProtocolRun {
  readonly circuit: Circuit;
  /** Parties by role: garbler and evaluator, or two garblers and the evaluator. All parties have the same list. */
  readonly roles: readonly string[];
  /** This party. */
  readonly me: string;
  /** By name of the other party. */
  readonly channels: ReadonlyMap<string, Channel>;
  /** Bits by input of the circuit; undefined for those of others. */
  readonly inputs: readonly (Uint8Array | undefined)[];
  readonly random: RandomSource;
  /** 32 bytes that all parties share and that no other run has. Public. */
  readonly runId: Uint8Array;
}

/** Bits by output of the circuit; undefined for those that go to others. */
export type ProtocolOutputs = readonly (Uint8Array | undefined)[];

/**
 * Resolves when every check has passed; nothing of an output leaves it before.
 * @throws MpcAbort
 */
export type Protocol = (run: ProtocolRun) => Promise<ProtocolOutputs>;
