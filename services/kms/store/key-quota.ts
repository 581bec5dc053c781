/**
 * How many keys of its own making an account may have. The gateway's alone: custodians lose nothing by one key more. Kept as a bound from
 * above, so that keys are counted once, and again when there might be no room.
 */
import type { TableDomain } from '@hypergate/table';
import { viaServices } from '../engine/access/via.ts';
import type { Change } from '../engine/control/call.ts';
import { managedAlias } from '../engine/control/managed-key.ts';
import { kmsError } from '../engine/errors.ts';
import type { ControlView } from '../engine/view.ts';
import { keysByAccount } from '../model/tables.ts';

export interface KeyQuotaModules {
  readonly domain: Pick<TableDomain, 'cursorSecondary'>;
  readonly view: Pick<ControlView, 'alias'>;
}

/** With both counts there are no fewer keys than there are. */
interface Bound {
  /** Undefined until they have been counted. */
  counted: number | undefined;
  /** Since the counting began. */
  made: number;
  /** Of the newest of these: later ones are new. */
  newestMs: number;
}

export class KeyQuota {
  readonly #modules: KeyQuotaModules;
  readonly #max: number;
  readonly #bounds = new Map<string, Bound>();

  constructor(modules: KeyQuotaModules, keysMax: number) {
    this.#modules = modules;
    this.#max = keysMax;
  }

  /** @throws KmsError LimitExceededException */
  async requireRoom(account: string): Promise<void> {
    const known = this.#bounds.get(account);
    if (known?.counted !== undefined && known.counted + known.made < this.#max) return;
    const bound: Bound = { counted: undefined, made: 0, newestMs: 0 };
    this.#bounds.set(account, bound);
    bound.counted = await this.#count(account);
    if (bound.counted >= this.#max)
      throw kmsError('LimitExceededException', `The account has ${this.#max} KMS keys in this Region.`);
  }

  /** After control calls. A change of the newest key may count as a new one. */
  changed(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind !== 'key') continue;
      const { account, createdMs } = change.key;
      const bound = this.#bounds.get(account);
      if (bound === undefined || createdMs < bound.newestMs) continue;
      bound.made += 1;
      bound.newestMs = createdMs;
    }
  }

  /** Whatever their state, but those that are deleted and those of services. */
  async #count(account: string): Promise<number> {
    const { domain, view } = this.#modules;
    const cursor = domain.cursorSecondary(keysByAccount, Buffer.from(account), {});
    let keys = 0;
    while ((await cursor.next()) !== undefined) keys += 1;
    for (const service of viaServices)
      if ((await view.alias(account, managedAlias(service))) !== undefined) keys -= 1;
    return keys;
  }
}
