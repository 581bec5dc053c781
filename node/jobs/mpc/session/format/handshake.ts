/**
 * Messages of the handshake, version 1:
 *
 * hello    = 0x01 ‖ version ‖ session tag (32) ‖ nonce (32) ‖ X25519 key (32)
 * reply    = 0x02 ‖ version ‖ nonce (32) ‖ X25519 key (32) ‖ sealed proof
 * finish   = 0x03 ‖ sealed proof
 * proof    = identity (33) ‖ agreement (33) ‖ signature (65) ‖ MAC (32)
 *
 * On the stream each has its length (2 bytes) before it.
 */
import type { TaggedHash, TaggedKey, TaggedSignature } from '../../../../api/index.ts';
import { tagBytes } from '../../../../crypto/aead.ts';
import { publicKeyBytes, signatureBytes } from '../identity.ts';
import { hashBytes, taggedHashBytes } from './hashes.ts';

export const handshakeVersion = 1;
export const nonceBytes = 32;
export const ephemeralBytes = 32;
const type = { hello: 1, reply: 2, finish: 3 } as const;

const helloBytes = 2 + hashBytes + nonceBytes + ephemeralBytes;
const replyHeadBytes = 2 + nonceBytes + ephemeralBytes;
const proofBytes = publicKeyBytes + taggedHashBytes + signatureBytes + hashBytes;
const sealedProofBytes = proofBytes + tagBytes;

export interface Hello {
  readonly sessionTag: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
}

export interface ReplyHead {
  readonly nonce: Uint8Array;
  readonly ephemeral: Uint8Array;
}

export interface Proof {
  readonly identity: TaggedKey;
  readonly agreement: TaggedHash;
  readonly signature: TaggedSignature;
  readonly mac: Uint8Array;
}

export function encodeHello({ sessionTag, nonce, ephemeral }: Hello): Buffer {
  return Buffer.concat([Buffer.of(type.hello, handshakeVersion), sessionTag, nonce, ephemeral]);
}

/** Undefined for what is no hello of this version. */
export function decodeHello(bytes: Buffer): Hello | undefined {
  if (bytes.length !== helloBytes || bytes[0] !== type.hello || bytes[1] !== handshakeVersion)
    return undefined;
  const [sessionTag, nonce, ephemeral] = split(bytes.subarray(2), [hashBytes, nonceBytes, ephemeralBytes]);
  return { sessionTag: sessionTag!, nonce: nonce!, ephemeral: ephemeral! };
}

export function encodeReplyHead({ nonce, ephemeral }: ReplyHead): Buffer {
  return Buffer.concat([Buffer.of(type.reply, handshakeVersion), nonce, ephemeral]);
}

/** Head as it is hashed, its fields, and the sealed proof behind it; undefined for what is no reply of this version. */
export function decodeReply(
  bytes: Buffer,
): { readonly head: Buffer; readonly fields: ReplyHead; readonly sealed: Buffer } | undefined {
  if (bytes.length !== replyHeadBytes + sealedProofBytes) return undefined;
  if (bytes[0] !== type.reply || bytes[1] !== handshakeVersion) return undefined;
  const [head, sealed] = split(bytes, [replyHeadBytes, sealedProofBytes]);
  const [nonce, ephemeral] = split(head!.subarray(2), [nonceBytes, ephemeralBytes]);
  return { head: head!, fields: { nonce: nonce!, ephemeral: ephemeral! }, sealed: sealed! };
}

export function encodeFinish(sealed: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type.finish), sealed]);
}

/** The sealed proof; undefined for what is no such message. */
export function decodeFinish(bytes: Buffer): Buffer | undefined {
  if (bytes.length !== 1 + sealedProofBytes || bytes[0] !== type.finish) return undefined;
  return bytes.subarray(1);
}

export function encodeProof({ identity, agreement, signature, mac }: Proof): Buffer {
  return Buffer.concat([identity, agreement, signature, mac]);
}

/** @param bytes that were authenticated; undefined when they are of another length */
export function decodeProof(bytes: Buffer): Proof | undefined {
  if (bytes.length !== proofBytes) return undefined;
  const sizes = [publicKeyBytes, taggedHashBytes, signatureBytes, hashBytes];
  const [identity, agreement, signature, mac] = split(bytes, sizes);
  return { identity: identity!, agreement: agreement!, signature: signature!, mac: mac! };
}

function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  let at = 0;
  return sizes.map((size) => bytes.subarray(at, (at += size)));
}
