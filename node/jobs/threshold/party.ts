/**
 * What a threshold protocol is made of. At a custodian: handlers, from a request to a reply, over what the custodian keeps. At the
 * gateway: a coordinator function that asks custodians and puts their answers together. The coordinator passes on what
 * custodians tell each other, and is trusted with nothing: what it must not read is sealed, what it must not change is signed.
 */
import type { Bytes, CallEvidence, KeyTask } from '../../api/index.ts';
import type { RandomSource } from '../../crypto/random.ts';
import type { Committee } from './committee.ts';
import type { Links } from './mac/links.ts';
import type { OpenRounds } from './open-rounds.ts';
import type { PrssKeys } from './prss/keys.ts';

/** What a custodian keeps of one key. */
export interface KeyShare {
  /** 16 bytes, random: names the key, or one version of a key that is rotated. */
  readonly handle: Bytes;
  readonly scheme: string;
  /** Counts refreshes of the share, from 0 on. Only shares of the same generation go together. */
  readonly generation: number;
  /** What all custodians have alike and anybody may know: public key, commitments. In the protocol's encoding. */
  readonly common: Bytes;
  /** Secret, in the protocol's encoding. */
  readonly secret: Bytes;
}

export interface KeyShares {
  /** The same object as long as it did not change: protocols may remember what they read from it. */
  get(handle: Bytes): Promise<KeyShare | undefined>;
  /** On the disk when it resolves. Replaces what was there. */
  put(share: KeyShare): Promise<void>;
  /** Erased from the disk when it resolves. */
  remove(handle: Bytes): Promise<void>;
  /** Whether the key was erased here, so that no share of it is taken in. */
  isBuried?(handle: Bytes): Promise<boolean>;
  /** What there is, in the order of handles, after one of them: at most so many. */
  list?(after: Bytes | undefined, max: number): Promise<readonly ListedShare[]>;
}

export type ListedShare = Pick<KeyShare, 'handle' | 'scheme'>;

/** Statements that a custodian signs, and secrets between two of them. `purpose` separates the uses. */
export interface PartyIdentity {
  sign(purpose: string, message: Uint8Array): Uint8Array;
  /** @returns whether custodian `from` signed it */
  verify(from: number, purpose: string, message: Uint8Array, signature: Uint8Array): boolean;
  /** For custodian `to` alone; the context is authenticated and not sent. */
  seal(to: number, purpose: string, context: Uint8Array, plain: Uint8Array): Uint8Array;
  /** @throws ThresholdAbort `cheater`, which names `from` */
  open(from: number, purpose: string, context: Uint8Array, sealed: Uint8Array): Uint8Array;
  /** What somebody who is no custodian sealed to this one (sealed-box.ts). @throws ThresholdAbort `malformed` */
  openBox(purpose: string, context: Uint8Array, box: Uint8Array): Uint8Array;
}

/** A custodian, as protocols see it. */
export interface Party {
  /** Index in the committee. */
  readonly me: number;
  readonly committee: Committee;
  readonly identity: PartyIdentity;
  readonly random: RandomSource;
  readonly keys: KeyShares;
  /** State between two rounds: in memory alone, used once, forgotten with the process. */
  readonly rounds: OpenRounds;
  /** Keys of pseudo-random sharing; protocols that need them refuse without. */
  readonly prss?: PrssKeys;
  /** Ways to other custodians, for protocols that compute over them. */
  readonly links?: Links;
}

export interface HandlerRequest {
  /** In the handler's encoding. */
  readonly body: Bytes;
  /** Of handlers with access `task`: what the custodian itself found to be allowed. Nothing else may be computed. */
  readonly task?: KeyTask;
}

export interface Handler {
  /** `frost.sign` */
  readonly kind: string;
  /**
   * `task`: key material is used, so the request has to bring a task and the evidence that it was asked for, which the custodian
   * checked. `free`: nothing of a key is used or given away, such as nonces to come.
   */
  readonly access: 'task' | 'free';
  readonly bodyBytesMax: number;
  /** @throws ThresholdAbort */
  handle(party: Party, request: HandlerRequest): Promise<Bytes>;
}

export interface AuthorisedTask {
  readonly task: KeyTask;
  readonly evidence: CallEvidence;
}

export interface AskOptions {
  readonly authorised?: AuthorisedTask;
  readonly signal?: AbortSignal;
}

/** What anybody may know of a key; the same at all custodians. */
export interface KeyCommon {
  readonly handle: Bytes;
  readonly scheme: string;
  readonly generation: number;
  /** As in `KeyShare`. */
  readonly common: Bytes;
}

/** The custodians, as a coordinator sees them. */
export interface Custodians {
  readonly committee: Committee;
  readonly random: RandomSource;
  /** Those that seem to answer, best first; those that were accused are not among them. */
  available(): readonly number[];
  /** @throws ThresholdAbort: `unavailable` when it does not answer, or what it answered with, always with its index */
  ask(custodian: number, kind: string, body: Bytes, options?: AskOptions): Promise<Bytes>;
  /**
   * As `ask` without caring for the answer; a custodian that does not answer gets the message when it is back. Resolves when the message
   * is with it or on the coordinator's disk. Only for handlers with access `free`: evidence grows old.
   */
  deliver(custodian: number, kind: string, body: Bytes): Promise<void>;
  /** It was caught. It is reported, and not asked again until somebody has looked at it. */
  accuse(custodian: number, why: string): void;
  /** @returns whether custodian `from` signed it */
  verify(from: number, purpose: string, message: Uint8Array, signature: Uint8Array): boolean;
}
