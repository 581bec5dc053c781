/**
 * All that a custodian keeps on its disk. The directory belongs to one custodian of one committee: it says so, sealed. It follows that
 * committee to those that came from it, and never goes back.
 */
import type { KeyObject } from 'node:crypto';
import type { Bytes, ControlStore } from '../../../../api/index.ts';
import type { RandomSource } from '../../../../crypto/random.ts';
import type { KeyValueStore } from '../../../../store/kv.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { type Letter, mailboxIdBytes } from '../format/control.ts';
import { StoredShares } from './key-shares.ts';
import { NamedValues } from './named-values.ts';
import { StoredPrssKeys } from './prss-keys.ts';
import { type EraseKey, SealedStore, space } from './sealed-store.ts';

export interface CustodianStore {
  readonly shares: StoredShares;
  /** Of the authority alone. */
  readonly control: ControlStore;
  /** Of protocols: each takes names that begin with its own. */
  readonly values: ControlStore;
  readonly prss: StoredPrssKeys;
  readonly mailbox: MailboxState;
}

/** Which letters a custodian has: a letter is handled once, also when its acknowledgement was lost. */
export interface MailboxState {
  has(letter: Letter): boolean;
  note(letter: Letter): Promise<void>;
}

export interface StoreModules {
  readonly store: KeyValueStore;
  readonly key: KeyObject;
  readonly random: RandomSource;
  /** Without it what was removed stays, sealed, until the store drops it by itself. */
  readonly erase?: EraseKey;
}

/** What a custodian is to work with is another one's. */
export class ForeignDirectory extends Error {
  constructor(why = 'the directory belongs to a custodian of another index or committee') {
    super(why);
    this.name = 'ForeignDirectory';
  }
}

const ownerName = 'custodian/owner';
/** It came in the place of another one, and never caught up yet. */
const newcomerName = 'custodian/newcomer';
const mailboxName = 'custodian/mailbox';
const isTrue = Uint8Array.of(1);

/** Names a custodian and its committee. */
export interface Owner {
  readonly name: Bytes;
  /** The same custodian in the committees that this one came from; what belongs to one of them belongs to this one from now on. */
  readonly before?: readonly Bytes[];
  /** Whether it is in the place of another one, which had taken in control calls that it does not know. */
  readonly isNewcomer?: boolean;
  /** Why what belongs to this one is not its own, in words. */
  readonly whyForeign?: (known: Bytes) => string | undefined;
}

/** @throws NodeError `corrupt` for another key's store; ForeignDirectory */
export async function openCustodianStore(owner: Owner, modules: StoreModules): Promise<CustodianStore> {
  const erase = modules.erase ?? (async () => undefined);
  const sealed = new SealedStore(modules.store, modules.key, modules.random, erase);
  const values = new NamedValues(sealed, space.value);
  await claim(values, owner);
  return {
    shares: new StoredShares(sealed),
    control: new NamedValues(sealed, space.control),
    values,
    prss: new StoredPrssKeys(sealed),
    mailbox: await openMailboxState(values),
  };
}

/** To whom a store belongs; undefined when it is new. @throws NodeError `corrupt` */
export function readOwner({ store, key, random }: Omit<StoreModules, 'erase'>): Promise<Bytes | undefined> {
  const sealed = new SealedStore(store, key, random, async () => undefined);
  return new NamedValues(sealed, space.value).get(ownerName);
}

/** @throws ForeignDirectory unless what belongs to `known` may be taken up by the owner */
export function checkOwner(known: Bytes, { name, before = [], whyForeign }: Owner): void {
  if (![name, ...before].some((one) => Buffer.compare(known, one) === 0))
    throw new ForeignDirectory(whyForeign?.(known));
}

async function claim(values: NamedValues, owner: Owner): Promise<void> {
  const known = await values.get(ownerName);
  if (known !== undefined) checkOwner(known, owner);
  if (known !== undefined && Buffer.compare(known, owner.name) === 0) return;
  const isNew = known === undefined && owner.isNewcomer === true;
  await values.put([[ownerName, owner.name], ...(isNew ? [[newcomerName, isTrue] as const] : [])]);
}

/** Of one that came in the place of another: whether it has never caught up yet. */
export async function isNewcomer(values: ControlStore): Promise<boolean> {
  return (await values.get(newcomerName)) !== undefined;
}

export async function settleNewcomer(values: ControlStore): Promise<void> {
  if (await isNewcomer(values)) await values.put([[newcomerName, undefined]]);
}

async function openMailboxState(values: NamedValues): Promise<MailboxState> {
  const bytes = await values.get(mailboxName);
  let last = bytes === undefined ? undefined : readPosition(bytes);
  return {
    has: ({ mailbox, number }) =>
      last !== undefined && Buffer.compare(last.mailbox, mailbox) === 0 && number <= last.number,
    async note({ mailbox, number }) {
      await values.put([[mailboxName, new MessageWriter().bytes(mailbox).u64(number).done()]]);
      last = { mailbox, number };
    },
  };
}

function readPosition(bytes: Bytes): Pick<Letter, 'mailbox' | 'number'> {
  return readMessage(bytes, undefined, (reader) => ({
    mailbox: reader.bytes(mailboxIdBytes, 'the mailbox'),
    number: reader.u64('the number of the last letter'),
  }));
}
