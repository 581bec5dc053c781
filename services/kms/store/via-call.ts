/** A call to KMS that another service makes for its own caller: the signed call is the one to that service. */
import type { Bytes, KeyUse } from '@hypergate/node/api';
import type { Caller } from '../engine/access/caller.ts';
import { type ViaMembers, type ViaService, viaCaller, viaInput } from '../engine/access/via.ts';
import type { Operation } from '../engine/operations.ts';
import { viaParameters } from '../model/via.ts';
import { KmsCall } from './call.ts';

export interface ViaCallOptions {
  readonly use: KeyUse;
  readonly via: ViaService;
  readonly operation: Operation;
  readonly members: ViaMembers;
  /** Of its audit record. */
  readonly name: string;
  readonly region: string;
  readonly timeMs: number;
}

const never = new AbortController().signal;

export class ViaKmsCall extends KmsCall {
  readonly #options: ViaCallOptions;

  constructor(options: ViaCallOptions) {
    const { use, operation, members, name, region, timeMs } = options;
    const { principal, identityPolicies } = use.caller;
    const input = viaInput(operation, members);
    const signal = use.signal ?? never;
    super({ operation, input, principal, identityPolicies, requestId: name, region, signal }, timeMs);
    this.#options = options;
  }

  override callerAt(nowMs: number): Caller {
    return viaCaller(super.callerAt(nowMs), this.#options.via);
  }

  override get bytes(): Bytes {
    return this.#options.use.call;
  }

  override get parameters(): string {
    const { via, use, members } = this.#options;
    return viaParameters({ service: via, operation: use.operation, ...members });
  }
}
