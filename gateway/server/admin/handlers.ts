/** One handler per operation of openapi/admin.yaml; the generated schemas type what it takes and gives. */
import { type Computations, type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import type {
  Collected,
  Health,
  operations,
  Setting,
  Status,
  TrustRoot,
  Usage,
  UsageQuery,
} from '@hypergate/openapi/admin';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { CustodyOperator } from '../boot/custody-operator.ts';
import type { LoadedSettings } from '../config/load.ts';
import { type SettingInfo, settingInfos } from '../config/schema.ts';
import { formatDuration } from '../config/units.ts';
import { computationHandlers } from './computation-handlers.ts';
import { custodianHandlers } from './custodian-handlers.ts';

export interface AdminModules {
  readonly status: () => Promise<Status>;
  readonly health: () => Health;
  /** Undefined: there is no such bucket. */
  readonly usage: (query: UsageQuery) => Promise<Usage | undefined>;
  readonly collect: (olderThanMs: number | undefined) => Promise<Collected>;
  /** @throws ProofUnavailable */
  readonly prove: (query: ProofQuery) => Promise<string>;
  /** @throws ProofUnavailable */
  readonly trustRoot: () => TrustRoot;
  /** @throws ComputationRefused when nothing of the kind is kept here */
  readonly computations: () => Computations;
  /** Undefined while KMS is off. */
  readonly custodians: () => CustodyOperator | undefined;
  readonly settings: LoadedSettings;
  readonly logger: Logger;
  readonly metrics: Registry;
}

type Operations = typeof operations;
export type OperationId = keyof Operations;

type Answer<Responses> = {
  [Code in keyof Responses]: Responses[Code] extends z.ZodType<infer Body>
    ? { readonly status: Code; readonly body: Shown<Body> }
    : never;
}[keyof Responses];

/** Whoever gives an answer need not own it. */
type Shown<Value> =
  Value extends AsyncIterable<unknown>
    ? Value
    : Value extends readonly (infer Item)[]
      ? readonly Shown<Item>[]
      : Value extends object
        ? { readonly [Name in keyof Value]: Shown<Value[Name]> }
        : Value;

type Input<Schema> = Schema extends z.ZodType<infer Value> ? Value : undefined;

/** A request whose parts were checked. */
export interface AdminCall<Id extends OperationId> {
  /** Of the path. */
  readonly params: Input<Operations[Id]['params']>;
  readonly query: Input<Operations[Id]['query']>;
  readonly body: Input<Operations[Id]['body']>;
  /** Fires when the client goes away before it has its answer. */
  readonly signal: AbortSignal;
}

export type Handlers = {
  readonly [Id in OperationId]: (call: AdminCall<Id>) => Promise<Answer<Operations[Id]['responses']>>;
};

export function createHandlers(modules: AdminModules): Handlers {
  return {
    async getHealth() {
      const body = modules.health();
      return { status: body.ready ? 200 : 503, body };
    },
    async getStatus() {
      return { status: 200, body: await modules.status() };
    },
    async getSettings() {
      const settings = settingInfos.map((info) => describeSetting(info, modules.settings));
      return { status: 200, body: { settings } };
    },
    async setLogLevel({ body }) {
      modules.logger.level = body.level;
      return { status: 200, body };
    },
    async measureUsage({ body: query }) {
      if (query.prefix !== undefined && query.bucket === undefined) {
        return { status: 400, body: { error: 'a prefix needs a bucket' } };
      }
      const usage = await modules.usage(query);
      if (usage !== undefined) return { status: 200, body: usage };
      return { status: 404, body: { error: `there is no bucket ${query.bucket}` } };
    },
    async collectGarbage({ body: { olderThanSeconds } }) {
      if (olderThanSeconds !== undefined && !(olderThanSeconds >= 0)) {
        return { status: 400, body: { error: 'olderThanSeconds is at least 0' } };
      }
      const olderThanMs = olderThanSeconds === undefined ? undefined : olderThanSeconds * 1000;
      return { status: 200, body: await modules.collect(olderThanMs) };
    },
    async getProof({ query, signal }) {
      try {
        const proof = await modules.prove({
          target: query.target,
          versionId: query['version-id'],
          discloseAddressKeys: query['disclose-address-key'] === true,
          delay: query.delay === true,
          signal,
        });
        return { status: 200, body: proof };
      } catch (error) {
        if (!(error instanceof ProofUnavailable)) throw error;
        return { status: error.status, body: { error: error.message } };
      }
    },
    async getTrustRoot() {
      try {
        return { status: 200, body: modules.trustRoot() };
      } catch (error) {
        if (!(error instanceof ProofUnavailable)) throw error;
        return { status: 503, body: { error: error.message } };
      }
    },
    ...computationHandlers(modules.computations),
    ...custodianHandlers(modules.custodians),
    async getMetrics() {
      return { status: 200, body: await modules.metrics.metrics() };
    },
  };
}

const durationNames: readonly string[] = ['frameInterval', 'custodyRefresh', 'lifecycleDay'];

function describeSetting(info: SettingInfo, { values, sources }: LoadedSettings): Setting {
  const { name, variable, flag, secret } = info;
  const source = sources[name];
  if (secret) return { name, variable, source };
  const value = values[name];
  if (value === undefined) return { name, flag, variable, source };
  const text = durationNames.includes(name) ? formatDuration(Number(value)) : String(value);
  return { name, flag, variable, source, value: text };
}
