/** A custodian takes its share of a key that a dealer made. */
import type { Bytes } from '../../../api/index.ts';
import { equalConstantTime } from '../../../crypto/compare.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { cheater, malformed, ThresholdAbort } from '../errors.ts';
import type { Handler, HandlerRequest, KeyCommon, Party } from '../party.ts';
import { boxOverheadBytes } from '../sealed-box.ts';
import { type Dealing, shareBoxPurpose, shareContext } from './dealing.ts';
import { toInteger } from './integers.ts';
import { type RsaKey, rsaKeyOf } from './key.ts';
import { rsaLimits } from './limits.ts';
import {
  readStatements,
  requireStatements,
  type Statements,
  statementPurposes,
  writeStatements,
} from './statements.ts';
import { encodeStoredShare, isCommittedShare, type ShareSlot, storedShareOf } from './stored-share.ts';

export const dealKind = 'rsa.deal';
export const lateDealKind = 'rsa.deal.late';

/** What is common, and this custodian's box. */
export function encodeDeal({ key, boxes }: Dealing, custodian: number): Bytes {
  return new MessageWriter()
    .field(key.common)
    .field(boxes[custodian - 1]!)
    .done();
}

/** The same for one that was away, with statements of those that checked the call. */
export function encodeLateDeal({ key, boxes }: Dealing, custodian: number, statements: Statements): Bytes {
  const writer = new MessageWriter().field(key.handle).field(Buffer.from(key.scheme)).field(key.common);
  return writeStatements(writer.field(boxes[custodian - 1]!), statements).done();
}

/** Answers with a statement that the share is right and on the disk. */
async function takeShare(party: Party, { task, body }: HandlerRequest): Promise<Bytes> {
  if (task?.kind !== 'create' && task?.kind !== 'import')
    throw new ThresholdAbort('refused', undefined, 'the task makes no key');
  const { common, box } = readMessage(body, undefined, (reader) => ({
    common: reader.field(rsaLimits.dealingBytesMax, 'what is common'),
    box: reader.field(rsaLimits.dealingBytesMax, 'the share'),
  }));
  const { handle, scheme } = task;
  const key = keyOf({ handle, scheme, generation: 0, common }, party);
  // An imported key says so, and one that was made here does.
  if (key.origin !== (task.kind === 'create' ? 'dealer' : 'imported'))
    malformed(undefined, 'a key of another origin');
  await store(party, key, box);
  return party.identity.sign(statementPurposes.dealt, key.digest);
}

async function takeLateShare(party: Party, { body }: HandlerRequest): Promise<Bytes> {
  const { common, box, statements } = readMessage(body, undefined, (reader) => {
    const handle = reader.field(16, 'the handle');
    const scheme = Buffer.from(reader.field(32, 'the scheme')).toString();
    const read = reader.field(rsaLimits.dealingBytesMax, 'what is common');
    return {
      common: { handle, scheme, generation: 0, common: read } satisfies KeyCommon,
      box: reader.field(rsaLimits.dealingBytesMax, 'the share'),
      statements: readStatements(reader),
    };
  });
  const key = keyOf(common, party);
  const { identity, committee } = party;
  requireStatements(identity, statementPurposes.dealt, key.digest, statements, committee.threshold + 1);
  await store(party, key, box);
  return new Uint8Array(0);
}

/** @throws ThresholdAbort `malformed` */
function keyOf(common: KeyCommon, { committee }: Party): RsaKey {
  let key: RsaKey;
  try {
    key = rsaKeyOf(common);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ThresholdAbort('malformed', undefined, error.message, { cause: error });
  }
  if (key.custodians !== committee.members.length || key.threshold !== committee.threshold)
    malformed(undefined, 'a key for another committee');
  return key;
}

async function store(party: Party, key: RsaKey, box: Uint8Array): Promise<void> {
  const kept = await party.keys.get(key.handle);
  if (kept !== undefined) {
    const { key: known } = storedShareOf(kept).current;
    if (equalConstantTime(known.digest, key.digest)) return;
    throw new ThresholdAbort('refused', undefined, 'there is another key with this handle');
  }
  if (box.length !== key.shareBytes + boxOverheadBytes) malformed(undefined, 'a share of another length');
  const opened = party.identity.openBox(shareBoxPurpose, shareContext(key, party.me), box);
  const slot: ShareSlot = { key, share: toInteger(opened) };
  opened.fill(0);
  if (!isCommittedShare(slot, party.me)) malformed(undefined, 'a share that is not what was committed to');
  await party.keys.put(encodeStoredShare({ current: slot }));
}

/** @throws ThresholdAbort `cheater` */
export function checkDealtStatement(
  verify: (from: number, purpose: string, message: Uint8Array, signature: Uint8Array) => boolean,
  from: number,
  key: RsaKey,
  signature: Bytes,
): Bytes {
  if (!verify(from, statementPurposes.dealt, key.digest, signature))
    cheater(from, 'it did not sign that it has its share');
  return signature;
}

export const dealHandlers: readonly Handler[] = [
  { kind: dealKind, access: 'task', bodyBytesMax: rsaLimits.dealingBytesMax, handle: takeShare },
  { kind: lateDealKind, access: 'free', bodyBytesMax: rsaLimits.dealingBytesMax, handle: takeLateShare },
];
