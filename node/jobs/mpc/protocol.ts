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

/** Parties that will compute together, over channels that authenticate them. */
export interface ProtocolSetup {
  /** Parties by role: garbler and evaluator, or two garblers and the evaluator. All parties have the same list. */
  readonly roles: readonly string[];
  /** This party. */
  readonly me: string;
  /** By name of the other party. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly random: RandomSource;
  /** 32 bytes that all parties share and that no other setup has. Public. */
  readonly sessionId: Uint8Array;
}

export interface ProtocolRun {
  /** The same for all parties: whoever calls has seen to it. */
  readonly circuit: Circuit;
  /** Bits by input of the circuit; undefined for those of others. */
  readonly inputs: readonly (Uint8Array | undefined)[];
  /** 32 bytes that all parties share and that no other run has. Public. */
  readonly runId: Uint8Array;
}

/** Bits by output of the circuit; undefined for those that go to others. */
export type ProtocolOutputs = readonly (Uint8Array | undefined)[];

/** Parties that did what is needed once, such as base oblivious transfers. Runs follow each other; after one failed none is taken. */
export interface OpenProtocol {
  /**
   * Resolves when every check has passed; nothing of an output leaves it before.
   * @throws MpcAbort
   */
  run(run: ProtocolRun): Promise<ProtocolOutputs>;
}

/** @throws MpcAbort, and `CircuitError` for roles that do not fit the level */
export type Protocol = (setup: ProtocolSetup) => Promise<OpenProtocol>;
