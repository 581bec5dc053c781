/**
 * `mac.hand-over`: a custodian seals the pieces of a key that another member should have to that member, and says that it holds them.
 * Needs no task: pieces go to a member that is entitled to them, and to nobody else.
 */
import { type MessageReader, MessageWriter, readMessage } from '../../codec.ts';
import { malformed, ThresholdAbort } from '../../errors.ts';
import type { Handler } from '../../party.ts';
import { checkMacCommittee, decodeShare, othersThan } from '../pieces.ts';
import { readSignature, statementOf } from '../statements.ts';
import { handleBytes } from './call.ts';
import { sealPieces } from './keep.ts';

const commonBytesMax = 256;
const sealedBytesMax = 1024;

export const handOverHandler: Handler = {
  kind: 'mac.hand-over',
  access: 'free',
  bodyBytesMax: 32,
  async handle(party, { body }) {
    checkMacCommittee(party.committee);
    const { handle, generation, to } = readMessage(body, undefined, (reader) => ({
      handle: reader.bytes(handleBytes, 'handle'),
      generation: reader.u32('generation'),
      to: reader.u8('custodian'),
    }));
    if (!othersThan(party.me).includes(to)) malformed(undefined, 'pieces go to another member');
    const share = await party.keys.get(handle);
    if (share === undefined || !share.scheme.startsWith('hmac-'))
      throw new ThresholdAbort('unknown-key', undefined, 'there is no such key for MACs');
    const [current] = decodeShare(share, party.me);
    if (current.generation !== generation)
      throw new ThresholdAbort('stale', undefined, 'its share is of another generation');
    const key = { handle, scheme: share.scheme, generation, common: current.common };
    const signature = party.identity.sign('mac.held', statementOf(key));
    const sealed = sealPieces(party, key, to, current.openings);
    return new MessageWriter().field(current.common).field(signature).field(sealed).done();
  },
};

export interface HandOver {
  readonly common: Uint8Array;
  readonly signature: Uint8Array;
  readonly sealed: Uint8Array;
}

export function readHandOver(reader: MessageReader): HandOver {
  return {
    common: reader.field(commonBytesMax, 'public part'),
    signature: readSignature(reader),
    sealed: reader.field(sealedBytesMax, 'sealed pieces'),
  };
}
