/** All that a custodian keeps on its disk. The directory belongs to one custodian of one committee: it says so, sealed. */
import type { KeyObject } from 'node:crypto';
import type { Bytes, ControlStore } from '../../../../api/index.ts';
import type { RandomSource } from '../../../../crypto/random.ts';
import type { KeyValueStore } from '../../../../store/kv.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import type { KeyShares } from '../../party.ts';
import { type Letter, mailboxIdBytes } from '../format/control.ts';
import { StoredShares } from './key-shares.ts';
import { NamedValues } from './named-values.ts';
import { StoredPrssKeys } from './prss-keys.ts';
import { type EraseKey, SealedStore, space } from './sealed-store.ts';

export interface CustodianStore {
  readonly shares: KeyShares;
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
  constructor() {
    super('the directory belongs to a custodian of another index or committee');
    this.name = 'ForeignDirectory';
  }
}

const ownerName = 'custodian/owner';
const mailboxName = 'custodian/mailbox';

/**
 * @param owner names custodian and committee
 * @throws NodeError `corrupt` for another key's store; ForeignDirectory
 */
export async function openCustodianStore(owner: Bytes, modules: StoreModules): Promise<CustodianStore> {
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

async function claim(values: NamedValues, owner: Bytes): Promise<void> {
  const known = await values.get(ownerName);
  if (known === undefined) await values.put([[ownerName, owner]]);
  else if (Buffer.compare(known, owner) !== 0) throw new ForeignDirectory();
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
