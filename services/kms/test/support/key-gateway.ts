/** The service with its operations that use keys, and what tests of them look at: tasks, imported material, wrong answers, time. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  GetPublicKeyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { type Bytes, CustodyError, type KeyTask } from '@hypergate/node/api';
import { importsTable } from '../../model/tables.ts';
import { kmsOperations } from '../../ops/index.ts';
import { type Gateway, openGateway } from './gateway.ts';
import type { PlainCustody } from './plain-custody.ts';
import { account, otherAccount, region } from './world.ts';

/** What custody was asked for. */
export class CustodyLog {
  /** Every task that was performed, oldest first. */
  readonly tasks: KeyTask[] = [];
  /** What imports brought, as it was at the moment of sharing; and the buffers themselves. */
  readonly materials: { readonly seen: Buffer; readonly buffer: Bytes }[] = [];
  /** Instead of the right output. */
  answer: ((task: KeyTask) => Bytes) | undefined;
  /** Custodians are too few. */
  fails = false;

  watch(custody: PlainCustody): void {
    const perform = custody.perform.bind(custody);
    custody.perform = async (task, evidence, options) => {
      const { material } = options ?? {};
      if (material !== undefined) this.materials.push({ seen: Buffer.from(material), buffer: material });
      if (this.fails) throw new CustodyError('unavailable', 'too few custodians');
      const right = await perform(task, evidence, options);
      this.tasks.push(task);
      return this.answer === undefined ? right : { output: this.answer(task) };
    };
  }
}

export class KeyGateway {
  readonly custody = new CustodyLog();
  #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
    this.custody.watch(gateway.custody);
  }

  /** Documents of identity policies of the user `alice`. */
  set alicePolicies(policies: readonly unknown[]) {
    this.#gateway.user('alice', policies);
  }

  client(who: 'root' | 'alice' | 'stranger' = 'root'): KMSClient {
    if (who === 'alice') return this.#gateway.user('alice', []);
    return this.#gateway.client(who === 'root' ? account : otherAccount);
  }

  now(): number {
    return this.#gateway.clock.ms;
  }

  wait(ms: number): void {
    this.#gateway.clock.ms += ms;
  }

  /** Keys for which a private wrapping key is kept. */
  async wrappingKeys(): Promise<readonly string[]> {
    const entries = await this.#gateway.domain.scan(importsTable, Buffer.alloc(0), {});
    return entries.map(({ sort }) => Buffer.from(sort).toString());
  }

  /** What is due is done. */
  settle(): Promise<void> {
    return this.#gateway.service.settle();
  }

  /** As after a power cut; custodians stay. Clients are new ones. */
  async restart(): Promise<void> {
    const remains = this.#gateway.remains();
    const { clock } = this.#gateway;
    await this.#gateway.close();
    this.#gateway = await openGateway({ remains, clock, operations: kmsOperations });
    this.custody.watch(this.#gateway.custody);
  }

  close(): Promise<void> {
    return this.#gateway.close();
  }
}

export async function openKeyGateway(): Promise<KeyGateway> {
  return new KeyGateway(await openGateway({ operations: kmsOperations }));
}

/** Code of the error that an operation is answered with. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'ok';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return error.name;
  }
}

/** A new key, by its id. */
export async function newKey(kms: KMSClient, input: CreateKeyCommandInput = {}): Promise<string> {
  const { KeyMetadata } = await kms.send(new CreateKeyCommand(input));
  return KeyMetadata!.KeyId!;
}

export const arnOf = (keyId: string): string => `arn:aws:kms:${region}:${account}:key/${keyId}`;

/** SubjectPublicKeyInfo of a key, as node:crypto reads it. */
export async function publicKeyOf(kms: KMSClient, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId }));
  return createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' });
}

/** A copy with one bit turned. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
}
