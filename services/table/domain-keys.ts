/** What a gateway knows of a domain that it can read: content keys by epoch and address keys by table. */
import type { KeyObject } from 'node:crypto';
import { type Bytes, type DomainAddress, type DomainConfig, Tag, type TaggedKey } from '@hypergate/node/api';
import {
  type ContentKey,
  type ContentKeys,
  commitAddressSecret,
  createEpochKey,
  DecryptionError,
  type DomainSecrets,
  deriveAddressKey,
  prfSlot,
  type RandomSource,
  recoverEpochKey,
} from '@hypergate/node/crypto';
import { discloseAddressKey } from '@hypergate/node/crypto/disclosure/owner';
import type { RecordKey } from './api.ts';
import { decodeDomainPayload, encodeDomainPayload } from './format/v1/domain-config.ts';

const disclosureRandomBytes = 32;
/** No table can have it: table names are printable. */
export const blobAddressName = '\u0001blob';

/** Name under which relations of a table are addressed: none meets a record. */
export function relationAddressName(table: string): string {
  return `\u0002${table}`;
}

export class DomainKeys {
  readonly address: DomainAddress;
  readonly contentKeys: ContentKeys;
  /** Of the newest epoch: what is written is sealed under it. */
  readonly current: ContentKey;
  readonly #addressSecret: bigint;
  readonly #addressKeys = new Map<string, KeyObject>();

  private constructor(address: DomainAddress, epochs: readonly ContentKey[], addressSecret: bigint) {
    this.address = address;
    this.contentKeys = new Map(epochs.map((key) => [key.epoch, key]));
    this.current = epochs[epochs.length - 1]!;
    this.#addressSecret = addressSecret;
  }

  /** Keys and configuration of a new domain. */
  static create(
    address: DomainAddress,
    secrets: DomainSecrets,
    writerKey: TaggedKey,
    random: RandomSource,
  ): { readonly keys: DomainKeys; readonly config: DomainConfig } {
    const { content, ciphertext } = createEpochKey(address, 1, secrets.readKey, random);
    const addressCommitment = commitAddressSecret(secrets.addressSecret);
    const config: DomainConfig = {
      // The node closes a domain for a batch signed by its owner, and this gateway signs with its writer key.
      ownerKey: writerKey,
      writerKeys: [writerKey],
      readKey: taggedReadKey(secrets),
      payload: encodeDomainPayload({ epochs: [ciphertext], addressCommitment }),
    };
    return { keys: new DomainKeys(address, [content], secrets.addressSecret), config };
  }

  /**
   * Keys of a domain that exists.
   * @throws DecryptionError when the domain was not made with these secrets, or its configuration is damaged
   */
  static recover(
    address: DomainAddress,
    secrets: DomainSecrets,
    config: Pick<DomainConfig, 'readKey' | 'payload'>,
  ): DomainKeys {
    if (!taggedReadKey(secrets).equals(config.readKey)) throw new DecryptionError('commitment');
    const { epochs, addressCommitment } = decodeDomainPayload(config.payload);
    if (!commitAddressSecret(secrets.addressSecret).equals(addressCommitment))
      throw new DecryptionError('commitment');
    const contentKeys = epochs.map((ciphertext) => recoverEpochKey(secrets.readSecret, address, ciphertext));
    return new DomainKeys(address, contentKeys, secrets.addressSecret);
  }

  /** Where a record of a table stands. */
  recordSlot(table: string, { partition, sort }: RecordKey): Buffer {
    const input = Buffer.allocUnsafe(2 + partition.length + sort.length);
    input.writeUInt16BE(partition.length, 0);
    input.set(partition, 2);
    input.set(sort, 2 + partition.length);
    return prfSlot(this.#addressKey(table), input);
  }

  /** Where a relation stands. */
  relationSlot(table: string, key: RecordKey): Buffer {
    return this.recordSlot(relationAddressName(table), key);
  }

  /** Where the hyperedge of a blob stands. */
  blobSlot(blobId: Bytes): Buffer {
    return prfSlot(this.#addressKey(blobAddressName), blobId);
  }

  /** Where a chunk of a blob stands. */
  chunkSlot(blobId: Bytes, index: number): Buffer {
    const input = Buffer.allocUnsafe(blobId.length + 4);
    input.set(blobId);
    input.writeUInt32BE(index, blobId.length);
    return prfSlot(this.#addressKey(blobAddressName), input);
  }

  /** The address key of one table with a proof that it is this domain's: opens the addresses of that table alone. */
  discloseTable(table: string, random: RandomSource): Bytes {
    return discloseAddressKey(this.#addressSecret, this.address, table, random.bytes(disclosureRandomBytes));
  }

  #addressKey(table: string): KeyObject {
    let key = this.#addressKeys.get(table);
    if (key === undefined) {
      key = deriveAddressKey(this.#addressSecret, this.address, table);
      this.#addressKeys.set(table, key);
    }
    return key;
  }
}

function taggedReadKey({ readKey }: DomainSecrets): Buffer {
  return Buffer.concat([Buffer.of(Tag.ristretto255Point), readKey]);
}
