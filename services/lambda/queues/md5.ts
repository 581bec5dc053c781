/**
 * Digests that senders compare: of the body, and of attributes by the algorithm of the Amazon SQS Developer Guide ("Calculating the MD5
 * message digest for message attributes"): by name, each of name, type and value with its length before it. They find damage, nothing else.
 */
import { createHash, hash } from 'node:crypto';
import type { MessageAttribute } from './api.ts';

type Attributes = Readonly<Record<string, MessageAttribute>>;

const transport = { text: Buffer.of(1), binary: Buffer.of(2) } as const;

export const md5OfBody = (body: string): string => hash('md5', body);

/** @returns undefined without attributes: no digest is sent then */
export function md5OfAttributes(attributes: Attributes | undefined): string | undefined {
  const names = Object.keys(attributes ?? {});
  if (attributes === undefined || names.length === 0) return undefined;
  const md5 = createHash('md5');
  const add = (bytes: Uint8Array): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    md5.update(length).update(bytes);
  };
  for (const name of names.sort()) {
    const { dataType, stringValue, binaryValue } = attributes[name]!;
    add(Buffer.from(name));
    add(Buffer.from(dataType));
    md5.update(binaryValue === undefined ? transport.text : transport.binary);
    add(binaryValue ?? Buffer.from(stringValue ?? ''));
  }
  return md5.digest('hex');
}
