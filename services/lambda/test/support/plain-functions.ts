/** Functions as records, found by name or ARN; aliases in a map. */
import type { ResourceRef } from '@hypergate/kit';
import { functionNotFound } from '../../engine/errors.ts';
import type { FunctionRow } from '../../model/function-rows.ts';
import { functionKey, functionsTable, type Scope, versionKey, versionsTable } from '../../model/tables.ts';
import type { Functions, ResolvedFunction } from '../../store/api.ts';
import { functionArn } from '../../store/change.ts';
import type { LambdaBase } from '../../store/context.ts';

interface Named {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly qualifier: string | undefined;
}

export class PlainFunctions implements Functions {
  /** By id of the function and name, the version. */
  readonly aliases = new Map<string, string>();
  readonly #base: LambdaBase;

  constructor(base: LambdaBase) {
    this.#base = base;
  }

  async resolve(text: string, given: string | undefined, scope: Scope): Promise<ResolvedFunction> {
    const named = nameOf(text, given, scope);
    const { qualifier } = named;
    const row = await this.#find(named);
    const version = row === undefined ? '' : this.#versionOf(row, qualifier);
    const found =
      row === undefined || !/^(?:\$LATEST|\d+)$/.test(version)
        ? undefined
        : await this.#base.domain.get(versionsTable, versionKey(row.id, version));
    const arn = functionArn(named, qualifier);
    if (row === undefined || found === undefined) throw functionNotFound(arn);
    return { function: row, version: found.row, invokedArn: arn, qualifier };
  }

  async access(text: string, given: string | undefined, scope: Scope): Promise<ResourceRef> {
    const named = nameOf(text, given, scope);
    const row = await this.#find(named);
    const statements = row?.policies[named.qualifier ?? '']?.statements;
    return {
      arn: functionArn(named, named.qualifier),
      ...(row === undefined ? {} : { ownerAccountId: row.account }),
      ...(statements === undefined ? {} : { policy: { Version: '2012-10-17', Statement: statements } }),
    };
  }

  #versionOf(row: FunctionRow, qualifier = '$LATEST'): string {
    return this.aliases.get(`${row.id} ${qualifier}`) ?? qualifier;
  }

  async #find(named: Named): Promise<FunctionRow | undefined> {
    return (await this.#base.domain.get(functionsTable, functionKey(named, named.name)))?.row;
  }
}

function nameOf(text: string, given: string | undefined, scope: Scope): Named {
  const parts = text.split(':');
  if (parts[0] !== 'arn') return { ...scope, name: parts[0] ?? '', qualifier: given ?? parts[1] };
  const [, , , region = '', account = '', , name = '', qualifier] = parts;
  return { region, account, name, qualifier: given ?? qualifier };
}
