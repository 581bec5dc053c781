/**
 * Keeps environments ready as the records say, in this gateway: each gateway has its own. What is wanted changes at once; environments
 * follow, one change of a version or alias after the other.
 */
import { AwsError } from '@hypergate/kit';
import type { Invoker } from '../invoke/api.ts';
import type { Scope } from '../model/tables.ts';
import type { Functions, ResolvedFunction } from './api.ts';
import type { LambdaBase } from './context.ts';
import { allProvisioned, provisionedKey, provisionedTable } from './provisioned.ts';

export interface ProvisionedState {
  readonly status: 'IN_PROGRESS' | 'READY' | 'FAILED';
  readonly reason?: string;
  readonly allocated: number;
  readonly available: number;
}

/** What a record is about. */
export interface ProvisionedPlace {
  readonly scope: Scope;
  readonly functionName: string;
  readonly functionId: string;
  readonly qualifier: string;
}

export interface Provisioning {
  /** Of all records. */
  start(): Promise<void>;
  /** The record has changed or gone, or the alias leads elsewhere. Returns at once; `settled` waits. */
  changed(place: ProvisionedPlace): void;
  /** The same for all that is kept ready of a function: versions or aliases of it have changed or gone. */
  recheck(functionId: string): void;
  /** @param requested as the record says: if this gateway followed another one, written by another gateway, it begins to follow this one */
  state(place: ProvisionedPlace, requested: number): ProvisionedState;
  /** Everything that was to be done has been tried. */
  settled(): Promise<void>;
}

interface Held {
  readonly place: ProvisionedPlace;
  line: Promise<void>;
  /** Changes that have not been carried out. */
  waiting: number;
  target: ResolvedFunction | undefined;
  /** Of the record that was followed last. */
  requested: number | undefined;
  ready: number;
  reason: string | undefined;
}

const idle = { status: 'IN_PROGRESS', allocated: 0, available: 0 } as const;

class RecordProvisioning implements Provisioning {
  readonly #base: LambdaBase;
  readonly #functions: Functions;
  readonly #invoker: Invoker;
  readonly #held = new Map<string, Held>();

  constructor(base: LambdaBase, functions: Functions, invoker: Invoker) {
    this.#base = base;
    this.#functions = functions;
    this.#invoker = invoker;
  }

  async start(): Promise<void> {
    for await (const { account, region, functionName, functionId, qualifier } of allProvisioned(this.#base))
      this.changed({ scope: { account, region }, functionName, functionId, qualifier });
  }

  changed(place: ProvisionedPlace): void {
    const name = nameOf(place);
    const held = this.#held.get(name) ?? {
      place,
      line: Promise.resolve(),
      waiting: 0,
      target: undefined,
      requested: undefined,
      ready: 0,
      reason: undefined,
    };
    this.#held.set(name, held);
    held.waiting++;
    held.line = held.line.then(async () => {
      await this.#follow(place, held);
      held.waiting--;
      if (held.waiting === 0 && held.target === undefined && held.reason === undefined)
        this.#held.delete(name);
    });
  }

  recheck(functionId: string): void {
    for (const { place } of [...this.#held.values()])
      if (place.functionId === functionId) this.changed(place);
  }

  /** Never fails: what goes wrong is what the state shows. */
  async #follow(place: ProvisionedPlace, held: Held): Promise<void> {
    const { functionName, functionId, qualifier, scope } = place;
    try {
      const record = await this.#base.domain.get(provisionedTable, provisionedKey(functionId, qualifier));
      held.requested = record?.row.requested;
      const target =
        record === undefined ? undefined : await this.#functions.resolve(functionName, qualifier, scope);
      const before = held.target;
      if (before !== undefined && before.version.version !== target?.version.version) {
        held.target = undefined;
        held.ready = 0;
        await this.#invoker.provision(before, 0);
      }
      held.reason = undefined;
      if (record === undefined || target === undefined || target.function.id !== functionId) return;
      held.target = target;
      const { ready } = await this.#invoker.provision(target, record.row.requested);
      held.ready = ready;
      if (ready < record.row.requested)
        held.reason = `${ready} of ${record.row.requested} environments could be started.`;
    } catch (error) {
      held.reason = error instanceof AwsError ? error.message : 'The environments could not be started.';
      if (!(error instanceof AwsError))
        this.#base.logger.error(
          { err: error, functionId, qualifier },
          'environments could not be provisioned',
        );
    }
  }

  state(place: ProvisionedPlace, requested: number): ProvisionedState {
    const held = this.#held.get(nameOf(place));
    const isFollowed = held !== undefined && (held.waiting > 0 || held.requested === requested);
    if (!isFollowed) this.changed(place);
    if (held === undefined || !isFollowed || held.waiting > 0)
      return { ...idle, allocated: held?.ready ?? 0 };
    const { ready: allocated, reason, target } = held;
    const busy =
      target === undefined ? 0 : this.#invoker.counts(place.functionId, target.version.version).busy;
    return {
      status: reason === undefined ? 'READY' : 'FAILED',
      ...(reason === undefined ? {} : { reason }),
      allocated,
      available: Math.max(0, allocated - busy),
    };
  }

  async settled(): Promise<void> {
    while ([...this.#held.values()].some(({ waiting }) => waiting > 0))
      await Promise.all([...this.#held.values()].map(({ line }) => line));
  }
}

const nameOf = ({ functionId, qualifier }: ProvisionedPlace): string => `${functionId}/${qualifier}`;

export function createProvisioning(base: LambdaBase, functions: Functions, invoker: Invoker): Provisioning {
  return new RecordProvisioning(base, functions, invoker);
}
