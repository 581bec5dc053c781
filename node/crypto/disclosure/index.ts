/**
 * Checking what an owner discloses beside a proof: a table's address key, the key of one record, the keys of an object's
 * chunks; and what a domain's configuration commits to. Runs in browsers. The owner's side is in owner/.
 */
export type { Checked } from '../checked.ts';
export { type DomainPayload, decodeDomainPayload, encodeDomainPayload } from '../format/domain-payload-v1.ts';
export { Purpose, type SealedAtom } from '../format/v1.ts';
export {
  type AddressKey,
  addressDisclosureBytes,
  slotOf,
  verifyAddressDisclosure,
} from './address.ts';
export {
  type DataSource,
  type DisclosedChunk,
  type SealedDataHash,
  sealedDataHash,
  verifyDisclosedData,
} from './data.ts';
export { openDisclosedRecord, recordDisclosureBytes } from './record.ts';
