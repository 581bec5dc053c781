/** Making a key active for which a quorum of custodians confirmed shares, and settling it. */
import type { Bytes } from '../../../api/index.ts';
import { MessageWriter, readMessage } from '../codec.ts';
import { indicesOf } from '../committee.ts';
import { cheater, ThresholdAbort } from '../errors.ts';
import type { Custodians, Handler, KeyCommon } from '../party.ts';
import { abortOf, askAll, askOptions, deliverQuietly } from './attempts.ts';
import { activateShare, settleShare } from './key-slots.ts';
import {
  commonPart,
  isStatement,
  type KeyCertificate,
  type KeyStatement,
  quorumOf,
  readCertificate,
  writeCertificate,
} from './key-statement.ts';
import { keyLifeLimits as limits } from './limits.ts';

/**
 * The pending share becomes active. Access `free`: custodians that confirmed did so for a task that they checked, or for a
 * generation that keeps the key. Answers with the signature of `held`.
 */
const finishHandler: Handler = {
  kind: 'key.finish',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  handle: async (party, { body }) => activateShare(party, readMessage(body, undefined, readCertificate)),
};

/** What the active share came from is erased: n - t custodians state that they hold this one. */
const settleHandler: Handler = {
  kind: 'key.settle',
  access: 'free',
  bodyBytesMax: limits.transcriptBytesMax,
  async handle(party, { body }) {
    await settleShare(party, readMessage(body, undefined, readCertificate));
    return new Uint8Array(0);
  },
};

export const finishHandlers: readonly Handler[] = [finishHandler, settleHandler];

/** For those that have nothing pending: a handler that takes the certificate and what follows it. */
export interface LatePart {
  readonly kind: string;
  readonly body: Uint8Array;
}

/**
 * From a certificate on: all that confirmed make their shares active, others get what they need when they are back, and what came before
 * goes. When this is broken off, the certificate's statements can be had again from the custodians (see states.ts).
 *
 * @throws ThresholdAbort `unavailable` when fewer than n - t hold it now
 */
export async function finishKey(
  custodians: Custodians,
  certificate: KeyCertificate,
  late?: LatePart,
  signal?: AbortSignal,
): Promise<KeyCommon> {
  const { committee } = custodians;
  const key = commonPart(certificate.key);
  const body = encodeCertificate(certificate);
  const states = certificate.statements.map(({ custodian }) => custodian);
  const asked = states.filter((index) => custodians.available().includes(index));
  const held = await askAll(
    asked,
    async (custodian) => {
      const signature = await custodians.ask(custodian, finishHandler.kind, body, askOptions(signal));
      return checkStatement(custodians, key, { custodian, kind: 'held', signature });
    },
    (_, error) => void abortOf(error),
  );
  const absent = indicesOf(committee).filter((index) => !held.has(index));
  await Promise.all(
    absent.map(async (custodian) => {
      // One that confirmed has its share on the disk: the certificate is enough for it, and less to keep.
      if (states.includes(custodian)) await deliverQuietly(custodians, custodian, finishHandler.kind, body);
      else if (late !== undefined) await deliverQuietly(custodians, custodian, late.kind, late.body);
    }),
  );
  if (held.size < quorumOf(committee))
    throw new ThresholdAbort('unavailable', undefined, 'too few custodians hold the key');
  if (key.generation > 0) await settleKey(custodians, key, [...held.values()]);
  return key;
}

/** @param statements n - t of kind `held` */
export async function settleKey(
  custodians: Custodians,
  key: KeyCommon,
  statements: readonly KeyStatement[],
): Promise<void> {
  const body = encodeCertificate({ key, statements });
  const all = indicesOf(custodians.committee);
  await Promise.all(all.map((index) => deliverQuietly(custodians, index, settleHandler.kind, body)));
}

/** @throws ThresholdAbort `cheater`: a custodian vouches for what its signature is wrong for */
export function checkStatement(
  custodians: Custodians,
  key: KeyCommon,
  statement: KeyStatement,
): KeyStatement {
  if (!isStatement(custodians, key, statement))
    cheater(statement.custodian, 'its statement is about another key than was made');
  return statement;
}

export function encodeCertificate(certificate: KeyCertificate): Bytes {
  const writer = new MessageWriter();
  writeCertificate(writer, certificate);
  return writer.done();
}
