/**
 * How many invocations run at once (developer guide, "function scaling"): of a function with reserved concurrency as many as it reserves;
 * of all others of an account and region together what nobody reserves. Counted by each gateway for itself: several on one store run as many
 * times the number. To count together, each invocation would have to write before it begins.
 */
import { AwsError } from '@hypergate/kit';
import type { ResolvedFunction } from '../store/api.ts';
import { invokeLimits } from './limits.ts';

export type ThrottleReason =
  | 'ConcurrentInvocationLimitExceeded'
  | 'ReservedFunctionConcurrentInvocationLimitExceeded';

export function throttled(Reason: ThrottleReason): AwsError {
  return new AwsError(
    'TooManyRequestsException',
    429,
    'Rate Exceeded.',
    { Type: 'User', Reason },
    { 'Retry-After': String(invokeLimits.throttleRetrySeconds) },
  );
}

interface ScopeCounts {
  busy: number;
  /** Of functions that reserve nothing. */
  shared: number;
  reserved: number;
  /** By function, as they were last seen. */
  readonly reservations: Map<string, number>;
}

/** One invocation that counts. */
export interface Place {
  leave(): void;
}

export class Throttle {
  readonly #perAccount: number;
  readonly #scopes = new Map<string, ScopeCounts>();
  readonly #functions = new Map<string, number>();

  /** @param perAccount invocations of one account and region at once */
  constructor(perAccount: number) {
    this.#perAccount = perAccount;
  }

  /** @throws AwsError TooManyRequestsException */
  enter({ function: { account, region, id, reservedConcurrency } }: ResolvedFunction): Place {
    const scope = this.#scopeOf(`${account}/${region}`);
    noteReservation(scope, id, reservedConcurrency);
    const busy = this.#functions.get(id) ?? 0;
    const isShared = reservedConcurrency === undefined;
    if (!isShared && busy >= reservedConcurrency)
      throw throttled('ReservedFunctionConcurrentInvocationLimitExceeded');
    if (scope.busy >= this.#perAccount || (isShared && scope.shared >= this.#perAccount - scope.reserved))
      throw throttled('ConcurrentInvocationLimitExceeded');
    this.#functions.set(id, busy + 1);
    scope.busy += 1;
    if (isShared) scope.shared += 1;
    return {
      leave: () => {
        const left = (this.#functions.get(id) ?? 0) - 1;
        if (left > 0) this.#functions.set(id, left);
        else this.#functions.delete(id);
        scope.busy -= 1;
        if (isShared) scope.shared -= 1;
      },
    };
  }

  /** The function is gone: what it reserved is for the others. */
  forget(functionId: string): void {
    for (const scope of this.#scopes.values()) noteReservation(scope, functionId, undefined);
  }

  #scopeOf(name: string): ScopeCounts {
    let scope = this.#scopes.get(name);
    if (scope === undefined) {
      scope = { busy: 0, shared: 0, reserved: 0, reservations: new Map() };
      this.#scopes.set(name, scope);
    }
    return scope;
  }
}

function noteReservation(scope: ScopeCounts, functionId: string, reserved: number | undefined): void {
  const known = scope.reservations.get(functionId);
  if (known === reserved) return;
  scope.reserved += (reserved ?? 0) - (known ?? 0);
  if (reserved === undefined) scope.reservations.delete(functionId);
  else scope.reservations.set(functionId, reserved);
}
