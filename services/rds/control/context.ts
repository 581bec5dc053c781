/** What the operations of the control plane work with. */
import type { Call, Clock, RandomSource } from '@hypergate/kit';
import type { Logger } from 'pino';
import type { Instances } from '../instance/api.ts';
import type { Scope } from '../model/control-tables.ts';
import type { Line } from '../model/line.ts';
import type { EventLog } from './events.ts';
import { Input } from './input.ts';
import type { Jobs } from './jobs.ts';
import type { Secrets } from './secrets.ts';
import type { ControlStore } from './store.ts';

export interface ControlContext {
  readonly store: ControlStore;
  readonly instances: Instances;
  readonly events: EventLog;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly jobs: Jobs;
  readonly line: Line;
}

/** One call: its context, who asks and for what. */
export interface ControlCall extends ControlContext {
  readonly scope: Scope;
  readonly input: Input;
}

export function callOf(context: ControlContext, call: Call<Readonly<Record<string, unknown>>>): ControlCall {
  const scope = { account: call.principal.accountId, region: call.region };
  return { ...context, scope, input: new Input(call.input) };
}
