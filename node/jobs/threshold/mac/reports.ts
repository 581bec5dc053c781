/** What a custodian says of a computation that failed: an answer and no error, since it is about another custodian. */
import { MpcAbort } from '../../mpc/errors.ts';
import type { MessageReader, MessageWriter } from '../codec.ts';
import { malformed } from '../errors.ts';
import { roles } from './circuits.ts';
import { macLimits } from './limits.ts';
import type { Triple } from './pieces.ts';

export interface Report {
  /** `cheater`: a check failed. `absent`: it does not answer, or is not there. */
  readonly about: 'cheater' | 'absent' | 'unknown';
  /** Index of the custodian that is meant. */
  readonly custodian: number | undefined;
  readonly detail: string;
}

const abouts = ['unknown', 'absent', 'cheater'] as const;

/** First byte of answers. */
const done = 0;
const failed = 1;

/** Of what the error says only what names the fault: an answer holds no secret. */
export function reportOf({ reason, party, message }: MpcAbort, triple: Triple): Report {
  const role = (roles as readonly (string | undefined)[]).indexOf(party);
  const custodian = role < 0 ? undefined : triple[role];
  const about =
    reason === 'cheating' || reason === 'malformed'
      ? 'cheater'
      : reason === 'disconnected' || reason === 'timeout'
        ? 'absent'
        : 'unknown';
  return { about, custodian, detail: message.slice(0, macLimits.detailCharsMax) };
}

/** Runs what may fail as a computation. @returns what to answer */
export async function answered(
  triple: Triple,
  writer: MessageWriter,
  compute: () => Promise<(writer: MessageWriter) => void>,
): Promise<Uint8Array> {
  try {
    const write = await compute();
    write(writer.u8(done));
  } catch (error) {
    if (!(error instanceof MpcAbort)) throw error;
    const { about, custodian, detail } = reportOf(error, triple);
    writer
      .u8(failed)
      .u8(abouts.indexOf(about))
      .u8(custodian ?? 0)
      .field(Buffer.from(detail));
  }
  return writer.done();
}

/** @returns what `read` makes of the answer, or the report. @throws ThresholdAbort, ProofRefused in `readMessage` */
export function readAnswered<Value>(
  reader: MessageReader,
  triple: Triple,
  read: () => Value,
): Value | Report {
  const kind = reader.u8('kind of answer');
  if (kind === done) return read();
  const about = abouts[reader.u8('what failed')];
  const custodian = reader.u8('custodian');
  if (kind !== failed || about === undefined || (custodian !== 0 && !triple.includes(custodian)))
    malformed(undefined, 'an answer of another form');
  const detail = Buffer.from(reader.field(4 * macLimits.detailCharsMax, 'detail')).toString();
  return { about, custodian: custodian === 0 ? undefined : custodian, detail };
}

export function isReport(answer: object): answer is Report {
  return 'about' in answer;
}
