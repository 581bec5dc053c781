/**
 * Keys that never exist in one place: custodians hold shares of them and use them together (node/jobs/threshold). What is asked of
 * custodians is a task, and with it comes the evidence that somebody who may ask for it did: they check it themselves.
 */
import type { Bytes, CommitCertificate, SignedBatch } from './types.ts';

export const keySchemes = [
  'dprf-ristretto255',
  'frost-ed25519',
  'ecdsa-secp256k1',
  'ecdsa-p256',
  'ecdsa-p384',
  'ecdsa-p521',
  'ecdh-p256',
  'ecdh-p384',
  'ecdh-p521',
  'rsa-2048',
  'rsa-3072',
  'rsa-4096',
  'hmac-sha-224',
  'hmac-sha-256',
  'hmac-sha-384',
  'hmac-sha-512',
] as const;

export type KeyScheme = (typeof keySchemes)[number];

/** `handle`: 16 random bytes that name a key, or one version of a key that is rotated. */
export type KeyTask =
  /** Makes a key. */
  | { readonly kind: 'create'; readonly handle: Bytes; readonly scheme: KeyScheme }
  /** Shares key material that the gateway has for a moment: `KeyMaterial` goes with it. */
  | { readonly kind: 'import'; readonly handle: Bytes; readonly scheme: KeyScheme }
  /** `dprf-*`: the pseudo-random function's element at this input. */
  | { readonly kind: 'evaluate'; readonly handle: Bytes; readonly input: Bytes }
  /**
   * `frost-ed25519`: of the message, or with `prehashed` Ed25519ph of its SHA-512 digest; R ‖ S, 64 bytes.
   * `ecdsa-*`: of a digest, as it is; r ‖ s, each as long as the order.
   */
  | { readonly kind: 'sign'; readonly handle: Bytes; readonly message: Bytes; readonly prehashed?: boolean }
  /** `rsa-*`: value^d mod N, as long as N. Padding is the caller's. */
  | { readonly kind: 'power'; readonly handle: Bytes; readonly value: Bytes }
  /** `ecdh-*`: the x coordinate of the secret times this point, uncompressed. */
  | { readonly kind: 'agree'; readonly handle: Bytes; readonly point: Bytes }
  /** `hmac-*`. */
  | { readonly kind: 'mac'; readonly handle: Bytes; readonly message: Bytes }
  /** All shares are erased. */
  | { readonly kind: 'erase'; readonly handle: Bytes };

/**
 * That a record stands in the log: the certificate of its position, the batch of that position, where in it the record is, and the key
 * that opens this record and no other.
 */
export interface RecordEvidence {
  readonly certificate: CommitCertificate;
  readonly batch: SignedBatch;
  /** Index of the transaction in the batch, and of the operation in the transaction. */
  readonly transaction: number;
  readonly operation: number;
  /** One-time key of the sealed record (node/crypto/disclosure). */
  readonly secret: Bytes;
}

export interface CallEvidence {
  /** The call's audit record. */
  readonly record: RecordEvidence;
  /** The call as its caller signed it, in the encoding of the service it was made to. */
  readonly call: Bytes;
}

export interface KeyTaskResult {
  /** What the task gives; empty for `erase`. Of `create` and `import` the public key where there is one: see `publicKeyOf` of the scheme. */
  readonly output: Bytes;
}

export interface CustodianStatus {
  /** From 1 on. */
  readonly index: number;
  readonly state: 'ready' | 'catching-up' | 'unreachable' | 'accused';
  /** What it was accused of, or why it does not answer. */
  readonly reason?: string;
}

export interface CustodyStatus {
  /** Of n custodians any `threshold` may be faulty. */
  readonly threshold: number;
  readonly epoch: number;
  readonly custodians: readonly CustodianStatus[];
}

export type CustodyReason =
  /** Too few custodians answer; nothing is wrong with the call. */
  | 'unavailable'
  /** Custodians find that the call does not allow the task. */
  | 'refused'
  | 'unknown-key'
  /** The task's parameters are none of the key's scheme. */
  | 'invalid';

export class CustodyError extends Error {
  readonly reason: CustodyReason;
  constructor(reason: CustodyReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CustodyError';
    this.reason = reason;
  }
}

export interface CustodyPort {
  /**
   * @param material with `import` alone: the key in the encoding of its scheme; overwritten when it has been shared
   * @throws CustodyError
   */
  perform(
    task: KeyTask,
    evidence: CallEvidence,
    options?: { readonly material?: Bytes; readonly signal?: AbortSignal },
  ): Promise<KeyTaskResult>;
  /**
   * Tells custodians of a call that changes what they check other calls against (key states, policies, grants). Resolves when
   * all that answer, and at least n - t of them, have it on their disks.
   * @throws CustodyError `refused` when n - t of them refuse it, so that no more than t have taken it in
   */
  inform(evidence: CallEvidence, signal?: AbortSignal): Promise<void>;
  /** All that are ready erase what their authorities say is due (`Authority.dueForErasure`); others do when they have caught up. */
  eraseDue(): Promise<void>;
  status(): Promise<CustodyStatus>;
}

/** A call whose audit record a custodian found certified and opened. */
export interface AuditedCall {
  /** Of the record: no other record of this log has it. See `Revision`. */
  readonly revision: number;
  readonly domain: Bytes;
  readonly slot: Bytes;
  /** The record's payload in the clear: version and row, as its table wrote them. */
  readonly record: Bytes;
  readonly call: Bytes;
}

/** Control calls are numbered from 1 on; `hash` is over all of them up to this one. */
export interface ControlHead {
  readonly sequence: number;
  /** 32 bytes. */
  readonly hash: Bytes;
}

/** What calls are checked against, at one custodian: who may do what with which key. Made by the service whose calls they are. */
export interface Authority {
  /**
   * Checks caller's signature, time, key state, policies and grants, and that the task is what the call asks for.
   * @throws CustodyError `refused`
   */
  authorise(audited: AuditedCall, task: KeyTask): Promise<void>;
  /**
   * Takes in a call that changes what others are checked against; the same call again does nothing. On the disk when it resolves.
   * @throws CustodyError `refused`; `unavailable` when calls before it are missing
   */
  apply(audited: AuditedCall): Promise<ControlHead>;
  head(): Promise<ControlHead>;
  /** Names of what changed after this number, at most so many, oldest change first. */
  changedSince(
    sequence: number,
    max: number,
  ): Promise<readonly { readonly subject: string; readonly sequence: number }[]>;
  /** All that is known of one subject, canonical: the same bytes at all custodians that have taken in the same calls. */
  snapshot(subject: string): Promise<Bytes | undefined>;
  /** Takes over what enough other custodians have: subjects, then the head. Never goes back. */
  adopt(
    subjects: readonly { readonly subject: string; readonly sequence: number; readonly snapshot: Bytes }[],
    head: ControlHead | undefined,
  ): Promise<void>;
  /** Handles whose time is over: the custodian erases them, and says so with `erased`. */
  dueForErasure(): Promise<readonly Bytes[]>;
  erased(handles: readonly Bytes[]): Promise<void>;
}

/** Small durable values of an authority, in the custodian's encrypted store. */
export interface ControlStore {
  get(name: string): Promise<Bytes | undefined>;
  /** All or none, on the disk when it resolves; undefined removes. */
  put(entries: readonly (readonly [name: string, value: Bytes | undefined])[]): Promise<void>;
  /** In the order of names, those that begin with the prefix and come after `after`. */
  list(
    prefix: string,
    max: number,
    after?: string,
  ): Promise<readonly (readonly [name: string, value: Bytes])[]>;
}
