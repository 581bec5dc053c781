/** What custodians check KMS calls with. */
export { domainAddress } from '../model/tables.ts';
export { type AuthorityOptions, createAuthority } from './authority.ts';
export { type CallFacts, CallRefused, type ReadCall, type SignedRequestFacts } from './read-call.ts';
export { type ReadSignedCallOptions, readSignedCall } from './read-signed-call.ts';
