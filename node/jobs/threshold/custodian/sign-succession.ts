/**
 * A custodian agrees that another one is replaced, while it does not serve: by its own keystore, and only if the committee is the one that
 * it follows. It can tell that one member changes and nothing else; that the new keys are those that the operator wants it cannot.
 */
import type { KeyObject } from 'node:crypto';
import type { RandomSource } from '../../../crypto/random.ts';
import type { KeyValueStore } from '../../../store/kv.ts';
import type { Member } from '../committee.ts';
import { memberOf, openIdentity } from '../identity.ts';
import { ownerOf } from './owner.ts';
import { custodianSecrets } from './secrets.ts';
import { checkOwner, readOwner } from './store/custodian-store.ts';
import {
  committeesOf,
  followingOf,
  type Succession,
  type SuccessionSignature,
  successionPurpose,
  successionStatement,
} from './succession.ts';

export interface SuccessionRequest {
  /** Index of who signs. */
  readonly me: number;
  /** To the committee that is now. */
  readonly succession: Succession;
  /** Whose place it is, and the new keys. */
  readonly member: Member;
}

export interface SigningModules {
  /** Undefined when it has kept nothing yet. */
  readonly store: KeyValueStore | undefined;
  /** Root of its keystore. */
  readonly root: KeyObject;
  readonly random: RandomSource;
}

/** @throws RangeError; ForeignDirectory; NodeError `corrupt` */
export async function signSuccession(
  { me, succession, member }: SuccessionRequest,
  { store, root, random }: SigningModules,
): Promise<SuccessionSignature> {
  if (member.index === me) throw new RangeError('a custodian does not sign who comes in its own place');
  const { coordinator } = succession;
  const committees = committeesOf(succession);
  const { seeds, storeKey } = custodianSecrets(root);
  const owner = ownerOf(memberOf(me, seeds), committees, coordinator);
  const known = store === undefined ? undefined : await readOwner({ store, key: storeKey, random });
  if (known !== undefined) checkOwner(known, owner);
  const from = committees.at(-1)!;
  const statement = successionStatement(from, followingOf(committees, member), coordinator);
  const identity = openIdentity(me, seeds, from, random);
  return { custodian: me, signature: identity.sign(successionPurpose, statement) };
}
