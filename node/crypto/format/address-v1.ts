/** What fixes the addresses of records, version 1 (address-key.ts). Never changed once released. */

/** Domain separation of the hash from a table's name to the group. */
export const addressHashTag = 'hypergate/address/v1 ristretto255_XMD:SHA-512_R255MAP_RO_';
/** Label of the derivation of a table's key from its element; the context is the domain's address. */
export const addressKeyLabel = 'hypergate/address-key/v1';
export const addressKeyBytes = 32;
