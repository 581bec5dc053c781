/** The engine over maps: what a gateway or a custodian would keep, and calls of some principals. */
import type { Principal } from '@hypergate/kit';
import {
  admit,
  applyControl,
  applyDue,
  type Caller,
  type Change,
  type ControlChoices,
  type ControlOperation,
  type ControlOutcome,
  type ControlView,
  type DueOperation,
  granteeBucket,
  type Input,
  type Operation,
} from '../../engine/index.ts';
import type { AliasRecord, GrantRecord, KeyRecord } from '../../engine/key-record.ts';

export const region = 'us-east-1';
export const account = '111122223333';
export const otherAccount = '444455556666';
export const startMs = Date.UTC(2026, 0, 1);

export function rootOf(accountId: string): Principal {
  return {
    kind: 'root',
    accountId,
    userId: accountId,
    arn: `arn:aws:iam::${accountId}:root`,
    displayName: 'root',
    accessKeyId: `AKIA${accountId}`,
  };
}

export function userOf(name: string, accountId = account): Principal {
  return {
    kind: 'user',
    accountId,
    userId: `AIDA${name}`,
    arn: `arn:aws:iam::${accountId}:user/${name}`,
    displayName: name,
    accessKeyId: `AKIA${name}`,
  };
}

export const root = rootOf(account);
export const allowing = (...actions: string[]) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
});

export const callerOf = (principal: Principal, identityPolicies: readonly unknown[] = []): Caller => ({
  principal,
  identityPolicies,
  context: {},
  region,
});

export class Maps implements ControlView {
  readonly keys = new Map<string, KeyRecord>();
  readonly aliases = new Map<string, AliasRecord>();
  readonly grants = new Map<string, GrantRecord>();
  readonly handles = new Map<string, string>();

  async key(keyId: string) {
    return this.keys.get(keyId);
  }
  async alias(owner: string, name: string) {
    return this.aliases.get(`${owner} ${name}`);
  }
  async grant(keyId: string, grantId: string) {
    return this.grants.get(`${keyId} ${grantId}`);
  }
  async grantsOf(keyId: string, grantee: string) {
    return [...this.grants.values()].filter(
      (grant) => grant.keyId === keyId && grant.granteePrincipal === grantee,
    );
  }
  async handleOwner(handle: string) {
    return this.handles.get(handle);
  }

  take(changes: readonly Change[]): void {
    for (const change of changes) {
      if (change.kind === 'key') {
        this.keys.set(change.key.keyId, change.key);
        for (const { handle } of change.key.versions) this.handles.set(handle, change.key.keyId);
      } else if (change.kind === 'alias') {
        put(this.aliases, `${change.account} ${change.name}`, change.alias);
      } else if (change.kind === 'grant') {
        put(this.grants, `${change.keyId} ${change.grantId}`, change.grant);
      } else {
        for (const [name, grant] of this.grants) if (grant.keyId === change.keyId) this.grants.delete(name);
      }
    }
  }
}

function put<Value>(map: Map<string, Value>, name: string, value: Value | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}

/** Choices that count up, so that runs repeat. */
export class World {
  readonly view = new Maps();
  nowMs = startMs;
  caller: Caller = callerOf(root);
  #count = 0;

  choices(input: Input = {}): Required<ControlChoices> {
    this.#count += 1;
    const count = this.#count.toString(16);
    const tail = count.padStart(12, '0');
    const grantee = typeof input.GranteePrincipal === 'string' ? input.GranteePrincipal : '';
    return {
      keyId:
        input.MultiRegion === true ? `mrk-${count.padStart(32, '0')}` : `00000000-0000-4000-8000-${tail}`,
      handle: count.padStart(32, 'a'),
      materialId: count.padStart(64, 'b'),
      grantId: granteeBucket(grantee) + count.padStart(62, '0'),
    };
  }

  /** Decides and takes over what changes. */
  async run(
    operation: ControlOperation,
    input: Input = {},
    choices: ControlChoices = this.choices(input),
  ): Promise<ControlOutcome> {
    const { caller, nowMs } = this;
    const outcome = await applyControl(this.view, { operation, input, caller, choices, nowMs });
    this.view.take(outcome.changes);
    return outcome;
  }

  async due(operation: DueOperation, keyId: string): Promise<ControlOutcome> {
    const call = { operation, keyId, choices: this.choices(), nowMs: this.nowMs };
    const outcome = await applyDue(this.view, call);
    this.view.take(outcome.changes);
    return outcome;
  }

  use(operation: Operation, input: Input) {
    return admit(this.view, { operation, input, caller: this.caller, timeMs: this.nowMs });
  }

  async as<Value>(caller: Caller, work: () => Promise<Value>): Promise<Value> {
    const before = this.caller;
    this.caller = caller;
    try {
      return await work();
    } finally {
      this.caller = before;
    }
  }

  /** A new key's record. */
  async newKey(input: Input = {}): Promise<KeyRecord> {
    const { keyId } = await this.run('CreateKey', input);
    return this.key(keyId);
  }

  key(keyId: string): KeyRecord {
    const key = this.view.keys.get(keyId);
    if (key === undefined) throw new Error('no such key');
    return key;
  }
}

/** `Code: message`, or what came instead of an error. */
export async function refusalOf(work: () => Promise<unknown>): Promise<string> {
  try {
    return `nothing was refused: ${JSON.stringify(await work())}`;
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return `${String(error.code)}: ${error.message}`;
  }
}
