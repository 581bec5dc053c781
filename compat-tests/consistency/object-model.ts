/**
 * One S3 object as a sequential register: its state is the etag that stands under the key, or null. Conditional requests as
 * in the Amazon S3 User Guide, "Add preconditions to S3 operations with conditional requests".
 */
import type { Action, Condition, ObjectCall } from './history.ts';
import { isWrite } from './history.ts';
import type { Model } from './linearizability.ts';

export type ObjectState = string | null;

export const objectModel: Model<ObjectState, ObjectCall> = {
  initial: null,
  isRead({ action, outcome }) {
    return isReader(action) || (outcome.is !== 'done' && outcome.is !== 'unknown');
  },
  step(state, { action, outcome }) {
    const allowed = conditionOutcome(state, action);
    switch (outcome.is) {
      case 'done':
        return allowed === 'pass' ? [after(state, action)] : [];
      case 'seen':
        return allowed === 'pass' && state === outcome.etag ? [state] : [];
      case 'absent':
        // Also a write under If-Match that finds nothing.
        return state === null && (isReader(action) || allowed === 'absent') ? [state] : [];
      case 'refused':
        return allowed === 'refuse' ? [state] : [];
      case 'conflict':
        return [state];
      case 'unknown': {
        if (allowed !== 'pass') return [state];
        const next = after(state, action);
        return next === state ? [state] : [state, next];
      }
    }
  },
};

function isReader({ kind }: Action): boolean {
  return kind === 'get' || kind === 'copy-source' || kind === 'list';
}

function after(state: ObjectState, action: Action): ObjectState {
  if (isWrite(action)) return action.etag;
  return action.kind === 'delete' ? null : state;
}

function conditionOutcome(state: ObjectState, { condition }: Action): 'pass' | 'refuse' | 'absent' {
  if (condition === undefined) return 'pass';
  if (isIfMatch(condition)) {
    if (state === null) return 'absent';
    return matches(condition.ifMatch, state) ? 'pass' : 'refuse';
  }
  return state !== null && matches(condition.ifNoneMatch, state) ? 'refuse' : 'pass';
}

function isIfMatch(condition: Condition): condition is { readonly ifMatch: string } {
  return 'ifMatch' in condition;
}

function matches(asked: string, etag: string): boolean {
  return asked === '*' || asked === etag;
}
