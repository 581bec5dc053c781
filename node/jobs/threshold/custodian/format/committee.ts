/**
 * A committee and its coordinator as bytes, version 1, and their hash, which both ends of every channel have to have alike.
 *
 * version (1) ‖ epoch (4) ‖ threshold (1) ‖ coordinator's key (33) ‖ members: count (2), each index (1) ‖ key (33) ‖ sealing key (32)
 */
import { createHash } from 'node:crypto';
import { type Bytes, Tag, type TaggedHash, type TaggedKey } from '../../../../api/index.ts';
import { MessageWriter } from '../../codec.ts';
import type { Committee } from '../../committee.ts';
import { checkCommittee } from '../../committee.ts';

const version = 1;
const label = 'hypergate/custody/committee/v1\0';
const keyBytes = 1 + 32;
const sealingKeyBytes = 32;

/** @throws RangeError for a committee that is none */
export function encodeCommittee(committee: Committee, coordinator: TaggedKey): Bytes {
  checkCommittee(committee);
  const keys = [coordinator, ...committee.members.map(({ key }) => key)];
  const areKeys = keys.every((key) => key.length === keyBytes && key[0] === Tag.ed25519PublicKey);
  if (!areKeys || committee.members.some(({ sealingKey }) => sealingKey.length !== sealingKeyBytes))
    throw new RangeError('keys of the committee');
  if (new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size !== keys.length)
    throw new RangeError('two of the committee have one key');
  const writer = new MessageWriter().u8(version).u32(committee.epoch).u8(committee.threshold);
  return writer
    .bytes(coordinator)
    .list(committee.members, ({ index, key, sealingKey }) => {
      writer.u8(index).bytes(key).bytes(sealingKey);
    })
    .done();
}

export function committeeHash(committee: Committee, coordinator: TaggedKey): TaggedHash {
  const digest = createHash('sha256').update(label).update(encodeCommittee(committee, coordinator)).digest();
  return Buffer.concat([Buffer.of(Tag.sha256), digest]);
}
