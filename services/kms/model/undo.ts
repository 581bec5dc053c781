/**
 * Format v1 of what a control call changes, as it was before it: kept in the journal while custodians may refuse the call. The gateway's
 * own, never shown to custodians.
 */
import type { Change } from '../engine/control/call.ts';
import type { KeyRecord } from '../engine/key-record.ts';
import { type RowReader, RowWriter, readAll } from './fields.ts';
import { decodeAlias, decodeGrant, decodeKey, encodeAlias, encodeGrant, encodeKey } from './records.ts';

/** A change that takes another back; a key that was not there before it goes. */
export type Inverse =
  | Exclude<Change, { readonly kind: 'key' }>
  | { readonly kind: 'key'; readonly keyId: string; readonly key: KeyRecord | undefined };

/** Order is stored. */
const kinds = ['key', 'alias', 'grant', 'no-grants'] as const;

export function encodeUndo(changes: readonly Inverse[]): Uint8Array {
  const to = new RowWriter();
  const record = (bytes: Uint8Array) => to.u32(bytes.length).bytes(bytes);
  to.list(changes, (change) => {
    to.member(kinds, change.kind);
    switch (change.kind) {
      case 'key':
        to.string(change.keyId).maybe(change.key, (key) => record(encodeKey(key)));
        break;
      case 'alias':
        to.string(change.account).string(change.name);
        to.maybe(change.alias, (alias) => record(encodeAlias(alias)));
        break;
      case 'grant':
        to.string(change.keyId).string(change.grantId);
        to.maybe(change.grant, (grant) => record(encodeGrant(grant)));
        break;
      case 'no-grants':
        to.string(change.keyId);
    }
  });
  return to.done();
}

/** @throws ProofRefused */
export const decodeUndo = (bytes: Uint8Array): readonly Inverse[] =>
  readAll(bytes, (from) => from.list('the changes', () => readInverse(from)));

function readInverse(from: RowReader): Inverse {
  const record = <Value>(what: string, decode: (bytes: Uint8Array) => Value) =>
    from.maybe(what, () => decode(from.bytes(from.u32(what), what)));
  const kind = from.member(kinds, 'the kind of a change');
  switch (kind) {
    case 'key':
      return { kind, keyId: from.string('the key id'), key: record('the key', decodeKey) };
    case 'alias':
      return {
        kind,
        account: from.string('the account'),
        name: from.string('the name'),
        alias: record('the alias', decodeAlias),
      };
    case 'grant':
      return {
        kind,
        keyId: from.string('the key id'),
        grantId: from.string('the grant id'),
        grant: record('the grant', decodeGrant),
      };
    case 'no-grants':
      return { kind, keyId: from.string('the key id') };
  }
}
