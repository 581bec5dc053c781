/** Disclosing: what only the holder of a domain's secrets can do. Runs in the node. */
export { discloseAddressKey } from '../address.ts';
export { discloseRecordKey } from './record.ts';
