/** Random histories of functions, against a plain model: what is listed, what calls reach, and how often each package is named. */
import { createHash } from 'node:crypto';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionCommand,
  LambdaServiceException,
  ListAliasesCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ControlWorld, newFunction, openControlWorld, zipOf } from './support/control-world.ts';

interface ModelFunction {
  code: string;
  versions: Map<number, string>;
  next: number;
  aliases: Map<string, number>;
}
type Step =
  | { readonly do: 'create' | 'update'; readonly code: string; readonly publish: boolean }
  | { readonly do: 'publish' | 'delete' }
  | { readonly do: 'delete-version'; readonly version: number }
  | { readonly do: 'alias' | 'move'; readonly alias: string; readonly version: number }
  | { readonly do: 'delete-alias'; readonly alias: string };

const code = fc.constantFrom('a', 'b', 'c');
const alias = fc.constantFrom('live', 'test');
const version = fc.constantFrom(1, 1, 2, 3);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('create' as const, 'update' as const), code, publish: fc.boolean() }),
  fc.record({ do: fc.constant('update' as const), code, publish: fc.boolean() }),
  fc.record({ do: fc.constantFrom('publish' as const, 'publish' as const, 'delete' as const) }),
  fc.record({ do: fc.constant('delete-version' as const), version }),
  fc.record({ do: fc.constantFrom('alias' as const, 'move' as const), alias, version }),
  fc.record({ do: fc.constant('delete-alias' as const), alias }),
);

let world: ControlWorld;
beforeAll(async () => {
  world = await openControlWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const isUsed = (row: ModelFunction, number: number) => [...row.aliases.values()].includes(number);

/** @returns whether it is carried out, and the function afterwards */
function apply(row: ModelFunction | undefined, what: Step): [boolean, ModelFunction | undefined] {
  const publish = (one: ModelFunction) => {
    const newest = Math.max(0, ...one.versions.keys());
    if (one.versions.get(newest) !== one.code) one.versions.set(one.next++, one.code);
  };
  if (what.do === 'create') {
    if (row !== undefined) return [false, row];
    const made: ModelFunction = { code: what.code, versions: new Map(), next: 1, aliases: new Map() };
    if (what.publish) publish(made);
    return [true, made];
  }
  if (row === undefined) return [false, row];
  switch (what.do) {
    case 'update':
      row.code = what.code;
      // An update that publishes makes a version in any case.
      if (what.publish) row.versions.set(row.next++, row.code);
      return [true, row];
    case 'publish':
      publish(row);
      return [true, row];
    case 'delete':
      return [true, undefined];
    case 'delete-version':
      if (row.versions.has(what.version) && isUsed(row, what.version)) return [false, row];
      row.versions.delete(what.version);
      return [true, row];
    case 'alias':
    case 'move':
      if (!row.versions.has(what.version) || row.aliases.has(what.alias) !== (what.do === 'move'))
        return [false, row];
      row.aliases.set(what.alias, what.version);
      return [true, row];
    case 'delete-alias':
      row.aliases.delete(what.alias);
      return [true, row];
  }
}

async function perform(FunctionName: string, what: Step): Promise<boolean> {
  const client = world.client();
  const aliased = (Name: string, number: number) => ({ FunctionName, Name, FunctionVersion: String(number) });
  try {
    switch (what.do) {
      case 'create':
        await client.send(
          new CreateFunctionCommand({ ...newFunction(FunctionName, what.code), Publish: what.publish }),
        );
        return true;
      case 'update': {
        const ZipFile = zipOf(what.code);
        await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, Publish: what.publish }));
        return true;
      }
      case 'publish':
        await client.send(new PublishVersionCommand({ FunctionName }));
        return true;
      case 'delete':
        await client.send(new DeleteFunctionCommand({ FunctionName }));
        return true;
      case 'delete-version':
        await client.send(new DeleteFunctionCommand({ FunctionName, Qualifier: String(what.version) }));
        return true;
      case 'alias':
        await client.send(new CreateAliasCommand(aliased(what.alias, what.version)));
        return true;
      case 'move':
        await client.send(new UpdateAliasCommand(aliased(what.alias, what.version)));
        return true;
      case 'delete-alias':
        await client.send(new DeleteAliasCommand({ FunctionName, Name: what.alias }));
        return true;
    }
  } catch (error) {
    if (!(error instanceof LambdaServiceException) || error.$fault === 'server') throw error;
    return false;
  }
}

it('any history leaves what the model has, and names each package as often', async () => {
  const hashOf = (one: string) => createHash('sha256').update(zipOf(one)).digest('base64');
  let histories = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
      const FunctionName = `history-${histories++}`;
      let [, row] = apply(undefined, { do: 'create', code: 'a', publish: true });
      await perform(FunctionName, { do: 'create', code: 'a', publish: true });
      for (const what of steps) {
        const [isDone, after] = apply(row, what);
        row = after;
        expect(await perform(FunctionName, what), JSON.stringify(what)).toBe(isDone);
      }
      const named = row === undefined ? [] : [row.code, ...row.versions.values()];
      const expected = Object.fromEntries(
        ['a', 'b', 'c'].flatMap((one) => {
          const uses = named.filter((other) => other === one).length;
          return uses === 0 ? [] : [[hashOf(one), uses]];
        }),
      );
      expect(await world.packages.uses()).toEqual(expected);
      if (row !== undefined) {
        const client = world.client();
        const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName }));
        expect(Versions!.map(({ Version, CodeSha256 }) => [Version, CodeSha256])).toEqual([
          ['$LATEST', hashOf(row.code)],
          ...[...row.versions].map(([number, one]) => [String(number), hashOf(one)]),
        ]);
        const { Aliases } = await client.send(new ListAliasesCommand({ FunctionName }));
        expect(Object.fromEntries(Aliases!.map((one) => [one.Name, Number(one.FunctionVersion)]))).toEqual(
          Object.fromEntries(row.aliases),
        );
        await perform(FunctionName, { do: 'delete' });
      }
      expect(await world.packages.uses()).toEqual({});
    }),
    { numRuns: 20 },
  );
});
