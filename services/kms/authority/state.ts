/**
 * What an authority keeps in the custodian's store:
 *
 *   head                      number (8) | hash (32) of the last control call
 *   before                    number (8) of the same call | hash (32) before it; absent or of another number when it was taken over
 *   s/<subject>               number of its last change (8) | snapshot
 *   c/<number>/<subject>      empty: order of changes, one entry per subject
 *   h/<handle>                key id: whose version this handle is, or was
 *   e/<handle>                empty: to be erased
 */
import type { Bytes, ControlHead, ControlStore } from '@hypergate/node/api';
import { granteeBucket } from '../engine/access/grants.ts';
import type { AliasRecord, GrantRecord, KeyRecord } from '../engine/key-record.ts';
import type { ControlView } from '../engine/view.ts';
import { decodeKey } from '../model/records.ts';
import {
  aliasesSubject,
  clockSubject,
  decodeAliases,
  decodeClock,
  decodeGrants,
  grantsSubject,
  keySubject,
} from './subjects.ts';

export type Entry = readonly [name: string, value: Bytes | undefined];

const empty = new Uint8Array(0);
const headName = 'head';
const beforeName = 'before';

export const handleName = (handle: string): string => `h/${handle}`;
export const erasureName = (handle: string): string => `e/${handle}`;
const subjectName = (subject: string): string => `s/${subject}`;
const number = (sequence: number): string => sequence.toString(16).padStart(16, '0');
const changeName = (sequence: number, subject: string): string => `c/${number(sequence)}/${subject}`;

export class ControlState implements ControlView {
  readonly #store: ControlStore;

  constructor(store: ControlStore) {
    this.#store = store;
  }

  async head(): Promise<ControlHead> {
    const bytes = await this.#store.get(headName);
    if (bytes === undefined) return { sequence: 0, hash: new Uint8Array(32) };
    return { sequence: sequenceOf(bytes), hash: bytes.slice(8) };
  }

  headEntry({ sequence, hash }: ControlHead): Entry {
    return [headName, stamped(sequence, hash)];
  }

  /** Beside the head: what its hash was made from. */
  beforeEntry(sequence: number, hash: Bytes): Entry {
    return [beforeName, stamped(sequence, hash)];
  }

  /** Undefined when the call of this number was taken over from others. */
  async hashBefore(sequence: number): Promise<Bytes | undefined> {
    const bytes = await this.#store.get(beforeName);
    return bytes === undefined || sequenceOf(bytes) !== sequence ? undefined : bytes.slice(8);
  }

  async snapshot(subject: string): Promise<{ readonly sequence: number; readonly value: Bytes } | undefined> {
    const bytes = await this.#store.get(subjectName(subject));
    return bytes === undefined ? undefined : { sequence: sequenceOf(bytes), value: bytes.slice(8) };
  }

  /** What stands in the store for a subject that changes, and in place of its last change. */
  async subjectEntries(subject: string, sequence: number, value: Bytes): Promise<readonly Entry[]> {
    const before = await this.snapshot(subject);
    const entries: Entry[] = [
      [subjectName(subject), stamped(sequence, value)],
      [changeName(sequence, subject), empty],
    ];
    if (before !== undefined && before.sequence !== sequence)
      entries.push([changeName(before.sequence, subject), undefined]);
    return entries;
  }

  async changedSince(
    sequence: number,
    max: number,
  ): Promise<readonly { readonly subject: string; readonly sequence: number }[]> {
    // `0` comes right after `/`: all changes of this number lie before.
    const found = await this.#store.list('c/', max, `c/${number(sequence)}0`);
    return found.map(([name]) => ({
      subject: name.slice(2 + 16 + 1),
      sequence: Number.parseInt(name.slice(2, 2 + 16), 16),
    }));
  }

  async dueForErasure(max: number): Promise<readonly string[]> {
    return (await this.#store.list('e/', max)).map(([name]) => name.slice(2));
  }

  async isDueForErasure(handle: string): Promise<boolean> {
    return (await this.#store.get(erasureName(handle))) !== undefined;
  }

  put(entries: readonly Entry[]): Promise<void> {
    return this.#store.put(entries);
  }

  /** Time of the last control call. */
  async clock(): Promise<number> {
    const found = await this.snapshot(clockSubject);
    return found === undefined ? 0 : decodeClock(found.value);
  }

  async key(keyId: string): Promise<KeyRecord | undefined> {
    const found = await this.snapshot(keySubject(keyId));
    return found === undefined ? undefined : decodeKey(found.value);
  }

  async alias(account: string, name: string): Promise<AliasRecord | undefined> {
    const all = await this.aliasesBeside(account, name);
    return all.find((alias) => alias.name === name);
  }

  /** All of the part in which this one stands, or would. */
  async aliasesBeside(account: string, name: string): Promise<readonly AliasRecord[]> {
    const found = await this.snapshot(aliasesSubject(account, name));
    return found === undefined ? [] : decodeAliases(found.value);
  }

  async grant(keyId: string, grantId: string): Promise<GrantRecord | undefined> {
    const all = await this.grantsIn(keyId, grantId.slice(0, 2));
    return all.find((grant) => grant.grantId === grantId);
  }

  async grantsOf(keyId: string, grantee: string): Promise<readonly GrantRecord[]> {
    const all = await this.grantsIn(keyId, granteeBucket(grantee));
    return all.filter((grant) => grant.granteePrincipal === grantee);
  }

  async grantsIn(keyId: string, bucket: string): Promise<readonly GrantRecord[]> {
    const found = await this.snapshot(grantsSubject(keyId, bucket));
    return found === undefined ? [] : decodeGrants(found.value);
  }

  async handleOwner(handle: string): Promise<string | undefined> {
    const bytes = await this.#store.get(handleName(handle));
    return bytes === undefined ? undefined : Buffer.from(bytes).toString();
  }
}

function stamped(sequence: number, value: Bytes): Bytes {
  const bytes = Buffer.alloc(8 + value.length);
  bytes.writeBigUInt64BE(BigInt(sequence));
  bytes.set(value, 8);
  return new Uint8Array(bytes);
}

function sequenceOf(bytes: Bytes): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, 8).readBigUInt64BE());
}
