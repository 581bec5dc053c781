/** From the changes of a control call, or snapshots of others, to entries of the store. */
import type { Bytes } from '@hypergate/node/api';
import type { Change } from '../engine/control/call.ts';
import type { AliasRecord, GrantRecord, KeyRecord } from '../engine/key-record.ts';
import { type ControlState, type Entry, erasureName, handleName } from './state.ts';
import {
  aliasesSubject,
  buckets,
  checkSnapshot,
  encodeAliases,
  encodeGrants,
  encodeKeySubject,
  grantsSubject,
  keySubject,
} from './subjects.ts';

/** Several changes of one call may meet in one subject, so they are gathered first. */
export async function entriesOfChanges(
  state: ControlState,
  changes: readonly Change[],
  sequence: number,
): Promise<readonly Entry[]> {
  const grants = new Map<string, GrantRecord[]>();
  const aliases = new Map<string, AliasRecord[]>();
  const entries: Entry[] = [];
  for (const change of changes) {
    switch (change.kind) {
      case 'key':
        entries.push(...(await entriesOfKey(state, change.key, sequence)));
        break;
      case 'grant': {
        const { keyId, grantId, grant } = change;
        const bucket = grantId.slice(0, 2);
        const subject = grantsSubject(keyId, bucket);
        const all = grants.get(subject) ?? [...(await state.grantsIn(keyId, bucket))];
        const others = all.filter((one) => one.grantId !== grantId);
        grants.set(subject, grant === undefined ? others : [...others, grant]);
        break;
      }
      case 'no-grants':
        for (const bucket of buckets)
          if ((await state.grantsIn(change.keyId, bucket)).length > 0)
            grants.set(grantsSubject(change.keyId, bucket), []);
        break;
      case 'alias': {
        const { account, name, alias } = change;
        const subject = aliasesSubject(account, name);
        const all = aliases.get(subject) ?? [...(await state.aliasesBeside(account, name))];
        const others = all.filter((one) => one.name !== name);
        aliases.set(subject, alias === undefined ? others : [...others, alias]);
      }
    }
  }
  for (const [subject, all] of grants)
    entries.push(...(await state.subjectEntries(subject, sequence, encodeGrants(all))));
  for (const [subject, all] of aliases)
    entries.push(...(await state.subjectEntries(subject, sequence, encodeAliases(all))));
  return entries;
}

async function entriesOfKey(
  state: ControlState,
  key: KeyRecord,
  sequence: number,
): Promise<readonly Entry[]> {
  const before = await state.key(key.keyId);
  return [
    ...(await state.subjectEntries(keySubject(key.keyId), sequence, encodeKeySubject(key))),
    ...handleEntries(before, key),
  ];
}

/** Whose the handles are, for ever, and which have to go: of deleted keys, of material that was deleted or has expired. */
function handleEntries(before: KeyRecord | undefined, after: KeyRecord): readonly Entry[] {
  const entries: Entry[] = [];
  const owner = Buffer.from(after.keyId);
  const kept = new Set<string>();
  for (const { handle, imported } of after.versions) {
    entries.push([handleName(handle), owner]);
    if (after.state !== 'Deleted' && imported?.present !== false) kept.add(handle);
  }
  const known = [...(before?.versions ?? []), ...after.versions].map(({ handle }) => handle);
  for (const handle of new Set(known))
    entries.push([erasureName(handle), kept.has(handle) ? undefined : new Uint8Array(0)]);
  return entries;
}

export interface TakenSubject {
  readonly subject: string;
  readonly sequence: number;
  readonly snapshot: Bytes;
}

/**
 * A snapshot in place of what is there, unless that is as new.
 * @throws ProofRefused, RangeError when it is not one of the subject
 */
export async function entriesOfSnapshot(
  state: ControlState,
  { subject, sequence, snapshot }: TakenSubject,
): Promise<readonly Entry[]> {
  const key = checkSnapshot(subject, snapshot);
  const own = await state.snapshot(subject);
  if (own !== undefined && own.sequence >= sequence) return [];
  if (key !== undefined) return entriesOfKey(state, key, sequence);
  return state.subjectEntries(subject, sequence, snapshot);
}
