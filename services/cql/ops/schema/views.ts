/** CREATE, ALTER and DROP MATERIALIZED VIEW: each takes the permission to change the table that the view shows. */
import { invalid } from '../../errors.ts';
import type { AlterView, CreateView, DropView, QualifiedName, SelectorWithAlias } from '../../parser/ast.ts';
import { printName, printSelector } from '../../parser/index.ts';
import {
  alterView,
  checkModifiable,
  createView,
  dropView,
  type ViewSelector,
} from '../../schema/changes/index.ts';
import { viewFilter } from '../../views/view-filter.ts';
import { keyspaceOr } from '../misc/statement.ts';
import { onTable, type PlanContext, type SchemaPlan } from './plan.ts';
import { checkConstants, viewWhere } from './view-where.ts';

function viewSelector({ selector, alias }: SelectorWithAlias): ViewSelector {
  const written = printSelector(selector);
  return {
    column: selector.kind === 'column' ? selector.name : undefined,
    alias,
    text: alias === undefined ? written : `${written} AS ${printName(alias)}`,
  };
}

export function planCreateView(statement: CreateView, context: PlanContext): SchemaPlan {
  const { view, table, options, primaryKey, where, selectors, ifNotExists } = statement;
  const keyspace = keyspaceOr(view.keyspace, context.keyspace);
  if (table.keyspace !== undefined && table.keyspace !== keyspace)
    throw invalid('Cannot create a materialized view on a table in a different keyspace');
  if (context.hasMarkers)
    throw invalid('Bind variables are not allowed in CREATE MATERIALIZED VIEW statements');
  if (options.compactStorage) throw invalid("Cannot use 'COMPACT STORAGE' when defining a materialized view");
  checkModifiable(context.schema, keyspace, 'CREATE', view.name);
  const change = {
    keyspace,
    name: view.name,
    baseTable: table.name,
    selected: selectors?.map(viewSelector),
    where: viewWhere(where),
    primaryKey,
    clusteringOrder: options.clusteringOrder,
    properties: options.properties,
    ifNotExists,
  };
  return {
    needs: [onTable('ALTER', keyspace, table.name)],
    decide: (schema, with_) => {
      const changed = createView(schema, change, with_);
      const base = schema.keyspaces.get(keyspace)?.tables.get(table.name);
      if (base !== undefined) checkConstants(where, base, schema, context.functions);
      const view = changed.schema.keyspaces.get(keyspace)?.tables.get(change.name);
      // What cannot be judged of a row would refuse every write to the table, and keep a server from starting.
      if (changed.change !== undefined && base !== undefined && view?.view !== undefined)
        viewFilter(view.view.where, base, schema, context.functions);
      return changed;
    },
  };
}

/** The table that it shows; the name itself when there is no such view, so that nobody learns which there are. */
function baseOf(keyspace: string, { name }: QualifiedName, { schema }: PlanContext): string {
  return schema.keyspaces.get(keyspace)?.tables.get(name)?.view?.baseTable ?? name;
}

export function planAlterView({ view, ifExists, properties }: AlterView, context: PlanContext): SchemaPlan {
  const keyspace = keyspaceOr(view.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'ALTER', view.name);
  return {
    needs: [onTable('ALTER', keyspace, baseOf(keyspace, view, context))],
    decide: (schema) => alterView(schema, { keyspace, name: view.name, ifExists, properties }),
  };
}

export function planDropView({ view, ifExists }: DropView, context: PlanContext): SchemaPlan {
  const keyspace = keyspaceOr(view.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'DROP', view.name);
  return {
    needs: [onTable('ALTER', keyspace, baseOf(keyspace, view, context))],
    decide: (schema) => dropView(schema, { keyspace, name: view.name, ifExists }),
  };
}
