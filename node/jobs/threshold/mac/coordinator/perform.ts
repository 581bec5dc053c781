/** A MAC: taken when t + 1 custodians computed the same and signed for it, so that an honest one did. */
import type { Bytes, KeyTask } from '../../../../api/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import type { AskOptions, AuthorisedTask, Custodians, KeyCommon } from '../../party.ts';
import { type Call, writeCall } from '../handlers/call.ts';
import { macPurpose, macStatement } from '../handlers/run.ts';
import { macLimits } from '../limits.ts';
import { isReport, type Report, readAnswered } from '../reports.ts';
import { macSchemeOf } from '../schemes.ts';
import { readSignature } from '../statements.ts';
import { accused, askTriple, overTriples } from './triples.ts';

interface MacAnswer {
  readonly mac: Uint8Array;
  readonly signature: Uint8Array;
}

type MacTask = Extract<KeyTask, { kind: 'mac' }>;

/** @throws ThresholdAbort; RangeError for another task, key or message that is too long */
export function performMac(
  custodians: Custodians,
  key: KeyCommon,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<Bytes> {
  const task = macTask(authorised.task, key);
  const options: AskOptions = signal === undefined ? { authorised } : { authorised, signal };
  const attempt = (call: Call): Promise<Bytes> =>
    askTriple(
      call.triple,
      async (custodian) => {
        const body = writeCall(new MessageWriter(), call).u32(key.generation).done();
        const reply = await custodians.ask(custodian, 'mac.run', body, options);
        return readReply(custodians, key, task, call, custodian, reply);
      },
      (answers) => majority(custodians, answers),
    );
  return overTriples(custodians, attempt, signal);
}

function macTask(task: KeyTask, { scheme, handle }: KeyCommon): MacTask {
  macSchemeOf(scheme);
  if (task.kind !== 'mac' || Buffer.compare(task.handle, handle) !== 0)
    throw new RangeError('a key for MACs makes MACs');
  if (task.message.length > macLimits.messageBytesMax)
    throw new RangeError(`a message has at most ${macLimits.messageBytesMax} bytes`);
  return task;
}

function readReply(
  custodians: Custodians,
  { scheme }: KeyCommon,
  { handle, message }: MacTask,
  { triple }: Call,
  custodian: number,
  reply: Bytes,
): MacAnswer | Report {
  const { tagBytes } = macSchemeOf(scheme);
  const answer = readMessage(reply, custodian, (reader) =>
    readAnswered(reader, triple, () => ({
      mac: reader.field(tagBytes, 'MAC'),
      signature: readSignature(reader),
    })),
  );
  if (isReport(answer)) return answer;
  const { mac, signature } = answer;
  if (
    mac.length !== tagBytes ||
    !custodians.verify(custodian, macPurpose, macStatement(handle, message, mac), signature)
  )
    accused(custodians, custodian, 'it did not sign the MAC that it gave');
  return answer;
}

/** What t + 1 of the answers say; who signed for another MAC is to blame. */
function majority(custodians: Custodians, answers: ReadonlyMap<number, MacAnswer>): Bytes | undefined {
  const all = [...answers.values()];
  const agreeing = (mac: Bytes) => all.filter((other) => Buffer.compare(other.mac, mac) === 0).length;
  const found = all.find(({ mac }) => agreeing(mac) > custodians.committee.threshold)?.mac;
  if (found === undefined) return undefined;
  for (const [custodian, { mac }] of answers) {
    if (Buffer.compare(mac, found) !== 0) custodians.accuse(custodian, 'it signed for a wrong MAC');
  }
  // A copy: who asked may overwrite it before the third answer is compared with it.
  return Uint8Array.from(found);
}
