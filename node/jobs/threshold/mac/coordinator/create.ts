/** Making a key: see handlers/create.ts. */
import type { KeyTask } from '../../../../api/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { ThresholdAbort } from '../../errors.ts';
import type { AskOptions, AuthorisedTask, Custodians, KeyCommon } from '../../party.ts';
import { type Call, writeCall } from '../handlers/call.ts';
import { newKey, readDraw, writeCompute } from '../handlers/create.ts';
import { writeKeep } from '../handlers/keep.ts';
import { decodeCommon, members } from '../pieces.ts';
import { isReport, type Report, readAnswered } from '../reports.ts';
import { macSchemeOf } from '../schemes.ts';
import { readSignature, type Signature, signersOf, statementOf } from '../statements.ts';
import { deliverAll } from './deliver.ts';
import { recoverMac } from './recover.ts';
import { accused, askTriple, overTriples } from './triples.ts';

/** What a custodian says that it made. */
export interface Made {
  readonly common: Uint8Array;
  readonly signature: Uint8Array;
}

const commonBytesMax = 256;

/** @throws ThresholdAbort; RangeError for a task that makes no such key */
export async function createMac(
  custodians: Custodians,
  authorised: AuthorisedTask,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { task } = authorised;
  if (task.kind !== 'create') throw new RangeError('making a key needs a task that asks for it');
  macSchemeOf(task.scheme);
  const options: AskOptions = signal === undefined ? { authorised } : { authorised, signal };
  const made = await overTriples(custodians, (call) => makeWith(custodians, task, call, options), signal);
  return keepEverywhere(custodians, task, made, signal);
}

async function makeWith(
  custodians: Custodians,
  task: Extract<KeyTask, { kind: 'create' }>,
  call: Call,
  options: AskOptions,
): Promise<ReadonlyMap<number, Made>> {
  const { triple } = call;
  const head = () => writeCall(new MessageWriter(), call);
  const drawn = await askTriple(
    triple,
    async (custodian) => {
      const reply = await custodians.ask(custodian, 'mac.draw', head().done(), options);
      return readMessage(reply, custodian, readDraw);
    },
    (answers) => (answers.size < triple.length ? undefined : triple.map((index) => answers.get(index)!)),
  );
  return askTriple(
    triple,
    async (custodian) => {
      const body = writeCompute(head(), triple.indexOf(custodian), drawn);
      const reply = await custodians.ask(custodian, 'mac.compute', body, options);
      const answer = readMessage(reply, custodian, (reader): Made | Report =>
        readAnswered(reader, triple, () => ({
          common: reader.field(commonBytesMax, 'public part'),
          signature: readSignature(reader),
        })),
      );
      if (!isReport(answer)) checkMade(custodians, task, custodian, answer);
      return answer;
    },
    (answers) => (answers.size < triple.length ? undefined : new Map(answers)),
  );
}

/** Accuses who did not sign what it gave. @throws ThresholdAbort */
export function checkMade(
  custodians: Custodians,
  task: Extract<KeyTask, { kind: 'create' | 'import' }>,
  custodian: number,
  { common, signature }: Made,
): void {
  const key = { ...newKey(task), common };
  decodeCommon(macSchemeOf(task.scheme), common, custodian);
  if (signersOf(custodians, 'mac.made', statementOf(key), [{ from: custodian, signature }]) !== 1)
    accused(custodians, custodian, 'it did not sign for the pieces that it made');
}

/**
 * Has the members that made a key keep it, and the others get it.
 *
 * @param made by member: at least t + 1 with the same public part
 * @throws ThresholdAbort `unavailable` when fewer than n - t have it, or will
 */
export async function keepEverywhere(
  custodians: Custodians,
  task: Extract<KeyTask, { kind: 'create' | 'import' }>,
  made: ReadonlyMap<number, Made>,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { threshold } = custodians.committee;
  const groups = Map.groupBy(made, ([, { common }]) => Buffer.from(common).toString('hex'));
  const agreed = [...groups.values()].find((group) => group.length > threshold);
  if (agreed === undefined)
    throw new ThresholdAbort('unavailable', undefined, 'custodians made different pieces');
  for (const custodian of made.keys()) {
    if (!agreed.some(([index]) => index === custodian))
      custodians.accuse(custodian, 'it signed for other pieces than it made');
  }
  const signatures = agreed.map(([from, { signature }]): Signature => ({ from, signature }));
  const key: KeyCommon = { ...newKey(task), common: agreed[0]![1].common };
  const body = writeKeep({ purpose: 'mac.made', key, signatures, sealed: [] });
  const kept = await deliverAll(
    agreed.map(([index]) => index),
    async (custodian) => void (await custodians.ask(custodian, 'mac.keep', body)),
  );
  if (kept.size <= threshold)
    throw new ThresholdAbort('unavailable', undefined, 'too few custodians keep the key');
  const lacking = Array.from({ length: members }, (_, at) => at + 1).filter((index) => !kept.has(index));
  await recoverMac(custodians, key, lacking, signal, kept);
  return key;
}
