/**
 * Jobs that an embedded node runs (`NodePorts.job`), by kind:
 *
 *   mpc.inspect  canonical encoding of a circuit -> `CircuitInspection` as JSON in UTF-8
 *   mpc.compile  source in UTF-8 -> length (4) of a `CircuitCompilation` as JSON in UTF-8, that JSON, canonical encoding
 *   mpc.party-key  nothing -> tagged Ed25519 public key of the party that the node is
 *   mpc.party    length (4) of a `PartyJob` as JSON in UTF-8, that JSON, canonical encoding -> `PartyJobResult` as JSON in UTF-8
 *   mpc.all-parties  the same of an `AllPartiesJob` -> `AllPartiesJobResult`
 *
 * `malformed` says in its message what is wrong with what was sent.
 */

export interface CircuitInspection {
  /** Of the encoding (node/jobs/mpc/circuit/encode.ts): 66 hex digits with its tag. */
  readonly commitment: string;
  /** Bits in the order of the wires. */
  readonly inputs: readonly { readonly party: string; readonly name: string; readonly bits: number }[];
  readonly outputs: readonly {
    readonly name: string;
    /** Parties that learn it. */
    readonly to: readonly string[];
    readonly bits: number;
  }[];
  readonly ands: number;
  readonly gates: number;
  /** Those with AND gates: the depth. */
  readonly layers: number;
}

export interface CircuitCompilation {
  readonly inspection: CircuitInspection;
  /** Types of inputs and outputs in the source's language. */
  readonly interface: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
}

/** The node takes part in one computation, by its own key. */
export interface PartyJob {
  /** As all parties have it: node/jobs/mpc/session/document.ts. */
  readonly session: unknown;
  /** Which of the parties the node is. */
  readonly as: string;
  /** Of the source's language, as `CircuitCompilation` has it; without it inputs and outputs are numbers, or bytes in hex digits. */
  readonly interface?: Readonly<Record<string, unknown>>;
  /** Private, by name. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Until the others have to be there, and until it has to be over. */
  readonly meetMs: number;
  readonly totalMs: number;
}

export type PartyJobResult =
  | {
      /** Private, by name: what the node learned. */
      readonly outputs: Readonly<Record<string, unknown>>;
      /** What all parties signed: node/verifier/computation-file.ts. */
      readonly computation: unknown;
    }
  | JobEnd;

/** Nothing was computed. */
export interface JobEnd {
  /** Why, in one sentence. */
  readonly failed: string;
  /** `cannot-listen`, or how the session ended: node/jobs/mpc/errors.ts. */
  readonly reason: string;
  /** Who ended it, where that is known. */
  readonly party?: string;
}

/** The node is all parties of one computation, each in a process of its own by a key of its own, which is forgotten. */
export interface AllPartiesJob extends Pick<PartyJob, 'interface' | 'totalMs'> {
  readonly level: string;
  /** Inputs are keys. */
  readonly keys: boolean;
  /** Private: by party, by name. */
  readonly inputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export type AllPartiesJobResult =
  | {
      /** Private: by party, by name. */
      readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      readonly computation: unknown;
    }
  | JobEnd;
