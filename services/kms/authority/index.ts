/** What custodians check KMS calls with. */
export { type AuthorityOptions, createAuthority } from './authority.ts';
export { type CallFacts, CallRefused, type ReadCall, type SignedRequestFacts } from './read-call.ts';
