/** The head of requests for which three custodians compute: which session, who has which role. */
import type { Bytes } from '../../../../api/index.ts';
import type { MessageReader, MessageWriter } from '../../codec.ts';
import { malformed, ThresholdAbort } from '../../errors.ts';
import type { Party } from '../../party.ts';
import { readTriple, type Triple } from '../pieces.ts';

export const sessionNameBytes = 16;
export const handleBytes = 16;

export interface Call {
  /** Names the session: 16 random bytes of the coordinator. */
  readonly session: Bytes;
  readonly triple: Triple;
}

export function writeCall(writer: MessageWriter, { session, triple }: Call): MessageWriter {
  writer.bytes(session);
  for (const index of triple) writer.u8(index);
  return writer;
}

/** @throws ThresholdAbort `malformed`, also when this party is not among the three */
export function readCall(reader: MessageReader, { me }: Party): Call {
  const call = { session: reader.bytes(sessionNameBytes, 'session'), triple: readTriple(reader) };
  if (!call.triple.includes(me)) malformed(undefined, `custodian ${me} has no part in this`);
  return call;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** @throws ThresholdAbort `refused`: a key that is there is not made again */
export async function refuseExisting({ keys }: Party, handle: Bytes): Promise<void> {
  if ((await keys.get(handle)) !== undefined)
    throw new ThresholdAbort('refused', undefined, 'there is a key of this handle');
}
