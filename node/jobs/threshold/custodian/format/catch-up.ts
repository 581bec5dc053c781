/**
 * What custodians say about the control calls that they have taken in, version 1: heads and pages of snapshots, signed for one
 * custodian that asked with a fresh nonce. The coordinator carries them and can change nothing.
 */
import { createHash } from 'node:crypto';
import type { Bytes, ControlHead } from '../../../../api/index.ts';
import { type MessageReader, MessageWriter, readMessage } from '../../codec.ts';
import { malformed } from '../../errors.ts';
import { thresholdLimits } from '../../limits.ts';
import { custodianLimits } from '../limits.ts';

export const nonceBytes = 32;
const hashBytes = 32;
const signatureBytesMax = 65;

/** Purposes of signatures (PartyIdentity.sign). */
export const purpose = { head: 'custody.head/v1', page: 'custody.page/v1' } as const;

/** Who asks, and its nonce. */
export interface Question {
  readonly asker: number;
  readonly nonce: Bytes;
}

export interface PageQuestion extends Question {
  /** Subjects that changed after this number. */
  readonly since: number;
}

export interface Signed {
  readonly custodian: number;
  readonly signature: Bytes;
}

export interface SignedHead extends Signed {
  readonly head: ControlHead;
}

export interface Subject {
  readonly subject: string;
  readonly sequence: number;
  /** Empty when nothing is known of it any more. */
  readonly snapshot: Bytes;
}

/** Subjects in the order of their last change, whole numbers of control calls. */
export interface Page {
  readonly since: number;
  readonly head: ControlHead;
  readonly subjects: readonly Subject[];
  /** No subject changed later than those of this page. */
  readonly isLast: boolean;
}

const writeHead = (writer: MessageWriter, { sequence, hash }: ControlHead) =>
  writer.u64(sequence).bytes(hash);
const readHead = (reader: MessageReader): ControlHead => ({
  sequence: reader.u64('the number of a control call'),
  hash: reader.bytes(hashBytes, 'the hash of control calls'),
});

export function encodeHead(head: ControlHead): Bytes {
  return writeHead(new MessageWriter(), head).done();
}

export function decodeHead(bytes: Bytes, from: number): ControlHead {
  return readMessage(bytes, from, readHead);
}

export function encodeQuestion({ asker, nonce }: Question): Bytes {
  return new MessageWriter().u8(asker).bytes(nonce).done();
}

const readQuestion = (reader: MessageReader): Question => ({
  asker: reader.u8('who asks'),
  nonce: reader.bytes(nonceBytes, 'the nonce'),
});

export function decodeQuestion(bytes: Bytes): Question {
  return readMessage(bytes, undefined, readQuestion);
}

export function encodePageQuestion(question: PageQuestion): Bytes {
  return new MessageWriter().bytes(encodeQuestion(question)).u64(question.since).done();
}

export function decodePageQuestion(bytes: Bytes): PageQuestion {
  return readMessage(bytes, undefined, (reader) => ({
    ...readQuestion(reader),
    since: reader.u64('the number after which'),
  }));
}

/** What is signed of a head. */
export function headStatement(question: Question, head: ControlHead): Bytes {
  return new MessageWriter().bytes(encodeQuestion(question)).bytes(encodeHead(head)).done();
}

/** What is signed of a page. */
export function pageStatement(question: Question, page: Page): Bytes {
  const digest = createHash('sha256').update(encodePage(page)).digest();
  return new MessageWriter().bytes(encodeQuestion(question)).bytes(digest).done();
}

export function encodePage({ since, head, subjects, isLast }: Page): Bytes {
  const writer = writeHead(new MessageWriter().u64(since), head).u8(isLast ? 1 : 0);
  return writer
    .list(subjects, ({ subject, sequence, snapshot }) => {
      writer.field(Buffer.from(subject, 'utf8')).u64(sequence).field(snapshot);
    })
    .done();
}

export function decodePage(bytes: Bytes, from?: number): Page {
  return readMessage(bytes, from, (reader) => {
    const since = reader.u64('the number after which');
    const head = readHead(reader);
    const last = reader.u8('whether it is the last');
    if (last > 1) malformed(from, 'a flag that is neither 0 nor 1');
    const subjects = reader.list(custodianLimits.listMax, 'subjects', () => ({
      subject: Buffer.from(reader.field(4 * custodianLimits.subjectCharsMax, 'a subject')).toString('utf8'),
      sequence: reader.u64('the number of a change'),
      snapshot: reader.field(custodianLimits.subjectBytesMax, 'a snapshot'),
    }));
    return { since, head, subjects, isLast: last === 1 };
  });
}

export function encodeSignedPage(page: Bytes, signature: Bytes): Bytes {
  return new MessageWriter().field(signature).field(page).done();
}

export function decodeSignedPage(
  bytes: Bytes,
  from: number,
): { readonly page: Bytes; readonly signature: Bytes } {
  return readMessage(bytes, from, (reader) => ({
    signature: reader.field(signatureBytesMax, 'a signature'),
    page: reader.field(custodianLimits.replyBytesMax, 'a page'),
  }));
}

export function encodeSignedHead(head: ControlHead, signature: Bytes): Bytes {
  return new MessageWriter().bytes(encodeHead(head)).field(signature).done();
}

export function decodeSignedHead(bytes: Bytes, from: number): SignedHead {
  return readMessage(bytes, from, (reader) => ({
    custodian: from,
    head: readHead(reader),
    signature: reader.field(signatureBytesMax, 'a signature'),
  }));
}

/** A page with who signed it, for the custodian that asked. */
export function encodeAdoption(page: Bytes, signed: readonly Signed[]): Bytes {
  const writer = new MessageWriter();
  return writer
    .list(signed, (one) => void writer.u8(one.custodian).field(one.signature))
    .field(page)
    .done();
}

export function decodeAdoption(bytes: Bytes): { readonly page: Bytes; readonly signed: readonly Signed[] } {
  return readMessage(bytes, undefined, (reader) => {
    const signed = reader.list(thresholdLimits.custodiansMax, 'signatures', () => readSigned(reader));
    return { signed, page: reader.field(custodianLimits.replyBytesMax, 'a page') };
  });
}

export function encodeHeads(heads: readonly SignedHead[]): Bytes {
  const writer = new MessageWriter();
  return writer
    .list(heads, (one) => {
      writeHead(writer.u8(one.custodian).field(one.signature), one.head);
    })
    .done();
}

export function decodeHeads(bytes: Bytes): SignedHead[] {
  return readMessage(bytes, undefined, (reader) =>
    reader.list(thresholdLimits.custodiansMax, 'heads', () => ({
      ...readSigned(reader),
      head: readHead(reader),
    })),
  );
}

const readSigned = (reader: MessageReader): Signed => ({
  custodian: reader.u8('a custodian'),
  signature: reader.field(signatureBytesMax, 'a signature'),
});
