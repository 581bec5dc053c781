/** What a scheme of keys offers to the coordinator: one row each, in schemes.ts. */
import type { Bytes, KeyScheme, KeyTask } from '../../api/index.ts';
import type { Committee } from './committee.ts';
import type { AuthorisedTask, Custodians, KeyCommon } from './party.ts';

export interface SchemeRow {
  readonly scheme: KeyScheme;
  /** The task that uses such a key. */
  readonly use: KeyTask['kind'];
  /** How many custodians a use takes: with fewer that are ready it is not begun. */
  readonly needs: (committee: Committee) => number;
  /** Makes the key named in the task, with at least n - t custodians. @throws ThresholdAbort */
  create(custodians: Custodians, authorised: AuthorisedTask, signal?: AbortSignal): Promise<KeyCommon>;
  /** Shares key material. @throws ThresholdAbort; RangeError when it is no key of the scheme */
  import(
    custodians: Custodians,
    authorised: AuthorisedTask,
    material: Bytes,
    signal?: AbortSignal,
  ): Promise<KeyCommon>;
  /** @throws ThresholdAbort; RangeError for a task that is none of the key's */
  perform(
    custodians: Custodians,
    key: KeyCommon,
    authorised: AuthorisedTask,
    signal?: AbortSignal,
  ): Promise<Bytes>;
  /** New shares of the same key; old ones go with none of the new. @throws ThresholdAbort */
  refresh(custodians: Custodians, key: KeyCommon, signal?: AbortSignal): Promise<KeyCommon>;
  /**
   * Gives shares to custodians that have none: they were away too long, or lost theirs.
   * @throws ThresholdAbort
   */
  recover(
    custodians: Custodians,
    key: KeyCommon,
    lacking: readonly number[],
    signal?: AbortSignal,
  ): Promise<void>;
  /** Makes ready what a first use would wait for. @throws ThresholdAbort */
  prepare?(custodians: Custodians): Promise<void>;
  /** How much of that is ready. */
  prepared?(custodians: Custodians): number;
  /**
   * Elements as the group encodes them, an RSA modulus and exponent as SubjectPublicKeyInfo in DER; empty for secret keys.
   */
  publicKey(key: KeyCommon): Bytes;
}

/** t + 1 shares make the whole. */
export const sharesOfOne = ({ threshold }: Committee): number => threshold + 1;

/** Where two shared numbers are multiplied: the product's polynomial is of twice the degree. */
export const sharesOfProduct = ({ threshold }: Committee): number => 2 * threshold + 1;
