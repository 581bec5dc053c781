/** What a transaction does to the private index. */
import type { Bytes, DomainAddress, DomainConfig } from '@hypergate/node/api';
import type { RecordKey, SecondaryEntry } from '../api.ts';

export type IndexChange =
  | {
      readonly kind: 'put';
      readonly domain: DomainAddress;
      readonly slot: Bytes;
      readonly table: string;
      readonly key: RecordKey;
      readonly indexed: boolean;
      readonly hasSecondaries: boolean;
      readonly projection: Bytes | undefined;
      readonly secondary: readonly SecondaryEntry[];
      /** There was no record before, so there is no entry to replace. */
      readonly isNew: boolean;
    }
  | {
      readonly kind: 'remove';
      readonly domain: DomainAddress;
      readonly table: string;
      readonly key: RecordKey;
      readonly indexed: boolean;
      readonly hasSecondaries: boolean;
    }
  | {
      readonly kind: 'create-domain';
      readonly domain: DomainAddress;
      readonly config: Pick<DomainConfig, 'readKey' | 'payload'>;
    }
  | { readonly kind: 'remove-domain'; readonly domain: DomainAddress };
