/** To whom a custodian's directory belongs, as its store keeps it: index (1) ‖ committee (format/committee.ts). */
import type { Bytes, TaggedKey } from '../../../api/index.ts';
import { readMessage } from '../codec.ts';
import type { Committee, Member } from '../committee.ts';
import { ThresholdAbort } from '../errors.ts';
import { encodeCommittee } from './format/committee.ts';
import type { Owner } from './store/custodian-store.ts';
import { replacedIn } from './succession.ts';

/**
 * @param own keys from its keystore
 * @param committees the first, and all that came from it, checked
 * @throws RangeError when it is no member of the last
 */
export function ownerOf(own: Member, committees: readonly Committee[], coordinator: TaggedKey): Owner {
  const last = committees.at(-1)!;
  if (!isMember(own, last)) {
    const epoch = replacedIn(committees, own);
    throw new RangeError(
      epoch === undefined
        ? 'the committee has another member in its place'
        : `it was replaced in epoch ${epoch}: this directory is of no use any more, erase it`,
    );
  }
  const names = committees.map((committee) => nameOf(own.index, committee, coordinator));
  return {
    name: names.at(-1)!,
    before: names.slice(0, -1),
    isNewcomer: !isMember(own, committees[0]!),
    whyForeign: (known) => whyForeign(known, last),
  };
}

function isMember({ index, key, sealingKey }: Member, { members }: Committee): boolean {
  const member = members[index - 1];
  return (
    member !== undefined &&
    Buffer.compare(member.key, key) === 0 &&
    Buffer.compare(member.sealingKey, sealingKey) === 0
  );
}

function nameOf(index: number, committee: Committee, coordinator: TaggedKey): Bytes {
  return Buffer.concat([Buffer.of(index), encodeCommittee(committee, coordinator)]);
}

/** In words, where the epoch tells something. */
function whyForeign(known: Bytes, { epoch }: Committee): string | undefined {
  const other = epochOf(known);
  if (other === undefined || other === epoch) return undefined;
  if (other > epoch)
    return `the committee document is of epoch ${epoch}, and this custodian follows epoch ${other}: put the newer document back`;
  return `the committee of epoch ${epoch} did not come from the one of epoch ${other} that this custodian follows`;
}

function epochOf(known: Bytes): number | undefined {
  try {
    return readMessage(known, undefined, (reader) => {
      // Index and version come first.
      reader.bytes(2, 'the head');
      const epoch = reader.u32('the epoch');
      reader.bytes(reader.left, 'the rest');
      return epoch;
    });
  } catch (error) {
    if (error instanceof ThresholdAbort) return undefined;
    throw error;
  }
}
