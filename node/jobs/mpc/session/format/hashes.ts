/** Hashes of sessions, version 1: each is over the name of its purpose and parts of fixed length. Never changed once released. */
import { createHash } from 'node:crypto';
import { Tag, type TaggedHash } from '../../../../api/index.ts';

export const hashBytes = 32;
export const taggedHashBytes = 1 + hashBytes;

const labels = {
  agreement: 'hypergate/mpc/agreement/v1',
  sessionTag: 'hypergate/mpc/session-tag/v1',
  hellos: 'hypergate/mpc/sigma/hellos/v1',
  handshake: 'hypergate/mpc/sigma/handshake/v1',
  signatureInitiator: 'hypergate/mpc/sigma/signature-initiator/v1',
  signatureResponder: 'hypergate/mpc/sigma/signature-responder/v1',
  macInitiator: 'hypergate/mpc/sigma/mac-initiator/v1',
  macResponder: 'hypergate/mpc/sigma/mac-responder/v1',
  channel: 'hypergate/mpc/channel/v1',
  session: 'hypergate/mpc/session/v1',
  run: 'hypergate/mpc/run/v1',
  link: 'hypergate/mpc/link/v1',
  transcript: 'hypergate/mpc/transcript/v1',
} as const;

export type HashPurpose = keyof typeof labels;

/** Length of the label (1) ‖ label: no label is the beginning of another one. */
export function labelBytes(purpose: HashPurpose): Buffer {
  const text = Buffer.from(labels[purpose], 'ascii');
  return Buffer.concat([Buffer.of(text.length), text]);
}

/** Raw SHA-256, 32 bytes. Of the parts at most the last may vary in length. */
export function hashOf(purpose: HashPurpose, ...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256').update(labelBytes(purpose));
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The same with its type tag, 33 bytes. */
export function taggedHashOf(purpose: HashPurpose, ...parts: readonly Uint8Array[]): TaggedHash {
  return Buffer.concat([Buffer.of(Tag.sha256), hashOf(purpose, ...parts)]);
}

export function isTaggedHash(bytes: Uint8Array): boolean {
  return bytes.length === taggedHashBytes && bytes[0] === Tag.sha256;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
