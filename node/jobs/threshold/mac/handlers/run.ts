/** `mac.run`: a MAC, computed with two other custodians. Answer: the MAC and this custodian's word for it. */
import type { Bytes } from '../../../../api/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { malformed, ThresholdAbort } from '../../errors.ts';
import type { Handler, Party } from '../../party.ts';
import { computeMac, contextOf } from '../compute.ts';
import { macLimits } from '../limits.ts';
import { meetingsOf } from '../meetings.ts';
import { checkMacCommittee, decodeShare, type Generation, sharesOf } from '../pieces.ts';
import { answered } from '../reports.ts';
import { innerBlocks } from '../schedule.ts';
import { type MacScheme, macSchemeOf } from '../schemes.ts';
import { readCall } from './call.ts';

export const macPurpose = 'mac.output';

export const runHandler: Handler = {
  kind: 'mac.run',
  access: 'task',
  bodyBytesMax: 256,
  async handle(party, { body, task }) {
    checkMacCommittee(party.committee);
    if (task?.kind !== 'mac') malformed(undefined, 'a MAC needs a task that asks for it');
    const { handle, message } = task;
    if (message.length > macLimits.messageBytesMax) malformed(undefined, 'the message is too long');
    const { call, generation } = readMessage(body, undefined, (reader) => ({
      call: readCall(reader, party),
      generation: reader.u32('generation'),
    }));
    const { scheme, key } = await generationOf(party, handle, generation);
    const context = contextOf('run', handle, key.common, message);
    const blocks = innerBlocks(scheme.hash, message.length);
    const shares = sharesOf(key, call.triple, party.me);
    return answered(call.triple, new MessageWriter(), async () => {
      const mac = await meetingsOf(party).use(call.session, call.triple, blocks, (seat) =>
        computeMac(seat, scheme, shares, message, context),
      );
      const signature = party.identity.sign(macPurpose, macStatement(handle, message, mac));
      return (writer) => writer.field(mac).field(signature);
    });
  },
};

/** What a custodian signs with a MAC. */
export function macStatement(handle: Bytes, message: Bytes, mac: Bytes): Buffer {
  return contextOf('output', handle, message, mac);
}

/** @throws ThresholdAbort `unknown-key`; `stale` for another generation than those that it has */
async function generationOf(
  { keys, me }: Party,
  handle: Bytes,
  generation: number,
): Promise<{ readonly scheme: MacScheme; readonly key: Generation }> {
  const share = await keys.get(handle);
  if (share === undefined || !share.scheme.startsWith('hmac-'))
    throw new ThresholdAbort('unknown-key', undefined, 'there is no such key for MACs');
  const key = decodeShare(share, me).find((each) => each?.generation === generation);
  if (key === undefined) throw new ThresholdAbort('stale', undefined, 'its share is of another generation');
  return { scheme: macSchemeOf(share.scheme), key };
}
