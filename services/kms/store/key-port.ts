/**
 * The port through which other services use keys for their callers. Each use is a call to KMS like any other, with the service's signed
 * request as evidence: recorded, decided by the same rules with `kms:ViaService`, and judged again by custodians (authority/via-service.ts).
 */
import { AwsError } from '@hypergate/kit';
import {
  type DataKey,
  type KeyDescription,
  type KeyPort,
  type KeyUse,
  KeyUseError,
  type NamedKey,
  type NewDataKey,
  type OpenedDataKey,
  type SealedDataKey,
} from '@hypergate/node/api';
import { isViaService, type ViaMembers, type ViaService } from '../engine/access/via.ts';
import { managedAlias } from '../engine/control/managed-key.ts';
import { KmsError } from '../engine/errors.ts';
import { bytesOf, type Input, objectOf, required, textOf } from '../engine/input.ts';
import type { Operation } from '../engine/operations.ts';
import { gatewayLimits } from '../limits.ts';
import type { KmsCall } from './call.ts';
import type { KmsContext } from './context.ts';
import { Lru } from './lru.ts';
import { ViaKmsCall } from './via-call.ts';

/** Performs a call: checked, recorded, its end too. @throws AwsError */
export type PerformCall = (context: KmsContext, call: KmsCall) => Promise<Input>;

type UseOperation = Extract<Operation, 'GenerateDataKey' | 'Decrypt' | 'DescribeKey' | 'CreateKey'>;

export interface KeyPortModules {
  /** With the service's context. @throws AwsError while there is none */
  readonly run: <Result>(work: (context: KmsContext) => Promise<Result>) => Promise<Result>;
  readonly operations: Readonly<Record<UseOperation, PerformCall>>;
}

export class ServiceKeys implements KeyPort {
  readonly #modules: KeyPortModules;
  /** Uses of keys by the requests of late: each has an audit record, with a name of its own. */
  readonly #uses = new Lru<number>(gatewayLimits.keyUsersMax);
  /** Managed keys under way, by account and service. */
  readonly #making = new Map<string, Promise<void>>();

  constructor(modules: KeyPortModules) {
    this.#modules = modules;
  }

  generateDataKey(request: NewDataKey): Promise<DataKey> {
    const { key, context } = request;
    return this.#use(request, async (kms, via) => {
      if (key === undefined) await this.#ensureManagedKey(kms, request, via);
      const keyId = key ?? managedAlias(via);
      const output = await this.#perform(kms, request, via, 'GenerateDataKey', { keyId, context });
      return {
        keyArn: text(output, 'KeyId'),
        plaintext: taken(output, 'Plaintext'),
        ciphertext: taken(output, 'CiphertextBlob'),
      };
    });
  }

  decrypt(request: SealedDataKey): Promise<OpenedDataKey> {
    const { key: keyId, context, ciphertext } = request;
    return this.#use(request, async (kms, via) => {
      const output = await this.#perform(kms, request, via, 'Decrypt', { keyId, context, ciphertext });
      return { keyArn: text(output, 'KeyId'), plaintext: taken(output, 'Plaintext') };
    });
  }

  describe(request: NamedKey): Promise<KeyDescription> {
    return this.#use(request, async (kms, via) => {
      const output = await this.#perform(kms, request, via, 'DescribeKey', { keyId: request.key });
      const metadata = required(objectOf(output, 'KeyMetadata'), 'KeyMetadata');
      return {
        keyArn: text(metadata, 'Arn'),
        enabled: metadata.Enabled === true,
        state: text(metadata, 'KeyState'),
        spec: text(metadata, 'KeySpec'),
        usage: text(metadata, 'KeyUsage'),
        manager: text(metadata, 'KeyManager') === 'AWS' ? 'AWS' : 'CUSTOMER',
      };
    });
  }

  async #use<Result>(
    { via, signal }: KeyUse,
    work: (context: KmsContext, via: ViaService) => Promise<Result>,
  ): Promise<Result> {
    if (!isViaService(via)) throw new Error(`${via} is no service that uses keys for its callers`);
    signal?.throwIfAborted();
    try {
      return await this.#modules.run((context) => work(context, via));
    } catch (error) {
      if (error instanceof AwsError || error instanceof KmsError)
        throw new KeyUseError(error.code, error.status, error.message, { cause: error });
      throw error;
    }
  }

  #perform(
    context: KmsContext,
    use: KeyUse,
    via: ViaService,
    operation: UseOperation,
    members: ViaMembers,
  ): Promise<Input> {
    const { clock, region } = context;
    const name = this.#nextName(use.requestId);
    const call = new ViaKmsCall({ use, via, operation, members, name, region, timeMs: clock.now() });
    return this.#modules.operations[operation](context, call);
  }

  /** The service's key of the caller's account, made by the first request that needs it: others wait for that one. */
  async #ensureManagedKey(context: KmsContext, use: KeyUse, via: ViaService): Promise<void> {
    const account = use.caller.principal.accountId;
    const isThere = async () => (await context.view.alias(account, managedAlias(via))) !== undefined;
    const name = `${account}/${via}`;
    while (!(await isThere())) {
      const making = this.#making.get(name);
      if (making === undefined) return await this.#makeManagedKey(context, use, via, name);
      // Whoever waits is refused on its own account, not on that of the request that came first.
      await making.catch(() => undefined);
    }
  }

  async #makeManagedKey(context: KmsContext, use: KeyUse, via: ViaService, name: string): Promise<void> {
    const making = this.#perform(context, use, via, 'CreateKey', {}).then(() => undefined);
    this.#making.set(name, making);
    try {
      await making;
    } finally {
      this.#making.delete(name);
    }
  }

  #nextName(requestId: string): string {
    const uses = this.#uses.get(requestId) ?? 0;
    this.#uses.set(requestId, uses + 1, 1);
    return uses === 0 ? requestId : `${requestId}/key-${uses}`;
  }
}

const text = (output: Input, name: string): string => required(textOf(output, name), name);
/** In memory of its own: what the operation had may be part of a pool. */
function taken(output: Input, name: string): Uint8Array {
  const bytes = required(bytesOf(output, name), name);
  const own = Uint8Array.from(bytes);
  bytes.fill(0);
  return own;
}
