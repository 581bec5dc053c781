/**
 * Both ends prove that they hold the shared key before either looks at a request (challenge and response with
 * HMAC-SHA-256, both nonces in both proofs):
 *
 *   node   -> client   `hypergate-node/1` ‖ node's nonce 32
 *   client -> node     client's nonce 32 ‖ HMAC(key, `client` ‖ node's nonce ‖ client's nonce)
 *   node   -> client   HMAC(key, `node` ‖ node's nonce ‖ client's nonce)
 *
 * Nothing after that is encrypted or authenticated: the socket is a Unix socket or loopback, as `serveNode` insists.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { NodeError } from '../api/index.ts';
import { malformed } from '../hypergraph/index.ts';
import { remoteLimits } from './limits.ts';

const greeting = Buffer.from('hypergate-node/1');
export const nonceBytes = 32;
const proofBytes = 32;

export function checkKey(key: Uint8Array): void {
  if (key.length !== remoteLimits.keyBytes)
    throw new RangeError(`a shared key has ${remoteLimits.keyBytes} bytes`);
}

export function makeGreeting(nodeNonce: Uint8Array): Buffer {
  return Buffer.concat([greeting, nodeNonce]);
}

/** The node's nonce. @throws NodeError `malformed` for another protocol or version */
export function readGreeting(body: Buffer): Buffer {
  const same =
    body.length === greeting.length + nonceBytes && body.subarray(0, greeting.length).equals(greeting);
  if (!same) throw malformed('the peer speaks another protocol or version');
  return body.subarray(greeting.length);
}

export function proof(
  side: 'client' | 'node',
  key: Uint8Array,
  nodeNonce: Uint8Array,
  clientNonce: Uint8Array,
): Buffer {
  return createHmac('sha256', key).update(side).update(nodeNonce).update(clientNonce).digest();
}

export function makeAnswer(key: Uint8Array, nodeNonce: Uint8Array, clientNonce: Uint8Array): Buffer {
  return Buffer.concat([clientNonce, proof('client', key, nodeNonce, clientNonce)]);
}

/** The client's nonce. @throws NodeError `closed` when the proof is wrong */
export function checkAnswer(body: Buffer, key: Uint8Array, nodeNonce: Uint8Array): Buffer {
  if (body.length !== nonceBytes + proofBytes)
    throw malformed('the answer to the challenge has another length');
  const clientNonce = body.subarray(0, nonceBytes);
  checkProof(body.subarray(nonceBytes), proof('client', key, nodeNonce, clientNonce));
  return clientNonce;
}

/** @throws NodeError `closed` when the proof is wrong */
export function checkProof(given: Buffer, expected: Buffer): void {
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw new NodeError('closed', 'the peer does not hold the shared key');
}
