/** What the gateway and the process of a custodian tell each other over the socket that only the two have. Structured clones. */
import type { KeystoreProtection } from '@hypergate/node/crypto';
import type { Member, SuccessionSignature } from '@hypergate/node/jobs/threshold/custodian';
import type { CustodianSettings } from './compose.ts';

export interface CustodianStart {
  readonly index: number;
  /** Absolute, the custodian's own. */
  readonly directory: string;
  readonly protection: KeystoreProtection;
  /** There is no committee yet, or it is to come in another one's place: a keystore may be made. */
  readonly create: boolean;
  /** Where it listens. */
  readonly host: string;
  readonly settings: CustodianSettings;
}

export type ToCustodian =
  | { readonly type: 'start'; readonly start: CustodianStart }
  /** The committee document: sent when the members are known. */
  | { readonly type: 'committee'; readonly document: string }
  /** In place of `committee`: another one is to be replaced. Its keys from now on, and the document as it is. */
  | { readonly type: 'hand-over'; readonly document: string; readonly member: Member }
  | { readonly type: 'stop' };

export type FromCustodian =
  | { readonly type: 'member'; readonly key: Uint8Array; readonly sealingKey: Uint8Array }
  | { readonly type: 'signed'; readonly signature: SuccessionSignature }
  | { readonly type: 'listening'; readonly host: string; readonly port: number }
  | { readonly type: 'report'; readonly what: string; readonly detail: string }
  /** It ends then. `message` is for people. */
  | { readonly type: 'failed'; readonly message: string };
