/** Keys of all kinds in a cluster, with calls whose answers are known or can be checked by others' code. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import type { KeyScheme, KeyTask } from '../../../../api/index.ts';
import type { Custody } from '../../coordinator/index.ts';
import { type Cluster, random, startCluster } from '../../custodian/test/support/cluster.ts';
import { allow } from '../../custodian/test/support/toy-authority.ts';
import { protocolHandlers } from '../../handlers.ts';
import { learnCommon, renewShared, repairShared, schemeRows } from '../../schemes.ts';

export const mixed = [
  'dprf-ristretto255',
  'frost-ed25519',
  'ecdsa-p256',
  'ecdh-p256',
  'hmac-sha-256',
] as const;
export type MixedScheme = (typeof mixed)[number] | 'rsa-2048';

type Options = NonNullable<Parameters<typeof startCluster>[0]>;

/** Custodians with all protocols. */
export function startWithKeys({ custody, ...options }: Options = {}): Promise<Cluster> {
  return startCluster({
    schemes: schemeRows,
    handlers: protocolHandlers,
    ...options,
    custody: { learnCommon, repairShared, renewShared, ...custody },
  });
}

export interface TestKey {
  readonly handle: Uint8Array;
  readonly scheme: KeyScheme;
  readonly publicKey: Uint8Array;
}

export function perform(custody: Custody, task: KeyTask): Promise<{ readonly output: Uint8Array }> {
  return custody.perform(task, allow(task));
}

export async function createKey(
  custody: Custody,
  scheme: KeyScheme,
  handle = Uint8Array.from(random.bytes(16)),
): Promise<TestKey> {
  const { output } = await perform(custody, { kind: 'create', handle, scheme });
  return { handle, scheme, publicKey: output };
}

const message = Buffer.from('a message of the test');
const digest = createHash('sha256').update(message).digest();
const point = p256.getPublicKey(p256.utils.randomSecretKey(), false);

/** @returns what is the same at every use; undefined after a signature that others' code finds valid */
export async function useKey(custody: Custody, key: TestKey): Promise<string | undefined> {
  const { handle, scheme, publicKey } = key;
  const { output } = await perform(custody, taskOf(key));
  switch (scheme) {
    case 'frost-ed25519':
      if (!ed25519.verify(output, message, publicKey)) throw new Error('a signature does not verify');
      return undefined;
    case 'ecdsa-p256':
      if (!p256.verify(output, digest, publicKey, { prehash: false, lowS: false }))
        throw new Error('a signature does not verify');
      return undefined;
    case 'rsa-2048': {
      const spki = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
      if (!verify('sha256', message, spki, output)) throw new Error('a signature does not verify');
      return Buffer.from(output).toString('hex');
    }
    default:
      if (output.length < 32)
        throw new Error(`an answer that is too short: ${Buffer.from(handle).toString('hex')}`);
      return Buffer.from(output).toString('hex');
  }
}

function taskOf({ handle, scheme }: TestKey): KeyTask {
  switch (scheme) {
    case 'dprf-ristretto255':
      return { kind: 'evaluate', handle, input: message };
    case 'frost-ed25519':
      return { kind: 'sign', handle, message };
    case 'ecdsa-p256':
      return { kind: 'sign', handle, message: digest };
    case 'ecdh-p256':
      return { kind: 'agree', handle, point };
    case 'rsa-2048':
      return { kind: 'power', handle, value: paddedDigest() };
    default:
      return { kind: 'mac', handle, message };
  }
}

/** EMSA-PKCS1-v1_5 of the message, RFC 8017, section 9.2. */
function paddedDigest(): Uint8Array {
  const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest]);
  const fill = Buffer.alloc(256 - 3 - info.length, 0xff);
  return Buffer.concat([Buffer.of(0, 1), fill, Buffer.of(0), info]);
}
