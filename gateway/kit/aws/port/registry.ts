/**
 * The AWS services of one gateway, prepared for looking up: by signing name, by target prefix, by query version. A service that AWS moved from the
 * query protocol to JSON has a definition for each: what a request speaks decides which one answers.
 */
import { createRestRouter, type RestRouter } from '../codec/index.ts';
import type { AwsServiceDefinition, OperationRow } from '../definition.ts';
import { type ErrorFamily, errorFamily } from '../error-family.ts';
import type { PathRule } from '../sigv4/index.ts';
import type { Place } from './host.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows of different operations stand in one table
export type AnyRow = OperationRow<any, any>;

export interface RegisteredService {
  readonly definition: AwsServiceDefinition;
  readonly family: ErrorFamily;
  readonly pathRule: PathRule;
  /** REST protocols only. */
  readonly router: RestRouter | undefined;
  readonly rows: ReadonlyMap<string, AnyRow>;
}

export class ServiceRegistry {
  readonly all: readonly RegisteredService[];
  readonly #bySigningName = new Map<string, RegisteredService>();
  readonly #queryByName = new Map<string, RegisteredService>();
  readonly #byTarget = new Map<string, RegisteredService>();
  readonly #query: readonly RegisteredService[];
  readonly #withHosts: readonly RegisteredService[];

  /** @throws Error when two services claim the same requests */
  constructor(definitions: readonly AwsServiceDefinition[]) {
    this.all = definitions.map(register);
    for (const service of this.all) {
      const { protocol, signingName, targetPrefix } = service.definition;
      claim(protocol === 'query' ? this.#queryByName : this.#bySigningName, signingName, service);
      if (targetPrefix !== undefined) claim(this.#byTarget, targetPrefix, service);
    }
    this.#query = this.all.filter((service) => service.definition.protocol === 'query');
    this.#withHosts = this.all.filter((service) => service.definition.hosts !== undefined);
  }

  /** @param isForm the request speaks the query protocol, as far as its head tells */
  bySigningName(name: string, isForm = false): RegisteredService | undefined {
    const [first, second] = isForm
      ? [this.#queryByName, this.#bySigningName]
      : [this.#bySigningName, this.#queryByName];
    return first.get(name) ?? second.get(name);
  }

  /** @param target `TrentService.Encrypt` */
  byTarget(target: string): RegisteredService | undefined {
    return this.#byTarget.get(target.slice(0, Math.max(target.lastIndexOf('.'), 0)));
  }

  /** The service whose host or path this is; see HostRoute. */
  byPlace({ host, path }: Place): RegisteredService | undefined {
    return this.#withHosts.find(({ definition }) => definition.hosts!.matches(host, path));
  }

  get hasHosts(): boolean {
    return this.#withHosts.length > 0;
  }

  /** The query service that knows an action; the version tells services apart that share a name. */
  byAction(action: string, version: string | undefined): RegisteredService | undefined {
    return this.#query.find(
      ({ definition }) =>
        (version === undefined || definition.queryVersion === version) &&
        Object.hasOwn(definition.schemas.operations, action),
    );
  }

  get hasQueryServices(): boolean {
    return this.#query.length > 0;
  }
}

function register(definition: AwsServiceDefinition): RegisteredService {
  const rest = definition.protocol === 'restXml' || definition.protocol === 'restJson1';
  const rows = new Map<string, AnyRow>();
  for (const row of definition.operations) claim(rows, row.name, row);
  return {
    definition,
    family: errorFamily(definition),
    pathRule: definition.signingName === 's3' ? 's3' : 'normalised',
    router: rest ? createRestRouter(definition.schemas, definition.discriminators) : undefined,
    rows,
  };
}

function claim<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.has(key)) throw new Error(`${key} is declared twice`);
  map.set(key, value);
}
