/** Requests that every custodian answers beside its protocols: kinds and encodings, version 1. */
import { isIP } from 'node:net';
import type { Bytes, ControlHead } from '../../../../api/index.ts';
import { MessageWriter, readMessage } from '../../codec.ts';
import { malformed } from '../../errors.ts';
import { thresholdLimits } from '../../limits.ts';
import { custodianLimits } from '../limits.ts';
import { decodeHead, encodeHead, nonceBytes } from './catch-up.ts';

/** No protocol's kind begins like these. */
export const controlPrefix = 'custody.';

export const controlKinds = {
  /** Nothing in, nothing out: that it is there. */
  ping: 'custody.ping',
  /** A control call's evidence; answers with the head. */
  apply: 'custody.apply',
  /** Where the other custodians listen. */
  addresses: 'custody.addresses',
  mail: 'custody.mail',
  /** A custodian that may have missed calls begins to catch up; answers with nonce and head. */
  begin: 'custody.begin',
  head: 'custody.head',
  page: 'custody.page',
  adopt: 'custody.adopt',
  /** It has caught up, as heads of others show. */
  finish: 'custody.finish',
  /** Erases what is due. */
  eraseDue: 'custody.erase-due',
} as const;

/** A handler with access `task`: all shares of the task's handle. */
export const eraseKind = 'key.erase';

export interface MemberAddress {
  readonly index: number;
  readonly host: string;
  readonly port: number;
}

export function encodeAddresses(addresses: readonly MemberAddress[]): Bytes {
  const writer = new MessageWriter();
  return writer
    .list(addresses, ({ index, host, port }) => {
      writer.u8(index).u16(port).field(Buffer.from(host, 'ascii'));
    })
    .done();
}

/** Numeric addresses alone: a custodian looks up no names. @throws ThresholdAbort `malformed` */
export function decodeAddresses(bytes: Bytes): MemberAddress[] {
  return readMessage(bytes, undefined, (reader) =>
    reader.list(thresholdLimits.custodiansMax, 'addresses', () => {
      const index = reader.u8('the index of a custodian');
      const port = reader.u16('a port');
      const host = Buffer.from(reader.field(custodianLimits.addressCharsMax, 'an address')).toString(
        'latin1',
      );
      if (isIP(host) === 0 || port === 0) malformed(undefined, 'an address that is none');
      return { index, host, port };
    }),
  );
}

export const mailboxIdBytes = 16;

/** What waited for a custodian. Letters of a mailbox are numbered from 1 on. */
export interface Letter {
  readonly mailbox: Bytes;
  readonly number: number;
  readonly kind: string;
  readonly body: Bytes;
}

export function encodeLetter({ mailbox, number, kind, body }: Letter): Bytes {
  const head = new MessageWriter().bytes(mailbox).u64(number);
  return head.field(Buffer.from(kind, 'ascii')).field(body).done();
}

export function decodeLetter(bytes: Bytes, bodyBytesMax: number): Letter {
  return readMessage(bytes, undefined, (reader) => ({
    mailbox: reader.bytes(mailboxIdBytes, 'the mailbox'),
    number: reader.u64('the number of a letter'),
    kind: Buffer.from(reader.field(custodianLimits.kindCharsMax, 'the kind')).toString('latin1'),
    body: reader.field(bodyBytesMax, 'the body'),
  }));
}

export interface Beginning {
  readonly nonce: Bytes;
  readonly head: ControlHead;
}

export function encodeBeginning({ nonce, head }: Beginning): Bytes {
  return new MessageWriter().bytes(nonce).bytes(encodeHead(head)).done();
}

export function decodeBeginning(bytes: Bytes, from: number): Beginning {
  return readMessage(bytes, from, (reader) => ({
    nonce: reader.bytes(nonceBytes, 'the nonce'),
    head: decodeHead(reader.bytes(reader.left, 'the head'), from),
  }));
}
