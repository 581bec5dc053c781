/**
 * From an OpenAPI 3.1 document to one TypeScript module: a zod schema and a type per component, and a row per operation. The
 * same schemas type the handlers, check the requests and, in tests, check the answers. It knows the part of JSON Schema that
 * our documents use and refuses the rest by name.
 */
import { z } from 'zod';

interface Described {
  readonly description?: string | undefined;
}
interface Reference {
  readonly $ref: string;
}
interface Text extends Described {
  readonly type: 'string';
  readonly enum?: readonly string[] | undefined;
  readonly format?: 'date-time' | undefined;
}
interface Scalar extends Described {
  readonly type: 'boolean' | 'integer' | 'number';
}
interface List extends Described {
  readonly type: 'array';
  readonly items: JsonSchema;
}
interface Structure extends Described {
  readonly type: 'object';
  readonly additionalProperties: boolean;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, JsonSchema>>;
}
export type JsonSchema = Reference | Text | Scalar | List | Structure;

const described = { description: z.string().optional() };
const jsonSchema: z.ZodType<JsonSchema> = z.lazy(() =>
  z.union([
    z.strictObject({ $ref: z.string().regex(/^#\/components\/schemas\/[A-Z]\w*$/) }),
    z.strictObject({
      ...described,
      type: z.literal('string'),
      enum: z.array(z.string()).min(1).optional(),
      format: z.literal('date-time').optional(),
    }),
    z.strictObject({ ...described, type: z.enum(['boolean', 'integer', 'number']) }),
    z.strictObject({ ...described, type: z.literal('array'), items: jsonSchema }),
    z.strictObject({
      ...described,
      type: z.literal('object'),
      additionalProperties: z.boolean(),
      required: z.array(z.string()),
      properties: z.record(z.string(), jsonSchema),
    }),
  ]),
);

const content = z
  .strictObject({
    'application/json': z.strictObject({ schema: jsonSchema }).optional(),
    'text/plain': z.strictObject({ schema: jsonSchema }).optional(),
  })
  .optional();

const operation = z.strictObject({
  operationId: z.string().regex(/^[a-z]\w*$/),
  summary: z.string(),
  security: z.array(z.never()).optional(),
  requestBody: z.strictObject({ required: z.literal(true), content }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), z.strictObject({ description: z.string(), content })),
});

const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(
    z.string().startsWith('/'),
    z.partialRecord(z.enum(['get', 'put', 'post', 'delete']), operation),
  ),
  components: z.object({ schemas: z.record(z.string().regex(/^[A-Z]\w*$/), jsonSchema) }),
});

type Operation = z.infer<typeof operation>;

/** @param origin named in the first line. @throws ZodError for what the document should not hold */
export function generateModule(document: unknown, origin: string): string {
  const { components, paths } = documentSchema.parse(document);
  const names = inDependencyOrder(components.schemas);
  const rows = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, row]) =>
      row === undefined ? [] : [operationRow(path, method, row)],
    ),
  );
  return [
    `// Made from ${origin} by openapi/generate.ts. Do not edit.`,
    `import { z } from 'zod';`,
    '',
    ...names.flatMap((name) => component(name, components.schemas[name]!)),
    'export const operations = {',
    ...rows,
    '} as const;',
    '',
  ].join('\n');
}

function component(name: string, schema: JsonSchema): string[] {
  const variable = schemaName(name);
  return [
    `export const ${variable} = ${zodText(schema, '')};`,
    `export type ${name} = z.infer<typeof ${variable}>;`,
    '',
  ];
}

function schemaName(name: string): string {
  return `${name[0]!.toLowerCase()}${name.slice(1)}Schema`;
}

function referenced(schema: Reference): string {
  return schema.$ref.slice('#/components/schemas/'.length);
}

function zodText(schema: JsonSchema, indent: string): string {
  if ('$ref' in schema) return schemaName(referenced(schema));
  const text = bareText(schema, indent);
  return schema.description === undefined ? text : `${text}.describe(${quote(schema.description)})`;
}

function bareText(schema: Exclude<JsonSchema, Reference>, indent: string): string {
  switch (schema.type) {
    case 'string':
      if (schema.enum !== undefined) return `z.enum([${schema.enum.map(quote).join(', ')}])`;
      return schema.format === undefined ? 'z.string()' : 'z.iso.datetime()';
    case 'integer':
      return 'z.int()';
    case 'number':
    case 'boolean':
      return `z.${schema.type}()`;
    case 'array':
      return `z.array(${zodText(schema.items, indent)})`;
    case 'object':
      return objectText(schema, indent);
  }
}

function objectText(schema: Structure, indent: string): string {
  const missing = schema.required.find((name) => !Object.hasOwn(schema.properties, name));
  if (missing !== undefined) throw new Error(`required property ${missing} is not described`);
  const inner = `${indent}  `;
  const members = Object.entries(schema.properties).map(([name, member]) => {
    const optional = schema.required.includes(name) ? '' : '.optional()';
    return `${inner}${name}: ${zodText(member, inner)}${optional},`;
  });
  return `z.${schema.additionalProperties ? 'looseObject' : 'strictObject'}({\n${members.join('\n')}\n${indent}})`;
}

function operationRow(path: string, method: string, row: Operation): string {
  const body = row.requestBody?.content?.['application/json']?.schema;
  const responses = Object.entries(row.responses).map(([status, { content: media }]) => {
    const schema = media?.['application/json']?.schema;
    return `${status}: ${schema === undefined ? 'z.string()' : zodText(schema, '    ')}`;
  });
  return [
    `  /** ${row.summary} */`,
    `  ${row.operationId}: {`,
    `    method: ${quote(method.toUpperCase())},`,
    `    path: ${quote(path)},`,
    `    open: ${row.security !== undefined},`,
    `    body: ${body === undefined ? 'undefined' : zodText(body, '    ')},`,
    `    responses: { ${responses.join(', ')} },`,
    '  },',
  ].join('\n');
}

/** A schema comes after those it names. @throws Error for a circle */
function inDependencyOrder(schemas: Readonly<Record<string, JsonSchema>>): string[] {
  const order: string[] = [];
  const open = new Set<string>();
  const visit = (name: string) => {
    if (order.includes(name)) return;
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`schema ${name} is not described`);
    if (open.has(name)) throw new Error(`schema ${name} contains itself`);
    open.add(name);
    for (const next of references(schema)) visit(next);
    order.push(name);
  };
  for (const name of Object.keys(schemas)) visit(name);
  return order;
}

function references(schema: JsonSchema): string[] {
  if ('$ref' in schema) return [referenced(schema)];
  if (schema.type === 'array') return references(schema.items);
  return schema.type === 'object' ? Object.values(schema.properties).flatMap(references) : [];
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;
}
