/**
 * The proof document: a JSON text that stands for itself. Only its canonical form is read, so whoever changes a bit of it
 * changes what it says, and everything that it says is checked. Runs in browsers.
 *
 * {
 *   "format": "hypergate/proof/v1",
 *   "subject": what the proof is about, in the words of the service: "s3://bucket/key",
 *   "frame": number, "time": when it was cut,
 *   "secrets": for each item of the proof the key that opens it, 32 bytes, or null,
 *   "absences": [{"item", "table", "partition", "sort"}] records that are not there,
 *   "addresses": [{"domain", "table", "disclosure"}] address keys of tables,
 *   "proof": proof of the node (node/proving/format/v1/proof.ts)
 * }
 *
 * Bytes are in base64url without padding.
 */
import { ProofRefused } from '@hypergate/node/verifier';

export interface AbsenceClaim {
  readonly item: number;
  readonly table: string;
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
}

export interface AddressClaim {
  readonly domain: Uint8Array;
  readonly table: string;
  readonly disclosure: Uint8Array;
}

export interface ProofDocument {
  readonly subject: string;
  readonly frame: number;
  /** ISO 8601, milliseconds, UTC. */
  readonly time: string;
  readonly secrets: readonly (Uint8Array | undefined)[];
  readonly absences: readonly AbsenceClaim[];
  readonly addresses: readonly AddressClaim[];
  readonly proof: Uint8Array;
}

export const documentFormat = 'hypergate/proof/v1';
/** Of the text: a proof of 4 MiB in base64, and what is around it. */
export const documentBytesMax = 8 * 1024 * 1024;

export function encodeDocument(document: ProofDocument): string {
  const value = {
    format: documentFormat,
    subject: document.subject,
    frame: document.frame,
    time: document.time,
    secrets: document.secrets.map((secret) => (secret === undefined ? null : base64url(secret))),
    absences: document.absences.map(({ item, table, partition, sort }) => ({
      item,
      table,
      partition: base64url(partition),
      sort: base64url(sort),
    })),
    addresses: document.addresses.map(({ domain, table, disclosure }) => ({
      domain: base64url(domain),
      table,
      disclosure: base64url(disclosure),
    })),
    proof: base64url(document.proof),
  };
  return `${JSON.stringify(value, null, 1)}\n`;
}

/** The text of a file. @throws ProofRefused when it is too large, or no UTF-8: other bytes would be read as the same text */
export function documentText(bytes: Uint8Array): string {
  if (bytes.length > documentBytesMax) throw new ProofRefused('the document is too large');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new ProofRefused('the document is not a text', { cause: error });
  }
}

/** @throws ProofRefused */
export function decodeDocument(text: string): ProofDocument {
  if (text.length > documentBytesMax) throw new ProofRefused('the document is too large');
  const value = parse(text);
  const fields = objectOf(value, [
    'format',
    'subject',
    'frame',
    'time',
    'secrets',
    'absences',
    'addresses',
    'proof',
  ]);
  if (fields.format !== documentFormat)
    throw new ProofRefused(`the document is not of format ${documentFormat}`);
  const document: ProofDocument = {
    subject: textOf(fields.subject, 'subject'),
    frame: numberOf(fields.frame, 'frame'),
    time: textOf(fields.time, 'time'),
    secrets: listOf(fields.secrets, 'secrets').map((secret) =>
      secret === null ? undefined : bytesOf(secret, 'a secret'),
    ),
    absences: listOf(fields.absences, 'absences').map(absenceOf),
    addresses: listOf(fields.addresses, 'addresses').map(addressOf),
    proof: bytesOf(fields.proof, 'the proof'),
  };
  if (encodeDocument(document) !== text) throw new ProofRefused('the document is not in its canonical form');
  return document;
}

function absenceOf(value: unknown): AbsenceClaim {
  const fields = objectOf(value, ['item', 'table', 'partition', 'sort']);
  return {
    item: numberOf(fields.item, 'item'),
    table: textOf(fields.table, 'table'),
    partition: bytesOf(fields.partition, 'a partition'),
    sort: bytesOf(fields.sort, 'a sort key'),
  };
}

function addressOf(value: unknown): AddressClaim {
  const fields = objectOf(value, ['domain', 'table', 'disclosure']);
  return {
    domain: bytesOf(fields.domain, 'a domain'),
    table: textOf(fields.table, 'table'),
    disclosure: bytesOf(fields.disclosure, 'a disclosure'),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ProofRefused('the document is not JSON', { cause: error });
  }
}

type Fields<Name extends string> = { readonly [Field in Name]: unknown };

function objectOf<Name extends string>(value: unknown, names: readonly Name[]): Fields<Name> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject || Object.keys(value).join() !== names.join()) {
    throw new ProofRefused(`the document has other fields than ${names.join(', ')}`);
  }
  return value as Fields<Name>;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ProofRefused(`${name} is not a list`);
  return value;
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new ProofRefused(`${name} is not a text`);
  return value;
}

function numberOf(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new ProofRefused(`${name} is not a number`);
  return value as number;
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const values = new Map([...alphabet].map((letter, value) => [letter, value]));

export function base64url(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word = ((bytes[at] as number) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    for (let place = 0; place <= Math.min(3, left); place += 1) {
      text += alphabet[(word >>> (18 - 6 * place)) & 63];
    }
  }
  return text;
}

function bytesOf(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string') throw new ProofRefused(`${name} is not in base64url`);
  const bytes = new Uint8Array(Math.floor((value.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let length = 0;
  for (const letter of value) {
    const digit = values.get(letter);
    if (digit === undefined) throw new ProofRefused(`${name} is not in base64url`);
    word = ((word << 6) | digit) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length++] = (word >>> bits) & 0xff;
  }
  const isWhole = bits < 6 && (word & ((1 << bits) - 1)) === 0;
  if (!isWhole) throw new ProofRefused(`${name} is not in base64url`);
  return bytes;
}
